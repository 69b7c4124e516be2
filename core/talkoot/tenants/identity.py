"""A tenant's names, languages and time zone as somebody chose them: checked before they are stored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.lengths import each_within


def checked(
    names: Mapping[str, str], languages: Sequence[str], time_zone: str, *, known: Sequence[str]
) -> dict[str, Any]:
    """The columns to store; raises InvalidError. `known`: the languages that may be chosen."""
    chosen = [language for language in languages if language]
    if not chosen or not set(chosen) <= set(known):
        raise InvalidError(gettext("Choose at least one language."), "language_1")
    if len(set(chosen)) < len(chosen):
        raise InvalidError(gettext("A language is chosen twice."), f"language_{_repeated(languages)}")
    given = each_within(names, 80, "name")
    if chosen[0] not in given:
        raise InvalidError(gettext("Write the name in the first language."), f"name_{chosen[0]}")
    if time_zone not in zones():
        raise InvalidError(gettext("Choose one of the options."), "time_zone")
    return {"names": given, "languages": chosen, "time_zone": time_zone}


def _repeated(languages: Sequence[str]) -> int:
    """The place, from 1 on, where a language comes that has been chosen before."""
    return next(n for n, language in enumerate(languages, 1) if language and language in languages[: n - 1])


def joined(names: Mapping[str, str], languages: Sequence[str]) -> str:
    """`Pedersöre / Pedersören kunta`: each different name once, in the order of the languages."""
    ordered = [names[language] for language in languages if names.get(language)]
    return " / ".join(dict.fromkeys([*ordered, *(names[language] for language in sorted(names))]))


def in_words(values: Mapping[str, Any]) -> str:
    """Checked values in one line, for the log."""
    return f"{joined(values['names'], values['languages'])}; {', '.join(values['languages'])}; {values['time_zone']}"


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """Europe's time zones and universal time: what may be chosen."""
    return (*sorted(zone for zone in available_timezones() if zone.startswith("Europe/")), "UTC")

"""Names that nobody takes for themselves: those of the site, and of the people who look after it (security.md row 31)."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from talkoot.access.policy import ROLE_TITLES
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, speaking
from talkoot.people.names import key

FILE = Path(__file__).parent.parent / "data" / "kept_names.toml"
TITLE_LANGUAGES = ("fi", "sv", "en")  # in which a title is understood, whatever languages the site has


def refuse(name: str, sites: Iterable[str]) -> None:
    """Raise InvalidError for a cleaned name that speaks for the site or its staff; `sites`: the site's own names.

    "Kokkola", "Kokkolan kaupunki" and "Moderaattori 2" are refused. "Matti Kokkola" is not, nor is "Salla Niemi" in
    Salla: many places are called like people.
    """
    own, titles = [key(site) for site in sites], _titles()
    bare = key(re.sub(r"[\W\d_]+$", "", name))  # a number behind a title makes no other title
    if {key(name), bare} & {*own, *titles} or any(_speaks_for(site, name, titles) for site in own):
        raise InvalidError(gettext("This name is kept for the site and those who look after it."), "name")


def _titles() -> set[str]:
    found = set(_words()["titles"])
    for language in TITLE_LANGUAGES:
        with speaking(language):
            found |= {key(str(title)) for title in ROLE_TITLES.values()}
    return found


def _speaks_for(site: str, name: str, titles: set[str]) -> bool:
    """Whether the name holds the site's in any case ("Helsingin") together with an authority or a title."""
    stem, words = site[: max(3, len(site) - 3)], [key(word) for word in re.split(r"[\W_]+", name)]
    if not key(name).startswith(stem) and not any(word.startswith(stem) for word in words):
        return False
    known = _words()
    joined = any(word.startswith(stem) and word != site and word.endswith(known["joined"]) for word in words)
    return joined or any(
        word in {*known["authorities"], *titles} or word.startswith(known["compounds"]) for word in words
    )


@lru_cache(maxsize=1)
def _words() -> dict[str, tuple[str, ...]]:
    """The words of the file, as names are compared."""
    found = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {kind: tuple(key(word) for word in words) for kind, words in found.items()}

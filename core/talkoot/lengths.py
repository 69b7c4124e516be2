"""How long a text may be that somebody writes: a longer one is refused, never cut without a word."""

from __future__ import annotations

from collections.abc import Mapping

from talkoot.errors import InvalidError
from talkoot.i18n import format_number, gettext

SHOWN = 30  # characters of a text, to say which one is meant


def within(text: str, most: int, field: str) -> str:
    """The text without spaces around it; raises InvalidError when more than `most` characters are left.

    A line's end counts as one character, as in browsers, which send two.
    """
    kept = text.replace("\r\n", "\n").strip()
    if len(kept) > most:
        message = gettext(
            "“%(beginning)s…” is too long: it has %(n)s characters, at most %(most)s fit.",
            beginning=" ".join(kept[:SHOWN].split()),
            n=format_number(len(kept)),
            most=format_number(most),
        )
        raise InvalidError(message, field)
    return kept


def each_within(texts: Mapping[str, str], most: int, field: str) -> dict[str, str]:
    """Texts by language, without the empty ones; raises InvalidError as `within` does, for the field `name_fi`."""
    kept = {language: within(text, most, f"{field}_{language}") for language, text in texts.items()}
    return {language: text for language, text in kept.items() if text}

"""What of a post is shown among results: a few lines around the first hit, every hit marked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

from talkoot.search.keys import Keys
from talkoot.search.terms import Terms
from talkoot.search.words import WORD, written

LENGTH = 240  # characters shown
BEFORE = 80  # of them before the first hit, at most
_WORDS = re.compile(f"({WORD.pattern})")
_START, _END = "\x02", "\x03"  # stand for marks until all is escaped; no text has them (rendering.py)
READ = 20_000  # characters of a post in which a hit is looked for


@dataclass(frozen=True)
class Marker:
    """Marks what was looked for; `bare`: words count that differ in å, ä and ö only."""

    keys: Keys
    terms: Terms
    bare: bool = False

    @cached_property
    def _sought(self) -> frozenset[str]:
        """Keys as `Keys.among` asks for them."""
        keys = self.keys
        if self.bare:
            return keys.own(key for form in self.terms.forms for key in keys.bare(form))
        phrases = (keys.exact(form) for phrase in self.terms.phrases for form in phrase)
        return keys.own((*phrases, *(key for form in self.terms.words for key in keys.levels(form)[-1])))

    @cached_property
    def _known(self) -> _Known:
        return _Known(self.keys, self._sought)

    def marked(self, text: str) -> Markup:
        """A whole text, such as a title, with its hits marked."""
        known, pieces = self._known, _WORDS.split(text)
        pieces[1::2] = [f"{_START}{word}{_END}" if known[word] else word for word in pieces[1::2]]
        html = str(escape("".join(pieces))).replace(_START, "<mark>").replace(_END, "</mark>")
        return Markup(html)  # noqa: S704 escaped just now

    def excerpt(self, text: str) -> Markup:
        """Some lines of a text with its hits marked; from its beginning when there is none."""
        known, read = self._known, text[:READ]
        first = next((found.start() for found in WORD.finditer(read) if known[found[0]]), 0)
        start, end = _window(read, first)
        lead, trail = ("… " if start else ""), (" …" if end < len(text) else "")
        return Markup(f"{lead}{self.marked(read[start:end])}{trail}")  # noqa: S704 escaped there


class _Known(dict[str, bool]):
    """Of the words met so far, whether they are hits: most come again in the posts of a page."""

    def __init__(self, keys: Keys, sought: frozenset[str]) -> None:
        self._keys, self._sought = keys, sought

    def __missing__(self, word: str) -> bool:
        form = written(word)
        hit = self[word] = bool(form) and self._keys.among(form, self._sought)
        return hit


def _window(text: str, hit: int) -> tuple[int, int]:
    """Where an excerpt begins and ends, at spaces: a word is not cut."""
    start = 0
    if hit > BEFORE:
        start = hit - BEFORE
        space = max(text.find(" ", start, hit), text.find("\n", start, hit))
        start = space + 1 if space >= 0 else start
    end = min(start + LENGTH, len(text))
    if end < len(text):
        space = max(text.rfind(" ", start + BEFORE, end), text.rfind("\n", start + BEFORE, end))
        end = space if space > hit else end
    return start, end

"""What somebody typed into the search box: words, "words in this order", -words that are not wanted."""

from __future__ import annotations

import re
from dataclasses import dataclass

from talkoot.search.words import forms

PIECE = re.compile(r'(?P<minus>(?<!\S)[-−–])?(?:["“”„»«](?P<phrase>[^"“”„»«]*)["“”„»«]?|(?P<word>[^\s"“”„»«]+))')
MOST = 12  # words of a query that are looked for
LONGEST = 200  # characters of a query that are read


@dataclass(frozen=True)
class Terms:
    """All of the words and phrases must be there, none of the unwanted."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    unwanted: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)

    @property
    def forms(self) -> tuple[str, ...]:
        """Every word that a hit has."""
        return (*self.words, *(form for phrase in self.phrases for form in phrase))


def parse(query: str) -> Terms:
    """The terms of a query; empty when there is nothing in it to look for."""
    wanted: list[str] = []
    phrases: list[tuple[str, ...]] = []
    unwanted: list[str] = []
    for piece in PIECE.finditer(query[:LONGEST]):
        found = tuple(forms(piece["phrase"] if piece["word"] is None else piece["word"]))
        if piece["minus"] and len(found) == 1:
            unwanted += found
        elif piece["word"] is None and len(found) > 1:
            phrases.append(found)
        else:
            wanted += found
    return Terms(tuple(dict.fromkeys(wanted))[:MOST], tuple(phrases)[:MOST], tuple(unwanted)[:MOST])

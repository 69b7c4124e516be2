"""The difference between two versions of a post, as words added and taken away."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True)
class Piece:
    """A run of text that is `same`, `added` or `removed`."""

    kind: str
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """What turns `old` into `new`, word by word; long unchanged stretches are shortened in the middle."""
    before, after = WORDS.findall(old), WORDS.findall(new)
    found: list[Piece] = []
    for kind, a1, a2, b1, b2 in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            found.append(Piece("same", _shortened("".join(before[a1:a2]))))
            continue
        if a2 > a1:
            found.append(Piece("removed", "".join(before[a1:a2])))
        if b2 > b1:
            found.append(Piece("added", "".join(after[b1:b2])))
    return found


def _shortened(text: str, keep: int = 240) -> str:
    return text if len(text) <= 3 * keep else f"{text[:keep]} … {text[-keep:]}"

"""What turns one text into another, as words added and taken away. Anybody may write texts and look, so it takes no time.

The shortest way from one to the other is searched as E. W. Myers described it ("An O(ND) difference algorithm and its
variations", 1986), which is quick for texts that are alike and is given up for those that are not.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
LINES = re.compile(r"\n|[^\n]+")
MOST_EDITS = 400
MOST_STEPS = 150_000  # about a twentieth of a second
Stretch = tuple[int, int, int]  # what both texts have: where it begins in the old one, in the new one, how long it is


@dataclass(frozen=True)
class Piece:
    """A run of text that is `same`, `added` or `removed`."""

    kind: str
    text: str


def pieces(old: str, new: str) -> list[Piece]:
    """What turns `old` into `new`, word by word; long unchanged stretches are shortened in the middle.

    Texts that have little in common are told line by line, or as the whole old text and the whole new one.
    """
    for tokens in (WORDS, LINES):
        before, after = tokens.findall(old), tokens.findall(new)
        if (stretches := common(before, after)) is not None:
            return list(_told(before, after, stretches))
    return [Piece("removed", old), Piece("added", new)]


def _told(before: Sequence[str], after: Sequence[str], stretches: Sequence[Stretch]) -> Iterator[Piece]:
    x = y = 0
    for in_old, in_new, length in (*stretches, (len(before), len(after), 0)):
        if in_old > x:
            yield Piece("removed", "".join(before[x:in_old]))
        if in_new > y:
            yield Piece("added", "".join(after[y:in_new]))
        x, y = in_old + length, in_new + length
        if length:
            yield Piece("same", _shortened("".join(before[in_old:x])))


def _shortened(text: str, keep: int = 240) -> str:
    return text if len(text) <= 3 * keep else f"{text[:keep]} … {text[-keep:]}"


def common(before: Sequence[str], after: Sequence[str]) -> list[Stretch] | None:
    """The stretches that both have, in order, so that as little as possible is left over; None when that takes too long."""
    start = _alike(before, after)
    rest, other = before[start:], after[start:]
    end = _alike(rest[::-1], other[::-1])
    rest, other = rest[: len(rest) - end], other[: len(other) - end]
    rounds = _search(rest, other)
    if rounds is None:
        return None
    inside = [(x + start, y + start, length) for x, y, length in _way(rounds, len(rest), len(other))]
    around = [(0, 0, start), *inside, (len(before) - end, len(after) - end, end)]
    return [stretch for stretch in around if stretch[2]]


def _alike(a: Sequence[str], b: Sequence[str]) -> int:
    """With how many of the same words both begin."""
    return next((n for n, (one, other) in enumerate(zip(a, b, strict=False)) if one != other), min(len(a), len(b)))


def _search(a: Sequence[str], b: Sequence[str]) -> list[array[int]] | None:
    """How far into `a` one comes on each diagonal with 0, 1, 2 … edits, until the end of both is reached.

    Diagonal k (place in `a` minus place in `b`) stands at index k + round + 1 of a round.
    """
    rounds, steps = [array("i", (0, 0, 0))], 0
    for edits in range(MOST_EDITS):
        last, now = rounds[-1], array("i", [0] * (2 * edits + 5))
        for k in range(-edits, edits + 1, 2):
            x = begin = _after_edit(last, k, edits)
            while x < len(a) and 0 <= x - k < len(b) and a[x] == b[x - k]:
                x += 1
            now[k + edits + 2] = x
            steps += 1 + x - begin
            if x >= len(a) and x - k >= len(b):
                return rounds
            if steps > MOST_STEPS:
                return None
        rounds.append(now)
    return None


def _after_edit(last: array[int], k: int, edits: int) -> int:
    """The place in `a` after one more edit that ends on diagonal k: a word of `b` added, or one of `a` taken away."""
    taken, added = last[k + edits], last[k + edits + 2]
    return added if _is_added(taken, added, k, edits) else taken + 1


def _is_added(taken: int, added: int, k: int, edits: int) -> bool:
    return k == -edits or (k != edits and taken < added)


def _way(rounds: Sequence[array[int]], x: int, y: int) -> list[Stretch]:
    """The way back from the end: what was passed without an edit."""
    found: list[Stretch] = []
    for edits in range(len(rounds) - 1, -1, -1):
        k, last = x - y, rounds[edits]
        begin = _after_edit(last, k, edits)
        if x > begin:
            found.append((begin, begin - k, x - begin))
        added = _is_added(last[k + edits], last[k + edits + 2], k, edits)
        x, y = (begin, begin - k - 1) if added else (begin - 1, begin - k)
    return found[::-1]

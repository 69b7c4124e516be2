"""Where names are written on a map: not over a dot, another name or the edge. All measures in the picture's units."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from talkoot.site.outlines import Point

REGION, SITE = 14.0, 11.0  # size of letters, as the stylesheet has it
DOT, NAME, OUTSIDE = 45.0, 300.0, 45.0  # how far off a region's name is put rather than over one, or off its land
ENOUGH = 30  # of more dots than this, one alone matters less
_LETTER, _LINE = 0.62, 1.2  # a letter's width and a line's height against its size

Box = tuple[float, float, float, float]  # west, north, east, south


@dataclass(frozen=True)
class Name:
    """A name on the map: where its first line begins, ends or has its middle (`anchor`), on its base line."""

    x: float
    y: float
    lines: tuple[str, ...]
    anchor: str
    box: Box


def of_region(text: str, inside: Sequence[Point], dots: Sequence[Box], names: Sequence[Box], frame: Box) -> Name | None:
    """A region's name in the middle of its land or, where that covers dots or a name, aside; None: not in the frame."""
    middle = (sum(x for x, _ in inside) / len(inside), sum(y for _, y in inside) / len(inside))
    lines = _broken(text)
    width, height = _size(lines, REGION)
    sight = _grown(inside, width, 1.5 * height)
    each = DOT * min(1.0, ENOUGH / max(len(dots), 1))
    dots = [dot for dot in dots if _meet(dot, sight)]
    best, least = None, math.inf
    for off, (x, y) in sorted(_candidates(inside, middle, width, height)):
        if off >= least:
            break
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        if _within(box, frame) and (cost := off + _covered(box, names, NAME)) < least:
            cost += _covered(box, dots, each)
            if cost < least:
                best, least = Name(round(x), round(box[1] + REGION), lines, "middle", box), cost
    return best


def _candidates(inside: Sequence[Point], middle: Point, width: float, height: float) -> list[tuple[float, Point]]:
    """Places for a name that wide and high, with what speaks against each: on the land, and just off it."""
    beside = [
        (x + dx, y + dy) for x, y in inside for dx, dy in ((0, -height), (0, height), (-width / 2, 0), (width / 2, 0))
    ]
    return [(math.dist(at, middle), at) for at in inside] + [(OUTSIDE + math.dist(at, middle), at) for at in beside]


def _grown(inside: Sequence[Point], width: float, height: float) -> Box:
    """The box round a land and the names that may lie beside it."""
    (west, north), (east, south) = [(end(x for x, _ in inside), end(y for _, y in inside)) for end in (min, max)]
    return (west - width, north - height, east + width, south + height)


def _covered(box: Box, others: Sequence[Box], each: float) -> float:
    return each * sum(_meet(box, other) for other in others)


def of_site(text: str, at: Point, radius: float, taken: Sequence[Box], frame: Box) -> Name | None:
    """A municipality's name right, left, below or above of its dot, where there is room; None: nowhere."""
    x = at[0]
    for anchor, box in _beside(text, at, radius):
        west, north, east, _ = box
        if _within(box, frame) and not any(_meet(box, other) for other in taken):
            start = {"start": west, "end": east, "middle": x}[anchor]
            return Name(round(start, 1), round(north + SITE, 1), (text,), anchor, box)
    return None


def wished(text: str, at: Point, radius: float) -> Box:
    """Where a municipality's name stands when nothing is in its way."""
    return _beside(text, at, radius)[0][1]


def _beside(text: str, at: Point, radius: float) -> list[tuple[str, Box]]:
    """Places for a name round its dot, the best first: its anchor and its box."""
    (x, y), gap = at, radius + 2
    width, height = _size((text,), SITE)
    sides = [
        side
        for up in (0.5, 0.85, 0.15)  # level with the dot, a little above, a little below
        for side in (("start", x + gap, y - height * up), ("end", x - gap - width, y - height * up))
    ]
    ends = [("middle", x - width / 2, y + gap), ("middle", x - width / 2, y - gap - height)]
    return [(anchor, (west, north, west + width, north + height)) for anchor, west, north in sides + ends]


def round_dot(at: Point, radius: float) -> Box:
    """The box of a dot."""
    return (at[0] - radius, at[1] - radius, at[0] + radius, at[1] + radius)


def _broken(text: str) -> tuple[str, ...]:
    """A long name in two lines, after its first word."""
    parts = re.match(r"(.+?-|.+? )(.+)", text) if len(text) > 8 else None
    return tuple(part.strip() for part in parts.groups()) if parts else (text,)


def _size(lines: Iterable[str], letters: float) -> tuple[float, float]:
    found = list(lines)
    return max(len(line) for line in found) * letters * _LETTER, len(found) * letters * _LINE


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _within(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]

"""Soft shapes of groups of places: each bit of land belongs to the group of the place nearest to it.

A plane in kilometres is painted in squares; the edge of what a group got is traced and rounded off.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

Point = tuple[float, float]
Square = tuple[int, int]
P = TypeVar("P")

SIDE = 5.0  # km, of a square
LEAST, MOST = 14.0, 85.0  # km, how far from a place its land reaches: less where places lie close to each other
SOFTNESS = 5  # squares on both sides that a corner is averaged over
STEP = 4  # every which corner is kept; what lies between is a curve


@dataclass(frozen=True)
class Land:
    """What one group has: closed rings of corners, and the middles of some of its squares, all in km."""

    rings: tuple[tuple[Point, ...], ...]
    inside: tuple[Point, ...]


def lands(places: Sequence[tuple[Point, str]]) -> dict[str, Land]:
    """The land of each group, from (position in km, name of its group)."""
    of_group: dict[str, set[Square]] = {}
    for square, group in _paint(places).items():
        of_group.setdefault(group, set()).add(square)
    return {
        group: Land(tuple(_soft(ring) for ring in _rings(squares) if _area(ring) > 8), _middles(squares))
        for group, squares in of_group.items()
    }


def curve(ring: Sequence[Point]) -> str:
    """A closed curve along a ring, as SVG's path writes it: each corner pulls it, it passes between corners.

    In whole units, each step told from where the one before ended: that is the shortest.
    """
    middles = [(round((ax + bx) / 2), round((ay + by) / 2)) for (ax, ay), (bx, by) in _edges(ring)]
    steps = "".join(
        f"q{round(x) - ax} {round(y) - ay} {bx - ax} {by - ay}"
        for (x, y), ((ax, ay), (bx, by)) in zip([*ring[1:], ring[0]], _edges(middles), strict=True)
    )
    return f"M{middles[0][0]} {middles[0][1]}{steps.replace(' -', '-')}z"


def nearest(at: Point, others: Iterable[Point], rank: int = 0) -> float:
    """Distance to the nearest of the other points, or to the one after `rank` nearer ones; inf: there is none."""
    distances = sorted(math.dist(at, other) for other in others if other != at)
    return distances[rank] if len(distances) > rank else math.inf


def _paint(places: Sequence[tuple[Point, str]]) -> dict[Square, str]:
    """The group of each square that lies in some place's reach."""
    points = [at for at, _ in places]
    painted: dict[Square, tuple[float, str]] = {}
    for at, group in places:
        reach = min(max(nearest(at, points, 2) * 0.85, LEAST), MOST)
        for square in _around(at, reach):
            distance = math.dist(at, _middle(square))
            if distance <= reach and distance < painted.get(square, (math.inf, ""))[0]:
                painted[square] = (distance, group)
    return {square: group for square, (_, group) in painted.items()}


def _around(at: Point, reach: float) -> list[Square]:
    (west, east), (north, south) = [(int((v - reach) // SIDE), int((v + reach) // SIDE)) for v in at]
    return [(x, y) for x in range(west, east + 1) for y in range(north, south + 1)]


def _middle(square: Square) -> Point:
    return ((square[0] + 0.5) * SIDE, (square[1] + 0.5) * SIDE)


def _middles(squares: set[Square]) -> tuple[Point, ...]:
    """Of every ninth square: enough to find a place for a name."""
    return tuple(_middle((x, y)) for x, y in sorted(squares) if x % 3 == y % 3 == 0)


def _rings(squares: set[Square]) -> list[list[Square]]:
    """The edges round the squares, joined end to end; a hole runs the other way round."""
    onward: dict[Square, list[Square]] = {}
    for x, y in squares:
        for other, start, end in (
            ((x, y - 1), (x, y), (x + 1, y)),
            ((x + 1, y), (x + 1, y), (x + 1, y + 1)),
            ((x, y + 1), (x + 1, y + 1), (x, y + 1)),
            ((x - 1, y), (x, y + 1), (x, y)),
        ):
            if other not in squares:
                onward.setdefault(start, []).append(end)
    rings = []
    while onward:
        corner = next(iter(onward))
        ring = []
        while ends := onward.pop(corner, []):
            ring.append(corner)
            if len(ends) > 1:  # two squares touch at this corner alone: the other way is taken next time
                onward[corner] = ends[1:]
            corner = ends[0]
        rings.append(ring)
    return rings


def _area(ring: Sequence[Square]) -> float:
    """In squares; less than nothing for a hole."""
    return sum(ax * by - bx * ay for (ax, ay), (bx, by) in _edges(ring)) / 2


def _edges(ring: Sequence[P]) -> list[tuple[P, P]]:
    return list(zip(ring, [*ring[1:], ring[0]], strict=True))


def _soft(ring: Sequence[Square]) -> tuple[Point, ...]:
    """The ring in km, each corner the average of those about it, and not all of them kept."""
    window = range(-SOFTNESS, SOFTNESS + 1)
    found = []
    for i in range(0, len(ring), STEP):
        about = [ring[(i + k) % len(ring)] for k in window]
        found.append((sum(x for x, _ in about) / len(about) * SIDE, sum(y for _, y in about) / len(about) * SIDE))
    return tuple(found)

"""Taking compounds apart by a dictionary: `turvallisuussuunnitelmaan` is `turvallisuus` and `suunnitelma`."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Bases = Callable[[str], tuple[str, ...]]  # a form's base forms, if a dictionary knows it
MOST_PARTS = 4
LONG_ENOUGH = 4  # letters of a piece that is hardly there by accident


class Part(NamedTuple):
    """How a language tells the base form of a compound's first part, and those of its last."""

    first: Callable[[str, Bases], str | None]
    last: Callable[[str, Bases], tuple[str, ...]]
    longest_first: bool  # which of two cuts is the likelier


class Split(NamedTuple):
    """A compound taken apart: the base forms of its parts, and of the whole."""

    parts: tuple[str, ...]
    wholes: tuple[str, ...]


def split(form: str, bases: Bases, part: Part, most: int = MOST_PARTS) -> Split | None:
    """The parts of a compound; None when it is none, or cannot be told.

    Of several ways the one with the fewest parts counts, then one without short pieces, which are found by accident in
    long words.
    """
    best: tuple[tuple[int, int, int], Split] | None = None
    for at in range(2, len(form) - 1):
        left, right = form[:at], form[at:]
        if (head := part.first(left, bases)) is None:
            continue
        if tails := part.last(right, bases):
            found = Split((head, *tails), tuple(left + tail for tail in tails))
        elif most > 2 and (rest := split(right, bases, part, most - 1)):
            found = Split((head, *rest.parts), tuple(left + whole for whole in rest.wholes))
        else:
            continue
        merit = (
            0 if tails else len(found.parts),
            -min(len(left), len(right), LONG_ENOUGH),
            -at if part.longest_first else at,
        )
        if best is None or merit < best[0]:
            best = (merit, found)
    return best[1] if best else None

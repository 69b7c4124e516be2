"""Has a picture that somebody sent drawn anew by another process (redrawing.py); nothing of the sent file is kept."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from talkoot.errors import TooManyError
from talkoot.files import redrawing

SECONDS = 15  # on the clock; of the processor the process itself takes less
AT_ONCE = 2  # in each web worker: more would keep its other readers waiting
WAIT_SECONDS = 10
_turns = threading.BoundedSemaphore(AT_ONCE)


@dataclass(frozen=True)
class Wish:
    """What is taken and what is made of it. `boxes`: a picture for each, as large as fits; `kind`: empty, as it was sent."""

    formats: tuple[str, ...]
    most_pixels: int
    least_side: int
    boxes: tuple[tuple[int, int], ...]
    kind: str = ""
    quality: int = 90
    may_move: bool = False  # the first picture of several is taken
    lossless_when_clear: bool = False


class Drawn(NamedTuple):
    """The new picture in one size."""

    width: int
    height: int
    data: bytes


class Redrawn(NamedTuple):
    """The new pictures, one for each box, with the ending of their names; `light`: drawn for a dark ground."""

    kind: str
    light: bool
    pictures: tuple[Drawn, ...]


class UnusableError(Exception):
    """It cannot be used; `why` is `kind` (none of those, or damaged), `large`, `small` or `moves`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def redrawn(data: bytes, wish: Wish) -> Redrawn:
    """The picture as another process has drawn it; raises UnusableError, TooManyError when too many are being drawn."""
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise TooManyError(WAIT_SECONDS)
    try:
        facts, pictures = _run(data, wish)
    finally:
        _turns.release()
    if "refused" in facts:
        raise UnusableError(facts["refused"])
    found, at = [], 0
    for (width, height), length in zip(facts["sizes"], facts["bytes"], strict=True):
        found.append(Drawn(width, height, pictures[at : at + length]))
        at += length
    return Redrawn(facts["kind"], facts["light"], tuple(found))


def _run(data: bytes, wish: Wish) -> tuple[dict[str, Any], bytes]:
    # -P: its neighbours here are no modules to import.
    command = [sys.executable, "-P", redrawing.__file__, json.dumps(asdict(wish))]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)  # noqa: S603 ours
        line, _, pictures = done.stdout.partition(b"\n")
        return json.loads(line), pictures
    except (subprocess.SubprocessError, ValueError):  # ended by its limits
        return {"refused": "kind"}, b""

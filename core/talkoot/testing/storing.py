"""Tries a storage of files out: what `docs/hooks.md` promises of it, one sentence for each fault."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from talkoot import clock
from talkoot.files.storage import Key, Storage

MINE, OTHERS = 7_000_001, 7_000_002  # no tenant has these numbers


def faults(storage: Storage) -> Iterator[str]:
    """What the storage does otherwise than it must; nothing is left in it."""
    name = f"{uuid4().hex[:12]}-small.webp"
    mine, theirs = Key(MINE, name), Key(OTHERS, name)
    if storage.get(mine) is not None:
        yield "it has a file that nobody has put there"
    storage.put(mine, b"mine")
    storage.put(theirs, b"theirs")
    if (storage.get(mine), storage.get(theirs)) != (b"mine", b"theirs"):
        yield "it mixes the files of two tenants, or gives back other bytes"
    listed = {one.name: one.at for one in storage.kept(MINE)}
    if set(listed) != {name}:
        yield f"it lists {sorted(listed)} where only {name} is"
    elif abs(clock.now() - listed[name]) > timedelta(minutes=5):
        yield "it does not tell when a file was put there"
    storage.put(mine, bytes(3_000_000))
    if storage.get(mine) != bytes(3_000_000):
        yield "it does not put larger files in the place of smaller ones"
    storage.delete(mine)
    storage.delete(mine)  # once more is no error
    if storage.get(mine) is not None or list(storage.kept(MINE)) or storage.get(theirs) != b"theirs":
        yield "it does not delete a file, or deletes that of another tenant"
    storage.delete(theirs)

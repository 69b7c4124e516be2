"""What nobody needs any more: pictures that stand in no text, and files that no row names. The one place that deletes any.

A file is put into the storage before its row is committed, and a row goes before its file: killed in between, or erased
with a person, a file without a row is left, which is found here.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import delete, select

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.files.models import File
from talkoot.files.pictures import SIZES
from talkoot.files.storage import Key, Storage

UNUSED_FOR = timedelta(days=7)  # a text that somebody has begun is finished by then, or a picture put back into one
ON_ITS_WAY = timedelta(hours=1)  # a younger file may be one whose row is about to be committed
_file = File.__table__


class Compared(NamedTuple):
    """Files that rows name and the storage has not; files that it has and no row names."""

    missing: tuple[str, ...]
    unnamed: tuple[str, ...]


def forget_unused(db: TenantSession) -> int:
    """Delete the rows of pictures that have stood in no text for some days; returns how many."""
    unused = (_file.c.tenant_id == db.tenant.id, _file.c.unused_since < clock.now() - UNUSED_FOR)
    return db.connection().execute(delete(_file).where(*unused)).rowcount


def compare(db: TenantSession, storage: Storage) -> Compared:
    """Hold a tenant's rows against its files; those that were put there within the last hour are left out."""
    kept = {
        one.name: one.at for one in storage.kept(db.tenant.id)
    }  # before the rows: what is put meanwhile is in neither
    named = set(_names(db))
    old = clock.now() - ON_ITS_WAY
    missing = (name for name in named - kept.keys() if storage.get(Key(db.tenant.id, name)) is None)
    return Compared(tuple(sorted(missing)), tuple(sorted(_older(kept, named, old))))


def _older(kept: dict[str, datetime], named: set[str], than: datetime) -> Iterator[str]:
    return (name for name, at in kept.items() if name not in named and at < than)


def _names(db: TenantSession) -> Iterator[str]:
    rows = db.execute(select(_file.c.name, _file.c.kind).where(_file.c.tenant_id == db.tenant.id))
    return (f"{name}{size}.{kind}" for name, kind in rows for size in SIZES)


def sweep(db: TenantSession, storage: Storage) -> int:
    """Delete the files of a tenant that no row names; returns how many."""
    unnamed = compare(db, storage).unnamed
    for name in unnamed:
        storage.delete(Key(db.tenant.id, name))
    return len(unnamed)

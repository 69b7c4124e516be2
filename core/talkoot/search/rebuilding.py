"""The whole index: made at once for a demo, and brought up to date while the sites are in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, and_, func, or_, select, update

from talkoot.conversations.models import Post
from talkoot.db import Database, TenantSession
from talkoot.demo.writer import BulkWriter
from talkoot.registry import Registry
from talkoot.search import analyzers, full_text, index
from talkoot.search.analyzers import Analyzers
from talkoot.search.keys import Keys
from talkoot.search.models import SearchEntry, vector
from talkoot.tenants.tenant import Tenant

BLOCK = 500  # posts written in one transaction, which others may wait for
READ = 2_000  # posts read at once where nobody waits
_entry, _post = SearchEntry.__table__, Post.__table__


def bring_up_to_date(
    database: Database, registry: Registry, instance: Path, tenant: Tenant, progress: Callable[[int], None]
) -> int:
    """Make the entries that are missing or were made by other analyzers; returns how many. May be stopped and begun again."""
    known, total = analyzers.of(instance), 0
    with database.session(tenant) as db:
        waiting = list(db.scalars(_waiting(db, known, _post.c.id).order_by(_post.c.created_at, _post.c.id)))
    for ids in _blocks(waiting, BLOCK):
        with database.session(tenant, writing=True) as db:
            db.quiet = True
            total += index.keep(db, registry, known, ids)
        progress(len(ids))
    return total


def waiting_in(database: Database, instance: Path, tenant: Tenant) -> int:
    """How many of a tenant's posts have no entry as it would be made now."""
    with database.session(tenant) as db:
        return int(db.execute(_waiting(db, analyzers.of(instance), func.count())).scalar_one())


def outdate(database: Database, tenant: Tenant) -> None:
    """Let every entry of a tenant be made anew by the next run; until then it is found as before."""
    with database.session(tenant, writing=True) as db:
        db.quiet = True
        db.execute(update(_entry).where(_entry.c.tenant_id == tenant.id).values(version=0))


def _waiting(db: TenantSession, known: Analyzers, what: Any) -> Select[Any]:
    mine = and_(_entry.c.tenant_id == db.tenant.id, _entry.c.id == _post.c.id)
    undone = or_(_entry.c.id.is_(None), _entry.c.version != known.version)
    own = (_post.c.tenant_id == db.tenant.id, _post.c.erased_at.is_(None))
    return select(what).select_from(_post.outerjoin(_entry, mine)).where(*own, undone)


def fill(
    connection: Connection, registry: Registry, known: Analyzers, tenants: Iterable[Tenant],
    progress: Callable[[int], None] = lambda posts: None,
) -> None:  # fmt: skip
    """Make the index of an installation that has none, over the owner's connection and in its transaction."""
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql:  # made anew from what there is, it takes a fraction of the time
        connection.exec_driver_sql(f"DROP INDEX {full_text.INDEX}")
    writer = BulkWriter(connection)
    for tenant in tenants:
        db = TenantSession(connection, tenant=tenant, writing=False)
        for rows in _rows(db, registry, known, vector if is_postgresql else str):
            for row in rows:
                writer.add(_entry, row)
            progress(len(rows))
    writer.flush()
    if is_postgresql:
        connection.exec_driver_sql(full_text.CREATE_INDEX)


def _rows(
    db: TenantSession, registry: Registry, known: Analyzers, written: Callable[[str], str]
) -> Iterator[list[dict[str, Any]]]:
    """The entries of a tenant's posts, the oldest first, in blocks."""
    keys, number = Keys(db.tenant.id, known, db.tenant.languages), 0
    own = (_post.c.tenant_id == db.tenant.id, _post.c.erased_at.is_(None))
    ids = list(db.scalars(select(_post.c.id).where(*own).order_by(_post.c.created_at, _post.c.id)))
    for block in _blocks(ids, READ):
        rows = []
        for text in index.texts(db, registry, block):
            number += 1
            row = index.row_of(keys, text, number)
            rows.append(row | {"words": written(row["words"])})
        yield rows


def _blocks(ids: Sequence[UUID], size: int) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))

"""Sharing on purpose: reading what another tenant shares, and named work across tenants.

A scope is a transaction of its own, opened and closed before the next; it never nests into the request's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar
from uuid import UUID

import structlog
from flask import g

from talkoot.audit import log as audit
from talkoot.db import Database, TenantSession
from talkoot.errors import NotFoundError
from talkoot.tenants.directory import Snapshot
from talkoot.tenants.tenant import Tenant

T = TypeVar("T")
log = structlog.get_logger("talkoot.sharing")


def shared_read(
    database: Database, snapshot: Snapshot, here: Tenant, owner: Tenant, read: Callable[[TenantSession], T]
) -> T:
    """What `read` returns (frozen dataclasses, no rows) of `owner`, for a page of `here`, while the two are affiliated.

    Raises NotFoundError when they are not today.
    """
    if owner.id not in {tenant.id for tenant in snapshot.wholes_of(here)}:
        raise NotFoundError
    with database.session(owner) as db:
        return read(db)


def across(
    database: Database,
    tenants: Iterable[Tenant],
    reason: str,
    actor: UUID | None,
    act: Callable[[TenantSession], T],
) -> Iterator[tuple[Tenant, T]]:
    """Staff's work over several tenants, one scope after the other, each noted in that tenant's log."""
    for tenant in tenants:
        with database.session(tenant, writing=True) as db:
            audit.note(db, "across", actor=actor, reason=reason)
            result = act(db)
        log.info("across", tenant=tenant.slug, reason=reason)
        yield tenant, result


def depends_on(*tenants: Tenant) -> None:
    """Tell the page cache that the page being made also shows these tenants' content."""
    g.stamps = {*getattr(g, "stamps", ()), *(tenant.id for tenant in tenants)}

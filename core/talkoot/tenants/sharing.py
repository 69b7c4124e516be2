"""Sharing on purpose: reading what another tenant shares, and telling the page cache what a page shows of others.

What is read of another tenant is read in a transaction of its own, opened and closed beside the request's.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import g

from talkoot.db import Database, TenantSession
from talkoot.errors import NotFoundError
from talkoot.tenants.directory import SUMMARIES, Snapshot
from talkoot.tenants.tenant import Tenant

T = TypeVar("T")


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


def depends_on(*tenants: Tenant) -> None:
    """Tell the page cache that the page being made also shows these tenants' content."""
    g.stamps = {*g.stamps, *(tenant.id for tenant in tenants)}


def depends_on_summaries() -> None:
    """Tell the page cache that the page being made shows what tenants publish of themselves (site/summaries.py)."""
    g.stamps = {*g.stamps, SUMMARIES}

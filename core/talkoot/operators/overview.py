"""The municipalities of the installation at a glance, out of what each has published about itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.tenants.directory import Snapshot
from talkoot.tenants.models import TenantRow
from talkoot.tenants.tenant import Tenant

QUIET_DAYS = 30


@dataclass(frozen=True)
class Line:
    """One site. `quiet`: nobody has written for thirty days."""

    tenant: Tenant
    name: str
    region: str
    members: int
    posts: int
    posts_30_days: int
    latest_at: datetime | None
    open: int
    overdue: int
    quiet: bool


def lines(
    snapshot: Snapshot, published: Mapping[int, Any], language: str, *, region: str = "", kind: str = ""
) -> list[Line]:
    """The open sites, perhaps only those of one region or of one kind."""
    found = [line_of(tenant, snapshot, published.get(tenant.id), language) for tenant in snapshot.tenants]
    wanted = snapshot.by_slug.get(region)
    return [
        line
        for line in found
        if (not kind or line.tenant.kind == kind)
        and (wanted is None or wanted.id in (line.tenant.id, line.tenant.region_id))
    ]


def line_of(tenant: Tenant, snapshot: Snapshot, row: Any, language: str) -> Line:
    """One site; `row` is its published summary, if it has one yet."""
    region = snapshot.by_id.get(tenant.region_id or 0)
    latest = row.latest_at if row else None
    return Line(
        tenant=tenant,
        name=tenant.name(language),
        region=region.name(language) if region else "",
        members=row.members if row else 0,
        posts=row.posts if row else 0,
        posts_30_days=row.posts_30_days if row else 0,
        latest_at=latest,
        open=row.open_answers if row else 0,
        overdue=row.overdue_answers if row else 0,
        quiet=latest is None or latest < clock.now() - timedelta(days=QUIET_DAYS),
    )


def closed(db: TenantSession) -> list[Any]:
    """Sites that were closed, the latest first."""
    query = select(TenantRow.__table__).where(TenantRow.closed_at.is_not(None))
    return list(db.execute(query.order_by(TenantRow.closed_at.desc())))


def regions(snapshot: Snapshot, language: str) -> list[Tenant]:
    """All regions by name."""
    return sorted((t for t in snapshot.tenants if t.kind == "region"), key=lambda t: t.name(language))

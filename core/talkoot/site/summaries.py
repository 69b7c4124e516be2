"""What each tenant publishes about itself, for pages over many tenants. Such pages read this and nothing else.

They have a stamp of their own, so that writing in a tenant renews no page over many tenants before there is something new
on it, and writing its summary renews no page of a tenant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update

from talkoot import clock, guard
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession
from talkoot.followup import listing
from talkoot.people.models import Membership
from talkoot.tenants.directory import SUMMARIES, Snapshot
from talkoot.tenants.models import TenantStamp, TenantSummary
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.registry import Registry

NOT_WHOLE = -1  # in place of the stamp that a summary was written at; none is ever so
_summaries = select(TenantSummary.__table__)


@dataclass(frozen=True)
class News:
    """Something going on in one of the sites."""

    tenant: Tenant
    title: str
    url: str
    at: datetime
    language: str
    kind: str


def refresh(app: Talkoot, tenant: Tenant, *, always: bool = False) -> bool:
    """Write a tenant's summary anew when its stamp has moved or its day has turned; returns whether it did.

    What a plugin has is missing while it fails; then the summary is written anew the next time too.
    """
    with app.database.session(None) as db:
        stamp = db.execute(select(TenantStamp.n).where(TenantStamp.tenant_id == tenant.id)).scalar() or 0
        known = db.execute(_summaries.where(TenantSummary.tenant_id == tenant.id)).one()
    if known.stamp == stamp and not always and not _is_of_yesterday(known.written_at, tenant):
        return False
    before = guard.left_out()
    with app.database.session(tenant) as db:
        values = _count(app.registry, db)
        values["items"] = _items(app.registry, db)
    if guard.left_out() > before:
        stamp = NOT_WHOLE
    with app.database.session(None, writing=True) as db:
        db.quiet = True  # no tenant's page shows it
        changed = update(TenantSummary).where(TenantSummary.tenant_id == tenant.id)
        db.execute(changed.values(stamp=stamp, written_at=clock.now(), **values))
        if any(getattr(known, name) != value for name, value in values.items()):
            _move(db)
    return True


def _is_of_yesterday(written_at: datetime, tenant: Tenant) -> bool:
    """Whether a day has begun since: without a write, what is owed becomes overdue, and last month's posts grow old."""
    return written_at.astimezone(clock.zone(tenant.time_zone)).date() < clock.today(tenant.time_zone)


def _move(db: TenantSession) -> None:
    """Tell every process that pages about many tenants have something new to show."""
    step = (
        update(TenantStamp).where(TenantStamp.tenant_id == SUMMARIES).values(n=TenantStamp.n + 1, moved_at=clock.now())
    )
    if db.execute(step).rowcount == 0:  # type: ignore[attr-defined]
        db.execute(insert(TenantStamp).values(tenant_id=SUMMARIES, n=1, moved_at=clock.now()))


def _count(registry: Registry, db: TenantSession) -> dict[str, Any]:
    own = db.tenant.id
    posts, latest = db.execute(
        select(func.coalesce(func.sum(Conversation.post_count), 0), func.max(Conversation.last_post_at)).where(
            Conversation.tenant_id == own
        )
    ).one()
    month = clock.now() - timedelta(days=30)
    recent = db.execute(
        select(func.count()).select_from(Post).where(Post.tenant_id == own, Post.created_at > month)
    ).scalar_one()
    members = db.execute(
        select(func.count()).select_from(Membership).where(Membership.tenant_id == own, Membership.erased_at.is_(None))
    ).scalar_one()
    counts = listing.counts(db, registry)
    return {
        "members": members,
        "posts": posts,
        "posts_30_days": recent,
        "open_answers": counts["open"],
        "overdue_answers": counts["overdue"],
        "latest_at": latest,
    }


def _items(registry: Registry, db: TenantSession) -> list[dict[str, Any]]:
    """The newest five of what the tenant's plugins have; each says whose it is, so that it goes when its plugin does."""
    found = [
        (item.at, name, item) for name, items in registry.collect("summary_items", db.tenant, db=db) for item in items
    ]
    newest = sorted(found, key=lambda one: one[0], reverse=True)[:5]
    return [
        {
            "plugin": name,
            "title": item.title,
            "path": item.path,
            "at": at.isoformat(),
            "kind": item.kind,
            "lang": item.language,
        }
        for at, name, item in newest
    ]


def published(db: TenantSession) -> dict[int, Any]:
    """Every tenant's summary row by tenant id."""
    return {row.tenant_id: row for row in db.execute(_summaries)}


def totals(rows: dict[int, Any]) -> dict[str, int]:
    """Sums over all tenants."""
    keys = ("members", "posts", "posts_30_days", "open_answers", "overdue_answers")
    return {key: sum(getattr(row, key) for row in rows.values()) for key in keys} | {"tenants": len(rows)}


def news(
    rows: dict[int, Any], snapshot: Snapshot, language: str, limit: int = 9, only: Sequence[int] | None = None
) -> list[News]:
    """The newest published items, at most two from one tenant; `only`: these tenants' ids."""
    found = []
    for tenant_id, row in rows.items():
        tenant = snapshot.by_id.get(tenant_id)
        if tenant is None or (only is not None and tenant_id not in only):
            continue
        found += [
            News(
                tenant,
                item["title"],
                f"{tenant.url}/{item['path']}",
                datetime.fromisoformat(item["at"]),
                item["lang"],
                item["kind"],
            )
            for item in [item for item in row.items if item["plugin"] in tenant.plugins][:2]
        ]
    return sorted(found, key=lambda n: n.at, reverse=True)[:limit]

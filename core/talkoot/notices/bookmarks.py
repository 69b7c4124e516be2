"""Bookmarks: posts that a member keeps for themselves, and being reminded of them on a day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.conversations.models import Post
from talkoot.conversations.places import of_posts
from talkoot.conversations.rendering import excerpt
from talkoot.db import TenantSession
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.notices.choices import DIGEST_HOUR
from talkoot.notices.models import Bookmark
from talkoot.notices.telling import tell_anew
from talkoot.people.models import Membership
from talkoot.plugin import Place
from talkoot.registry import Registry

PAGE = 25
LATEST = timedelta(days=731)
_bookmark, _post, _author = Bookmark.__table__, Post.__table__, Membership.__table__


class Kept(NamedTuple):
    """A bookmarked post as its keeper sees it."""

    id: UUID
    post_id: UUID
    at: datetime
    remind_on: date | None
    place: Place
    author: str
    excerpt: str
    language: str


def keep(db: TenantSession, member_id: UUID, post_id: UUID, on: bool) -> None:
    """Bookmark a post, or take its bookmark away. Saying the same twice changes nothing."""
    own = (_bookmark.c.tenant_id == db.tenant.id, _bookmark.c.membership_id == member_id)
    if not on:
        db.execute(delete(_bookmark).where(*own, _bookmark.c.post_id == post_id))
        return
    row = {"tenant_id": db.tenant.id, "id": new_id(), "membership_id": member_id, "post_id": post_id}
    db.execute(insert(_bookmark).values(**row, created_at=clock.now()).on_conflict_do_nothing())


def get(db: TenantSession, member_id: UUID, bookmark_id: UUID) -> Bookmark:
    """The member's own bookmark; raises NotFoundError."""
    found = db.find(Bookmark, id=bookmark_id, membership_id=member_id)
    if found is None:
        raise NotFoundError
    return found


def remind(db: TenantSession, kept: Bookmark, on: date | None) -> None:
    """Be reminded of a bookmarked post on a day, in the morning; None: not at all.

    Raises InvalidError for a day that is past or years ahead.
    """
    today = clock.today(db.tenant.time_zone)
    if on is not None and not today < on <= today + LATEST:
        raise InvalidError(gettext("Choose a day after today and within two years."), "day")
    zone = clock.zone(db.tenant.time_zone)
    kept.remind_at = datetime.combine(on, time(DIGEST_HOUR), zone) if on else None


def give_reminders(db: TenantSession) -> None:
    """Reminders whose time has come become notices, each once: the bookmark stays, its reminder is spent."""
    due = (_bookmark.c.tenant_id == db.tenant.id, _bookmark.c.remind_at <= clock.now())
    spent = update(_bookmark).where(*due).values(remind_at=None)
    for row in db.execute(spent.returning(_bookmark.c.post_id, _bookmark.c.membership_id)).all():
        tell_anew(db, "reminder", row.post_id, [row.membership_id])


def listed(
    db: TenantSession, registry: Registry, member_id: UUID, before: UUID | None = None
) -> tuple[list[Kept], UUID | None]:
    """A page of the member's bookmarks, the newest first, and the key of the next; what cannot be seen today is left out."""
    columns = (_bookmark.c.id, _bookmark.c.post_id, _bookmark.c.created_at, _bookmark.c.remind_at)
    query = (
        select(*columns, _post.c.html, _post.c.language, _author.c.name, _author.c.erased_at.label("author_erased"))
        .join_from(_bookmark, _post, (_post.c.tenant_id == _bookmark.c.tenant_id) & (_post.c.id == _bookmark.c.post_id))
        .join(_author, (_author.c.tenant_id == _post.c.tenant_id) & (_author.c.id == _post.c.author_id))
        .where(_bookmark.c.tenant_id == db.tenant.id, _bookmark.c.membership_id == member_id)
        .where(_post.c.hidden_at.is_(None), _post.c.erased_at.is_(None))
    )
    if before is not None:
        query = query.where(_bookmark.c.id < before)
    rows = db.execute(query.order_by(_bookmark.c.id.desc()).limit(PAGE + 1)).all()
    shown = rows[:PAGE]
    located = of_posts(db, registry, [row.post_id for row in shown]) if shown else {}
    zone = clock.zone(db.tenant.time_zone)
    found = [
        Kept(
            row.id,
            row.post_id,
            row.created_at,
            row.remind_at.astimezone(zone).date() if row.remind_at else None,
            located[row.post_id],
            "" if row.author_erased else row.name,
            excerpt(row.html, 160),
            row.language,
        )
        for row in shown
        if row.post_id in located
    ]
    return found, shown[-1].id if len(rows) > PAGE else None

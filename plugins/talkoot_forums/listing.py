"""Lists of topics: by forum, tag or all of them; filtered, sorted and paged by key.

Each order has an index. A filter is asked of the rows as they come in that order, so a page costs what page 1 costs; of a
tag the database begins with its topics instead when they are few.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Integer, Select, and_, exists, not_, or_, select, tuple_

from talkoot.db import TenantSession
from talkoot.followup.models import FollowUp
from talkoot_forums.models import KINDS, Forum, Topic, TopicTag
from talkoot_forums.topics import PAGE, TopicView, as_shown, view

STATES = ("open", "unanswered", "waiting", "answered")
SORTS = ("latest", "newest", "replies")
_topic, _forum, _promise, _of_topic = (m.__table__ for m in (Topic, Forum, FollowUp, TopicTag))
_leading: Mapping[str, Column[Any]] = {  # of each order; the number decides among equals
    "latest": _topic.c.last_post_at,
    "newest": _topic.c.number,
    "replies": _topic.c.post_count,
}
_states = {
    "open": and_(_topic.c.closed_at.is_(None), _forum.c.standing != "ended"),
    "unanswered": not_(_topic.c.heard),
    "waiting": and_(_promise.c.number.is_not(None), _promise.c.answered_at.is_(None)),
    "answered": _promise.c.answered_at.is_not(None),
}


@dataclass(frozen=True)
class Filters:
    """What somebody wants to see of a list, as it stands in the address; empty: all of it, the latest first."""

    kind: str = ""
    tag: str = ""
    state: str = ""
    sort: str = ""

    def args(self, **other: str) -> dict[str, str]:
        """The query arguments that keep these filters but for `other`; nothing that is not chosen."""
        chosen = replace(self, **other)
        return {name: value for name in ("kind", "tag", "state", "sort") if (value := getattr(chosen, name))}

    @property
    def narrowed(self) -> bool:
        """Whether something is left out of the list."""
        return bool(self.kind or self.tag or self.state)


def asked(args: Mapping[str, str]) -> Filters:
    """The filters of an address; what is none of the options counts as not chosen."""

    def one(name: str, options: tuple[str, ...]) -> str:
        return value if (value := args.get(name, "")) in options else ""

    return Filters(one("kind", KINDS), args.get("tag", "")[:60], one("state", STATES), one("sort", SORTS[1:]))


def in_forum(
    db: TenantSession,
    forum_id: UUID,
    wanted: Filters = Filters(),
    *,
    tag_id: UUID | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[list[TopicView], int | None]:
    """A page of a forum's topics and the key of the next page; pinned ones first where the latest come first.

    `before` is the number of the last topic of the page before.
    """
    query = _filtered(db, wanted, tag_id).where(_topic.c.forum_id == forum_id)
    if wanted.sort:
        return _page(db, query, wanted.sort, before, limit)
    if before is not None:
        query = query.where(_after_pinned(_last(db, before)))
    latest = (_topic.c.pinned.desc(), _topic.c.last_post_at.desc(), _topic.c.number.desc())
    return _cut(db, query.order_by(*latest), limit)


def everywhere(
    db: TenantSession,
    wanted: Filters = Filters(),
    *,
    tag_id: UUID | None = None,
    member: bool = False,
    before: int | None = None,
    limit: int = PAGE,
) -> tuple[list[TopicView], int | None]:
    """A page of the topics of all forums, or of those with a tag; public ones only unless `member`."""
    query = _filtered(db, wanted, tag_id)
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    return _page(db, query, wanted.sort or "latest", before, limit)


def _filtered(db: TenantSession, wanted: Filters, tag_id: UUID | None) -> Select[Any]:
    query = as_shown.where(_topic.c.tenant_id == db.tenant.id, _topic.c.hidden_at.is_(None))
    if wanted.kind:
        query = query.where(_topic.c.kind == wanted.kind)
    if wanted.state:
        query = query.where(_states[wanted.state])
    if tag_id is not None:
        own = (_of_topic.c.tenant_id == _topic.c.tenant_id, _of_topic.c.topic_id == _topic.c.id)
        query = query.where(exists().where(*own, _of_topic.c.tag_id == tag_id))
    return query


def _page(
    db: TenantSession, query: Select[Any], sort: str, before: int | None, limit: int
) -> tuple[list[TopicView], int | None]:
    leading = _leading[sort]
    if before is not None:
        query = query.where(_after(leading, _last(db, before)))
    return _cut(db, query.order_by(leading.desc(), _topic.c.number.desc()), limit)


def _cut(db: TenantSession, query: Select[Any], limit: int) -> tuple[list[TopicView], int | None]:
    rows = db.execute(query.limit(limit + 1)).all()
    found = [view(db, row) for row in rows[:limit]]
    return found, found[-1].number if len(rows) > limit else None


def _last(db: TenantSession, number: int) -> Any:
    """The keys of the topic that ended the page before; None when there is no such topic."""
    keys = select(_topic.c.number, _topic.c.pinned, _topic.c.last_post_at, _topic.c.post_count)
    return db.execute(keys.where(_topic.c.tenant_id == db.tenant.id, _topic.c.number == number)).one_or_none()


def _after(leading: Column[Any], last: Any) -> ColumnElement[bool]:
    """Rows that come after this topic in an order; none when there is no such topic.

    One comparison of both keys: of two put together by OR the database finds no place to begin in the index.
    """
    if last is None:
        return _topic.c.number < 0
    keys = (getattr(last, leading.name), last.number)
    return tuple_(leading, _topic.c.number) < tuple_(*keys, types=(leading.type, Integer()))


def _after_pinned(last: Any) -> ColumnElement[bool]:
    """The same in a forum's own order, where pinned topics come first."""
    older = _after(_topic.c.last_post_at, last)
    if last is not None and last.pinned:
        return or_(_topic.c.pinned.is_(False), older)
    return and_(_topic.c.pinned.is_(False), older)

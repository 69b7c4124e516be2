"""Notices as they are shown: the page and the mails put the same rows together here, and leave out what may not be seen today."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Column, Integer, Row, Select, and_, bindparam, or_, select

from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.places import Thing, places
from talkoot.conversations.rendering import excerpt
from talkoot.db import Id, TenantSession
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.notices.kinds import OF_POSTS
from talkoot.notices.models import Notice
from talkoot.notices.paging import Key, earlier
from talkoot.people.models import Membership
from talkoot.plugin import Place
from talkoot.registry import Registry

PAGE = 50
FEEDBACK = Place("", "my/contributions/", public=False, open=True)  # where one sees one's own, answered
_notice, _post, _author, _conversation = (m.__table__ for m in (Notice, Post, Membership, Conversation))
_step, _made = FollowUpEvent.__table__, FollowUp.__table__


class Item(NamedTuple):
    """A notice as it is shown: why, of what, by whom. `who` is empty for those who have left and where nobody is named."""

    kind: str
    thing_id: UUID
    at: datetime
    unread: bool
    path: str  # of the post or the promise, below the site's address
    who: str
    verified_as: str | None
    title: str
    html: str
    source: str
    language: str
    reason: str = ""  # why a moderator has hidden it

    @property
    def excerpt(self) -> str:
        return excerpt(self.html, 160) if self.html else ""


@dataclass(frozen=True)
class Group:
    """The notices about one place, the newest first. `conversation_id` is None where nobody talks."""

    place: Place
    conversation_id: UUID | None
    items: Sequence[Item]

    @property
    def unread(self) -> bool:
        return any(item.unread for item in self.items)


def page(
    db: TenantSession, registry: Registry, member_id: UUID, before: Key | None = None, limit: int = PAGE
) -> tuple[list[Group], Key | None, datetime | None]:
    """A page of a member's notices by what they are about, the newest first; the key of the next page; the newest moment."""
    query = select(_notice).where(_notice.c.tenant_id == db.tenant.id, _notice.c.membership_id == member_id)
    if before is not None:
        query = query.where(earlier(_notice.c.at, _notice.c.thing_id, before))
    rows = db.execute(query.order_by(_notice.c.at.desc(), _notice.c.thing_id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    more = Key(shown[-1].at, shown[-1].thing_id) if len(rows) > limit else None
    return grouped(db, registry, shown), more, shown[0].at if shown else None


def taken_by(job: Column[Any]) -> Select[Any]:
    """The rows that a mail or a push message has taken and that are not read yet, in the order they came.

    Parameters: `tenant`, `member`, `job`.
    """
    return (
        select(_notice)
        .where(
            _notice.c.tenant_id == bindparam("tenant", type_=Integer),
            _notice.c.membership_id == bindparam("member", type_=Id()),
            job == bindparam("job", type_=Id()),
            _notice.c.read_at.is_(None),
        )
        .order_by(_notice.c.at)
    )


# Made once, as those below: putting a statement together costs more than running it, and messages are many.
_of_push = taken_by(_notice.c.push_id)


def of_push(db: TenantSession, registry: Registry, member_id: UUID, push_id: UUID) -> list[Group]:
    """What a message to the member's devices tells."""
    which = {"tenant": db.tenant.id, "member": member_id, "job": push_id}
    return grouped(db, registry, db.connection().execute(_of_push, which))


def grouped(db: TenantSession, registry: Registry, rows: Iterable[Row[Any]]) -> list[Group]:
    """The notices that can be seen, by what they are about, in the order of each one's first."""
    rows = list(rows)
    posts = _posts(db, [row.thing_id for row in rows if row.about in OF_POSTS])
    promises = _promises(db, [row.thing_id for row in rows if row.about in ("step", "promise")])
    found = {thing: (one.subject_kind, one.subject_id) for thing, one in {**posts, **promises}.items()}
    located = places(db, registry, set(found.values()))
    groups: dict[Thing, tuple[Place, UUID | None, list[Item]]] = {}
    for row in rows:
        post, promise = posts.get(row.thing_id), promises.get(row.thing_id)
        item = _of_post(row, post) if post else _of_promise(row, promise) if promise else None
        thing = found.get(row.thing_id, ("", row.thing_id))
        place = FEEDBACK if thing[0] == "contribution" else located.get(thing)
        if item and place:
            conversation_id = post.conversation_id if post else None
            groups.setdefault(thing, (place, conversation_id, []))[2].append(item)
    return [Group(*group) for group in groups.values()]


_is_author = and_(_author.c.tenant_id == _post.c.tenant_id, _author.c.id == _post.c.author_id)
_is_its = and_(_conversation.c.tenant_id == _post.c.tenant_id, _conversation.c.id == _post.c.conversation_id)
_posts_of = (
    select(
        *(_post.c[name] for name in ("id", "conversation_id", "html", "source", "language")),
        *(_post.c[name] for name in ("hidden_at", "hidden_reason")),
        *(_author.c[name] for name in ("name", "title", "verified_as")),
        _author.c.erased_at.label("author_erased"),
        _conversation.c.subject_kind,
        _conversation.c.subject_id,
    )
    .join_from(_post, _author, _is_author)
    .join(_conversation, _is_its)
    .where(
        _post.c.tenant_id == bindparam("tenant", type_=Integer),
        _post.c.id.in_(bindparam("ids", type_=Id(), expanding=True)),
        _post.c.erased_at.is_(None),
    )
)


def _posts(db: TenantSession, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """These posts with their writers and what they stand under; erased ones are left out."""
    if not ids:
        return {}
    rows = db.connection().execute(_posts_of, {"tenant": db.tenant.id, "ids": ids})
    return {row.id: row for row in rows}


def _promises(db: TenantSession, ids: Sequence[UUID]) -> Mapping[UUID, Any]:
    """Promises by the id of one of their steps, or by their own."""
    if not ids:
        return {}
    columns = (*(_made.c[name] for name in ("number", "subject_kind", "subject_id", "language")),)
    is_step = and_(_step.c.tenant_id == _made.c.tenant_id, _step.c.follow_up_id == _made.c.id, _step.c.id.in_(ids))
    query: Select[Any] = select(_made.c.id, _step.c.id.label("step_id"), _step.c.html, _step.c.source, *columns)
    own = (_made.c.tenant_id == db.tenant.id, or_(_made.c.id.in_(ids), _step.c.id.is_not(None)))
    rows = db.execute(query.select_from(_made.outerjoin(_step, is_step)).where(*own)).all()
    return {row.step_id or row.id: row for row in rows}


def _of_post(row: Row[Any], post: Row[Any]) -> Item | None:
    """The notice about a post. A hidden one is told of to its writer alone, without its words."""
    moderated = row.about == "moderation"
    if post.hidden_at and not moderated:
        return None
    left = moderated or post.author_erased is not None
    return Item(
        row.kind,
        row.thing_id,
        row.at,
        row.read_at is None,
        f"posts/{post.id}",
        "" if left else post.name,
        None if left else post.verified_as,
        "" if left else post.title,
        "" if moderated else post.html,
        "" if moderated else post.source,
        post.language,
        (post.hidden_reason or "") if row.kind == "hidden" else "",
    )


def _of_promise(row: Row[Any], made: Row[Any]) -> Item:
    own = made.subject_kind == "contribution"
    path = FEEDBACK.path if own else f"promises/{made.number}"
    html, source = made.html or "", made.source or ""
    unread = row.read_at is None
    return Item(row.kind, row.thing_id, row.at, unread, path, "", None, "", html, source, made.language)

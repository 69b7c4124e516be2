"""What a page of posts asks about the one who reads it, in one statement."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, String, and_, bindparam, cast, func, select

from talkoot.access.actor import Actor, Scope
from talkoot.conversations import drafts, reading
from talkoot.conversations.models import Draft, Post, Reaction
from talkoot.conversations.posts import PAGE
from talkoot.conversations.reading import CUTOFF, READER, TENANT, marks, times
from talkoot.db import Id, TenantSession
from talkoot.notices.following import CONVERSATION
from talkoot.notices.models import Bookmark, Follow
from talkoot.people.models import Membership

_follow, _bookmark, _post, _reaction = (m.__table__ for m in (Follow, Bookmark, Post, Reaction))
_member, _draft = Membership.__table__, Draft.__table__
_conversation = bindparam("conversation", type_=Id())
_read_to = (
    select(func.coalesce(func.max(marks.c.n), 0))
    .where(marks.c.tenant_id == TENANT, marks.c.membership_id == READER, marks.c.conversation_id == _conversation)
    .scalar_subquery()
)
_since = (
    select(func.coalesce(func.max(times.c.read_at), CUTOFF))
    .where(
        times.c.tenant_id == TENANT,
        times.c.membership_id == READER,
        times.c.kind == bindparam("kind", type_=String),
        times.c.thing_id == bindparam("thing", type_=Id()),
        times.c.read_at > CUTOFF,
    )
    .scalar_subquery()
)
_follows = (
    select(_follow.c.wanted)
    .where(
        _follow.c.tenant_id == TENANT,
        _follow.c.kind == CONVERSATION,
        _follow.c.thing_id == _conversation,
        _follow.c.membership_id == READER,
    )
    .scalar_subquery()
)
_on_page = (
    _post.c.tenant_id == TENANT,
    _post.c.conversation_id == _conversation,
    _post.c.n >= bindparam("first", type_=Integer),
    _post.c.n < bindparam("after", type_=Integer),
)
_number = cast(_post.c.n, String)
_kept = (
    select(func.aggregate_strings(_number, ","))
    .select_from(_post.join(_bookmark, and_(_bookmark.c.tenant_id == TENANT, _bookmark.c.post_id == _post.c.id)))
    .where(*_on_page, _bookmark.c.membership_id == READER)
    .scalar_subquery()
)
_given = (
    select(func.aggregate_strings(_number + " " + _reaction.c.kind, ","))
    .select_from(_post.join(_reaction, and_(_reaction.c.tenant_id == TENANT, _reaction.c.post_id == _post.c.id)))
    .where(*_on_page, _reaction.c.membership_id == READER)
    .scalar_subquery()
)
_reader = (
    select(
        reading.first_since(_conversation, _since).label("since"),
        reading.first_after(_conversation, _read_to).label("after"),
        _follows.label("follows"),
        _kept.label("kept"),
        _given.label("given"),
        *drafts.OF_READER,
    )
    .select_from(_member.outerjoin(_draft, drafts.IS_REPLY_OF_READER))
    .where(_member.c.tenant_id == TENANT, _member.c.id == READER)
)


class Reader(NamedTuple):
    """What is known of somebody who reads a page of a conversation."""

    unread: int | None = None  # the number of the first post that is new to them; None: all is read
    draft: drafts.Kept | None = None  # of their reply
    follows: bool = False
    kept: frozenset[int] = frozenset()  # the numbers of the posts that they have bookmarked
    given: Mapping[int, tuple[str, ...]] = MappingProxyType({})  # their reactions, by the numbers of the posts


NOBODY = Reader()  # a guest, or who may only read here


def of(db: TenantSession, actor: Actor, conversation_id: UUID, thing: Scope, *, first: int = 0) -> Reader:
    """What is known of the member who reads this conversation, which belongs to `thing`, such as a forum.

    `first`: the number with which the page of posts begins.
    """
    if not actor.is_member or actor.read_before is None:
        return NOBODY
    values = {
        "tenant": db.tenant.id,
        "reader": actor.membership_id,
        "cutoff": reading.cutoff(actor.read_before),
        "conversation": conversation_id,
        "kind": thing[0],
        "thing": thing[1],
        "first": first,
        "after": first + PAGE,
    }
    row = db.connection().execute(_reader, values).one()
    return Reader(
        reading.first_unread(row.since, row.after),
        drafts.of_reader(row),
        bool(row.follows),
        frozenset(map(int, _parts(row.kept))),
        _by_number(row.given),
    )


def _by_number(given: str | None) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    for part in _parts(given):
        n, _, kind = part.partition(" ")
        found[int(n)] = (*found.get(int(n), ()), kind)
    return found


def _parts(aggregated: str | None) -> list[str]:
    return aggregated.split(",") if aggregated else []

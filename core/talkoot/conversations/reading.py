"""What a member has read, and where what is new to them begins.

A post is news to a member when somebody else wrote it, it can be seen, and it came after all of: the last number they
read in its conversation (`read_mark`), the time up to which they have read all of its forum (`read_time`), the time they
pressed "Mark all as read" or joined (`membership.read_before`), and some weeks ago. Marks that are older than that say
nothing any more and are deleted: what people have read is theirs, and kept no longer than it serves them.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Case,
    ColumnElement,
    Integer,
    ScalarSelect,
    String,
    and_,
    bindparam,
    case,
    delete,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.conversations.models import Post, ReadMark, ReadTime
from talkoot.db import Id, TenantSession, UtcDateTime
from talkoot.people.models import Membership

NEWS_FOR = timedelta(weeks=6)  # what is older is news to nobody
_post, _member = Post.__table__, Membership.__table__
marks, times = ReadMark.__table__, ReadTime.__table__
TENANT, READER = bindparam("tenant", type_=Integer), bindparam("reader", type_=Id())
CUTOFF = bindparam("cutoff", type_=UtcDateTime())  # of `cutoff()`


def cutoff(read_before: datetime) -> datetime:
    """Before which nothing is news to a member; `read_before` is their actor's."""
    return max(read_before, clock.now() - NEWS_FOR)


# --- parts of statements, with the parameters `tenant`, `reader` and `cutoff` -------------------------------------------
# Plain comparisons and CASE only: under row-level security PostgreSQL uses no index for a condition with COALESCE in it.


def is_mark(conversation_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Joins the reader's mark in a conversation."""
    own = (marks.c.tenant_id == TENANT, marks.c.membership_id == READER)
    return and_(*own, marks.c.conversation_id == conversation_id)


def is_time(kind: str, thing_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Joins the time up to which the reader has read all of a thing."""
    return and_(
        times.c.tenant_id == TENANT, times.c.membership_id == READER, times.c.kind == kind, times.c.thing_id == thing_id
    )


READ_TO: Case[int] = case((marks.c.n.is_(None), 0), else_=marks.c.n)  # where `is_mark` was joined, perhaps to nothing
SINCE: Case[datetime] = case((times.c.read_at > CUTOFF, times.c.read_at), else_=CUTOFF)  # and `is_time`


def first_since(conversation_id: ColumnElement[UUID], moment: ColumnElement[datetime]) -> ScalarSelect[int]:
    """The number of the first post of others after a moment; None when there is none."""
    return _first(conversation_id, _post.c.created_at > moment, _post.c.created_at)


def first_after(conversation_id: ColumnElement[UUID], n: ColumnElement[int]) -> ScalarSelect[int]:
    """The number of the first post of others after a number; None when there is none."""
    return _first(conversation_id, _post.c.n > n, _post.c.n)


def _first(
    conversation_id: ColumnElement[UUID], later: ColumnElement[bool], order: ColumnElement[Any]
) -> ScalarSelect[int]:
    seen = (_post.c.tenant_id == TENANT, _post.c.conversation_id == conversation_id, _post.c.hidden_at.is_(None))
    others = select(_post.c.n).where(*seen, _post.c.author_id != READER, later)
    return others.order_by(order).limit(1).scalar_subquery()


def first_unread(since: int | None, after: int | None) -> int | None:
    """Where news begins: the later of `first_since` and `first_after`; None when either finds nothing, as all is read."""
    return max(since, after) if since and after else None


# --- what was read ----------------------------------------------------------------------------------------------------


def _farther() -> Any:
    """Insert the mark, or move it on. A smaller number that comes late (another window, a slow network) changes nothing."""
    given = insert(marks).values(
        tenant_id=TENANT,
        membership_id=READER,
        conversation_id=bindparam("conversation", type_=Id()),
        n=bindparam("n", type_=Integer),
        read_at=bindparam("now", type_=UtcDateTime()),
    )
    new = given.excluded
    return given.on_conflict_do_update(
        index_elements=[*marks.primary_key], set_={"n": new.n, "read_at": new.read_at}, where=marks.c.n < new.n
    )


def _later() -> Any:
    """Insert the time, or move it on, never back."""
    given = insert(times).values(
        tenant_id=TENANT,
        membership_id=READER,
        kind=bindparam("of_kind", type_=String),
        thing_id=bindparam("thing", type_=Id()),
        read_at=bindparam("until", type_=UtcDateTime()),
    )
    new = given.excluded
    return given.on_conflict_do_update(
        index_elements=[*times.primary_key], set_={"read_at": new.read_at}, where=times.c.read_at < new.read_at
    )


_READ_TO = _farther()
_READ_IN = _later()


def read_to(db: TenantSession, member_id: UUID, conversation_id: UUID, n: int) -> None:
    """The member has read up to this number; that there is such a post is the caller's to know."""
    connection = db.connection()
    values = {"reader": member_id, "conversation": conversation_id, "n": n, "now": clock.now()}
    connection.execute(_READ_TO, {"tenant": db.tenant.id, **values})


def read_in(db: TenantSession, member_id: UUID, thing: tuple[str, UUID], until: datetime) -> None:
    """The member has read everything in a thing, such as ("forums.forum", its id), up to a moment."""
    connection = db.connection()
    values = {"reader": member_id, "of_kind": thing[0], "thing": thing[1], "until": until}
    connection.execute(_READ_IN, {"tenant": db.tenant.id, **values})


def read_all(db: TenantSession, member_id: UUID, until: datetime) -> None:
    """The member has read everything up to a moment, or does not want to."""
    earlier = or_(_member.c.read_before.is_(None), _member.c.read_before < until)
    own = (_member.c.tenant_id == db.tenant.id, _member.c.id == member_id)
    db.execute(update(_member).where(*own, earlier).values(read_before=until))


def forget_old(db: TenantSession) -> None:
    """Delete the marks that say nothing any more: all that was there when they were made is older than `NEWS_FOR`."""
    long_ago = clock.now() - NEWS_FOR
    for table in (marks, times):
        db.execute(delete(table).where(table.c.tenant_id == db.tenant.id, table.c.read_at < long_ago))

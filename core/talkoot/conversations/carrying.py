"""What members have read goes along when posts are moved: a topic that was split, merged or put elsewhere is not new to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.conversations.models import Post, ReadMark, ReadTime
from talkoot.db import TenantSession

COLUMNS = ("tenant_id", "membership_id", "conversation_id", "n", "read_at")
_post, _mark, _time = Post.__table__, ReadMark.__table__, ReadTime.__table__


def settle(db: TenantSession, conversation_id: UUID, thing: tuple[str, UUID]) -> None:
    """Who has read all of a thing, such as a forum, has read so far in this conversation: before it goes elsewhere."""
    tenant, given = db.tenant.id, insert(_mark)
    here = (_post.c.tenant_id == tenant, _post.c.conversation_id == conversation_id)
    until = select(_post.c.n).where(*here, _post.c.created_at <= _time.c.read_at).correlate(_time)
    last = until.order_by(_post.c.created_at.desc()).limit(1).scalar_subquery()
    readers = (_time.c.tenant_id == tenant, _time.c.kind == thing[0], _time.c.thing_id == thing[1])
    began = select(func.min(_post.c.created_at)).where(*here).scalar_subquery()
    read = select(
        _time.c.tenant_id,
        _time.c.membership_id,
        literal(conversation_id, _mark.c.conversation_id.type),
        last,
        _time.c.read_at,
    ).where(*readers, _time.c.read_at >= began)
    given, new = given.from_select(COLUMNS, read), given.excluded
    db.execute(
        given.on_conflict_do_update(
            index_elements=[*_mark.primary_key], set_={"n": new.n, "read_at": new.read_at}, where=_mark.c.n < new.n
        )
    )


def split(db: TenantSession, old_id: UUID, new_id: UUID) -> None:
    """Some posts have gone from one conversation to a new one, and all still have their old numbers.

    Who had read to a number has read as many here and there as have a number up to it.
    """
    tenant, given = db.tenant.id, insert(_mark)
    gone = (_post.c.tenant_id == tenant, _post.c.conversation_id == new_id, _post.c.n <= _mark.c.n)
    moved = select(func.count()).where(*gone).correlate(_mark).scalar_subquery()
    marks = (_mark.c.tenant_id == tenant, _mark.c.conversation_id == old_id)
    new = select(
        _mark.c.tenant_id, _mark.c.membership_id, literal(new_id, _mark.c.conversation_id.type), moved, _mark.c.read_at
    ).where(*marks, moved > 0)
    db.execute(given.from_select(COLUMNS, new))
    db.execute(update(_mark).where(*marks).values(n=_mark.c.n - moved))


class _Read(NamedTuple):
    """How far somebody had read in one of two conversations: the last post they read, and the first they had not."""

    reader: UUID
    last: UUID
    next: UUID | None


@contextmanager
def merging(db: TenantSession, gone_id: UUID, kept_id: UUID) -> Iterator[None]:
    """In this block the posts of two conversations become those of one, in order of time.

    Who had read in both has read up to the first post that was unread in either; who had read in one, up to the first that
    was unread there, or all up to the last one they read: what others wrote meanwhile in the other is new to them.
    """
    read = [*_how_far(db, gone_id), *_how_far(db, kept_id)]
    yield
    db.flush()
    places = _places(db, kept_id, {post for one in read for post in (one.last, one.next) if post})
    reached: dict[UUID, int] = {}
    limits: dict[UUID, int] = {}
    for one in read:
        reached[one.reader] = max(reached.get(one.reader, 0), places[one.last])
        if one.next:
            limits[one.reader] = min(limits.get(one.reader, places[one.next]), places[one.next])
    both = (_mark.c.tenant_id == db.tenant.id, _mark.c.conversation_id.in_((gone_id, kept_id)))
    db.execute(delete(_mark).where(*both))
    read_to = {who: limits.get(who, n + 1) - 1 for who, n in reached.items()}
    own = {"tenant_id": db.tenant.id, "conversation_id": kept_id, "read_at": clock.now()}
    if rows := [{**own, "membership_id": who, "n": n} for who, n in read_to.items() if n > 0]:
        db.execute(insert(_mark), rows)


def _how_far(db: TenantSession, conversation_id: UUID) -> Iterator[_Read]:
    """The marks in a conversation, by the posts they stand at: numbers are about to change."""
    marks = (_mark.c.tenant_id == db.tenant.id, _mark.c.conversation_id == conversation_id)
    rows = db.execute(select(_mark.c.membership_id, _mark.c.n).where(*marks))
    read: dict[UUID, int] = {row.membership_id: row.n for row in rows}
    own = (_post.c.tenant_id == db.tenant.id, _post.c.conversation_id == conversation_id)
    asked = {n for last in read.values() for n in (last, last + 1)}
    found = db.execute(select(_post.c.n, _post.c.id).where(*own, _post.c.n.in_(asked)))
    post_at: dict[int, UUID] = {row.n: row.id for row in found}
    for reader, n in read.items():
        if n in post_at:
            yield _Read(reader, post_at[n], post_at.get(n + 1))


def _places(db: TenantSession, conversation_id: UUID, post_ids: set[UUID]) -> dict[UUID, int]:
    """The numbers that these posts have now."""
    if not post_ids:
        return {}
    own = (_post.c.tenant_id == db.tenant.id, _post.c.conversation_id == conversation_id)
    return {row.id: row.n for row in db.execute(select(_post.c.id, _post.c.n).where(*own, _post.c.id.in_(post_ids)))}

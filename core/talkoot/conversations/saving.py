"""Numbering a post and inserting it, once, however often and however parallel its form is sent."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Select, Text, bindparam, select, true, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot.conversations.models import Conversation, Post
from talkoot.db import Id, TenantSession, UtcDateTime
from talkoot.errors import NotFoundError

SENT_AGAIN_WITHIN = timedelta(minutes=10)
_conversation, _post = Conversation.__table__, Post.__table__
_this = (
    _conversation.c.tenant_id == bindparam("tenant", type_=Integer),
    _conversation.c.id == bindparam("conversation", type_=Id()),
)
# Statements of posting are made once: putting one together costs more than running it.
_submitted = select(_post.c.id, _post.c.n).where(
    _post.c.tenant_id == bindparam("tenant", type_=Integer), _post.c.submission == bindparam("submission", type_=Id())
)
# Found by order and not by `n == post_count - 1`: under row-level security PostgreSQL uses no index for a condition with a
# sum in it, and would read the whole conversation.
_newest = (
    select(_post.c.id, _post.c.n, _post.c.author_id, _post.c.source, _post.c.created_at, _post.c.hidden_at)
    .where(
        # Given, not taken from the conversation: SQLite's RETURNING does not say whose column it means.
        _post.c.tenant_id == bindparam("tenant", type_=Integer),
        _post.c.conversation_id == bindparam("conversation", type_=Id()),
    )
    .order_by(_post.c.n.desc())
    .limit(1)
    .subquery()
)
# The newest post already says this, and its writer has only just sent it: going back in the browser gives a new key.
_sent_before = (
    select(_newest.c.id)
    .where(
        _newest.c.n == _conversation.c.post_count - 1,  # a reply that this one waited for is not among what it reads
        _newest.c.author_id == bindparam("author", type_=Id()),
        _newest.c.source == bindparam("source", type_=Text()),
        _newest.c.created_at > bindparam("recently", type_=UtcDateTime()),
        _newest.c.hidden_at.is_(None),
    )
    .scalar_subquery()
    .label("sent_before")
)
_take_number = (
    update(_conversation)
    .where(*_this)
    .values(post_count=_conversation.c.post_count + 1, last_post_at=bindparam("moment", type_=UtcDateTime()))
    .returning(_conversation.c.post_count, _conversation.c.subject_kind, _conversation.c.subject_id, _sent_before)
)
_give_number_back = (
    update(_conversation)
    .where(*_this)
    .values(post_count=_conversation.c.post_count - 1, last_post_at=select(_newest.c.created_at).scalar_subquery())
)
_GIVEN = (
    "tenant_id", "id", "conversation_id", "author_id", "source", "html", "renderer", "language", "channel", "keyed_by",
    "quote_of", "reactions", "version", "created_at", "submission",
)  # fmt: skip
_insert_once = insert(_post).on_conflict_do_nothing(index_elements=["tenant_id", "submission"]).returning(_post.c.id)


def _numbered_and_inserted() -> Select[Any]:
    """PostgreSQL's way to do both at once: a round trip costs as much as a statement."""
    numbered = _take_number.cte("numbered")
    # Not by the columns' own names: SQLAlchemy would set them in the UPDATE too.
    given = (bindparam(f"new_{name}", type_=_post.c[name].type) for name in _GIVEN)
    row = select(*given, numbered.c.post_count).where(numbered.c.sent_before.is_(None))
    inserted = (
        insert(_post)
        .from_select([*_GIVEN, "n"], row)
        .on_conflict_do_nothing(index_elements=["tenant_id", "submission"])
        .returning(_post.c.id)
        .cte("inserted")
    )
    return select(*numbered.c, inserted.c.id).select_from(numbered.outerjoin(inserted, true()))


_add_at_once = _numbered_and_inserted()


class Saved(NamedTuple):
    """A number taken, and what for; `sent_before`: the newest post that says the same, `id`: the post inserted, if any."""

    post_count: int
    subject_kind: str
    subject_id: UUID
    sent_before: UUID | None
    id: UUID | None


def save(db: TenantSession, numbering: dict[str, Any], row: dict[str, Any]) -> Saved:
    """Number the post and insert it. Raises NotFoundError for a foreign conversation."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        new_row = {f"new_{name}": value for name, value in row.items()}
        found = connection.execute(_add_at_once, numbering | new_row).one_or_none()
        if found is None:
            raise NotFoundError
        return Saved._make(found)
    numbered = connection.execute(_take_number, numbering).one_or_none()
    if numbered is None:
        raise NotFoundError
    new = None
    if numbered.sent_before is None:
        new = connection.execute(_insert_once, {**row, "n": numbered.post_count}).scalar()
    return Saved(numbered.post_count, numbered.subject_kind, numbered.subject_id, numbered.sent_before, new)


def give_back(db: TenantSession, where: Mapping[str, Any]) -> None:
    """Give a number back that nothing was saved under; `where`: the tenant and the conversation."""
    db.connection().execute(_give_number_back, where)


def submitted(db: TenantSession, submission: UUID) -> tuple[UUID, int] | None:
    """Id and number of the post that this form submission has already become."""
    row = db.connection().execute(_submitted, {"tenant": db.tenant.id, "submission": submission}).one_or_none()
    return (row.id, row.n) if row else None

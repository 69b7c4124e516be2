"""A page of posts as it is shown: one query for posts with their authors, plain dataclasses out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, select

from talkoot.conversations.models import Post
from talkoot.conversations.posts import PAGE
from talkoot.db import Id, TenantSession
from talkoot.people.models import Membership

_post, _author = Post.__table__, Membership.__table__
_quoted, _quoted_author = _post.alias("quoted"), _author.alias("quoted_author")
_page_columns = (
    _post.c.id,
    _post.c.n,
    _post.c.html,
    _post.c.language,
    _post.c.channel,
    _post.c.reactions,
    _post.c.version,
    _post.c.created_at,
    _post.c.edited_at,
    _post.c.hidden_at,
    _post.c.hidden_reason,
    _post.c.erased_at,
    _post.c.author_id,
    _author.c.name,
    _author.c.title,
    _author.c.verified_as,
    _author.c.participant_roles,
    _author.c.erased_at.label("author_erased"),
    _post.c.quote_of,
    _quoted.c.n.label("quoted_n"),
    (_quoted.c.conversation_id == _post.c.conversation_id).label("quoted_here"),
    _quoted_author.c.name.label("quoted_name"),
)
_is_author = and_(_author.c.tenant_id == _post.c.tenant_id, _author.c.id == _post.c.author_id)
# Hidden posts may not be seen, nor those that were moved away. The latter is asked of what was found: as a condition here it
# makes PostgreSQL look for every quoted post among all posts of the conversation, which may be 100,000.
_is_quoted = and_(
    _quoted.c.tenant_id == _post.c.tenant_id,
    _quoted.c.id == _post.c.quote_of,
    _quoted.c.hidden_at.is_(None),
    _quoted.c.erased_at.is_(None),
)
_is_quoted_author = and_(
    _quoted_author.c.tenant_id == _quoted.c.tenant_id,
    _quoted_author.c.id == _quoted.c.author_id,
    _quoted_author.c.erased_at.is_(None),
)
_posts_with_authors = select(*_page_columns).select_from(
    _post.join(_author, _is_author).outerjoin(_quoted, _is_quoted).outerjoin(_quoted_author, _is_quoted_author)
)


_tenant_id, _conversation_id = bindparam("tenant", type_=Integer), bindparam("conversation", type_=Id())
_within = (
    _post.c.tenant_id == _tenant_id,
    _post.c.conversation_id == _conversation_id,
    _post.c.n >= bindparam("first", type_=Integer),
    _post.c.n <= bindparam("last", type_=Integer),
)
_between = _posts_with_authors.where(*_within).order_by(_post.c.n)
POST_BYTES = 2_000  # about what a post takes in memory besides its HTML


class Quoted(NamedTuple):
    """The post that another one quotes. `author` is empty when they have left."""

    id: UUID
    n: int
    author: str


class PostView(NamedTuple):  # made twenty times a page, which is where a dataclass is slow
    """A post with what is shown of its author. `state`: shown, hidden (reason given) or erased."""

    id: UUID
    n: int
    html: str
    language: str
    channel: str
    reactions: Mapping[str, int]
    version: int
    created_at: datetime
    edited_at: datetime | None
    state: str
    hidden_reason: str | None
    author_id: UUID | None
    author: str
    title: str
    verified_as: str | None
    roles: tuple[str, ...]
    quoted: Quoted | None = None
    mine: tuple[str, ...] = ()  # the reader's own reactions


def page(db: TenantSession, conversation_id: UUID, number: int, *, see_hidden: bool = False) -> list[PostView]:
    """The posts of one page, by key: numbers are dense, so page 5,000 costs what page 1 costs."""
    first = (number - 1) * PAGE
    return db.remembered(
        ("posts", conversation_id, number, see_hidden),
        lambda: between(db, conversation_id, first + 1, first + PAGE, see_hidden=see_hidden),
        weight=lambda posts: sum(len(post.html) + POST_BYTES for post in posts),
    )


def reacted(found: list[PostView], given: Mapping[int, tuple[str, ...]]) -> list[PostView]:
    """The posts with a reader's reactions, which were found by the posts' numbers (reader.py)."""
    return [post._replace(mine=given[post.n]) if post.n in given else post for post in found] if given else found


def between(
    db: TenantSession, conversation_id: UUID, first: int, last: int, *, see_hidden: bool = False
) -> list[PostView]:
    """The posts numbered `first` to `last`."""
    which = {"tenant": db.tenant.id, "conversation": conversation_id, "first": first, "last": last}
    return [view(row, see_hidden) for row in db.connection().execute(_between, which).all()]


def firsts(db: TenantSession, conversation_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The HTML of the first post of each of these conversations, where it can be seen."""
    rows = db.execute(
        select(_post.c.conversation_id, _post.c.html).where(
            _post.c.tenant_id == db.tenant.id,
            _post.c.conversation_id.in_(conversation_ids),
            _post.c.n == 1,
            _post.c.hidden_at.is_(None),
            _post.c.erased_at.is_(None),
        )
    )
    return {row.conversation_id: row.html for row in rows}


def one(db: TenantSession, post_id: UUID, *, see_hidden: bool = False, within: UUID | None = None) -> PostView | None:
    """A single post as it is shown; `within`: only when it stands in this conversation."""
    query = _posts_with_authors.add_columns(_post.c.conversation_id)
    row = db.execute(query.where(_post.c.tenant_id == db.tenant.id, _post.c.id == post_id)).one_or_none()
    if row is None or within not in (None, row.conversation_id):
        return None
    return view(row, see_hidden)


def view(row: Any, see_hidden: bool) -> PostView:
    """The row as it may be seen: what is hidden or erased carries no text and no author."""
    state = "erased" if row.erased_at else "hidden" if row.hidden_at else "shown"
    bare = state == "erased" or (state == "hidden" and not see_hidden)
    nobody = bare or row.author_erased is not None
    return PostView(
        row.id,
        row.n,
        "" if bare else row.html,
        row.language,
        row.channel,
        {} if bare else row.reactions,
        row.version,
        row.created_at,
        row.edited_at,
        state,
        row.hidden_reason,
        None if nobody else row.author_id,
        "" if nobody else row.name,
        "" if nobody else row.title,
        None if nobody else row.verified_as,
        () if nobody else tuple(row.participant_roles),
        None if bare or not row.quoted_here else Quoted(row.quote_of, row.quoted_n, row.quoted_name or ""),
    )

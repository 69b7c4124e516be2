"""What can be done with posts. Sessions carry the tenant; nothing here knows a request or commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Integer, Select, Text, bindparam, insert, select, true, update
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from talkoot import clock
from talkoot.conversations.models import CHANNELS, Conversation, Post, PostVersion
from talkoot.conversations.rendering import RENDERER, clean, rendered
from talkoot.db import Id, TenantSession, UtcDateTime, for_tenant
from talkoot.errors import InvalidError, NotFoundError, TalkootError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.plugin import ConversationKind
from talkoot.registry import Registry

PAGE = 20
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
_insert_once = (
    sqlite_insert(_post).on_conflict_do_nothing(index_elements=["tenant_id", "submission"]).returning(_post.c.id)
)


def _numbered_and_inserted() -> Select[Any]:
    """PostgreSQL's way to do both at once: a round trip costs as much as a statement."""
    numbered = _take_number.cte("numbered")
    # Not by the columns' own names: SQLAlchemy would set them in the UPDATE too.
    given = (bindparam(f"new_{name}", type_=_post.c[name].type) for name in _GIVEN)
    row = select(*given, numbered.c.post_count).where(numbered.c.sent_before.is_(None))
    inserted = (
        pg_insert(_post)
        .from_select([*_GIVEN, "n"], row)
        .on_conflict_do_nothing(index_elements=["tenant_id", "submission"])
        .returning(_post.c.id)
        .cte("inserted")
    )
    return select(*numbered.c, inserted.c.id).select_from(numbered.outerjoin(inserted, true()))


_add_at_once = _numbered_and_inserted()


class EditConflictError(TalkootError):
    """Somebody saved the post while it was being edited: both texts are to be shown (409)."""

    def __init__(self, post: Post, mine: str) -> None:
        super().__init__(str(post.id))
        self.post, self.mine = post, mine


@dataclass(frozen=True)
class Draft:
    """A text on its way to becoming a post. `submission` is the form's idempotency key."""

    author_id: UUID
    text: str
    submission: UUID
    language: str
    channel: str = "online"
    keyed_by: UUID | None = None
    quote_of: UUID | None = None


@dataclass(frozen=True)
class Added:
    """Where a new post landed. `again`: this submission had been saved before, nothing was written now."""

    id: UUID
    n: int
    again: bool = False


class _Saved(NamedTuple):
    """A number taken, and what for; `sent_before`: the newest post that says the same, `id`: the post inserted, if any."""

    post_count: int
    subject_kind: str
    subject_id: UUID
    sent_before: UUID | None
    id: UUID | None


def start(db: TenantSession, kind: str, subject_id: UUID) -> UUID:
    """An empty conversation under an object; returns its id."""
    identity = new_id()
    db.execute(
        insert(_conversation).values(
            tenant_id=db.tenant.id, id=identity, subject_kind=kind, subject_id=subject_id, post_count=0
        )
    )
    return identity


def page_of(n: int) -> int:
    """The page a post number is on; pages need no COUNT because numbers are dense."""
    return max(0, n - 1) // PAGE + 1


def add(db: TenantSession, registry: Registry, conversation_id: UUID, draft: Draft) -> Added:
    """Save a post once, however often it is sent: number it, render it, tell its owner, leave a job for what comes after.

    Raises InvalidError for texts that cannot be saved or that a plugin refuses, NotFoundError for a foreign conversation.
    """
    if draft.channel not in CHANNELS:
        raise InvalidError(gettext("Choose one of the options."), "channel")
    source = clean(draft.text)
    html = rendered(source)
    moment = clock.now()
    _check(db, registry, conversation_id, source)
    where = {"tenant": db.tenant.id, "conversation": conversation_id}
    told = {"author": draft.author_id, "source": source, "moment": moment, "recently": moment - SENT_AGAIN_WITHIN}
    row = {
        "tenant_id": db.tenant.id,
        "id": new_id(),
        "conversation_id": conversation_id,
        "author_id": draft.author_id,
        "source": source,
        "html": html,
        "renderer": RENDERER,
        "language": draft.language,
        "channel": draft.channel,
        "keyed_by": draft.keyed_by,
        "quote_of": _quotable(db, draft.quote_of, conversation_id),
        "reactions": {},
        "version": 1,
        "created_at": moment,
        "submission": draft.submission,
    }
    saved = _save(db, where | told, row)
    if saved.sent_before is not None:
        db.connection().execute(_give_number_back, where)
        return Added(saved.sent_before, saved.post_count - 1, again=True)
    if saved.id is None:
        return _other_copy(db, draft.submission, where)
    _tell_of_new(db, kind_of(registry, saved.subject_kind), saved.subject_id, draft.author_id, moment)
    outbox.add(db, "conversations.post_made", saved.id)
    return Added(saved.id, saved.post_count)


def _check(db: TenantSession, registry: Registry, conversation_id: UUID, source: str) -> None:
    """Let plugins look at a new text before it is saved; what it is about is read only when one of them does."""
    if registry.asks("check_post", db.tenant):
        about = for_tenant(db, Conversation.subject_kind, Conversation.subject_id)
        found = db.execute(about.where(Conversation.id == conversation_id)).one_or_none()
        if found is None:
            raise NotFoundError
        registry.insist("check_post", db.tenant, db=db, kind=found[0], subject_id=found[1], text=source)


def _save(db: TenantSession, numbering: dict[str, Any], row: dict[str, Any]) -> _Saved:
    """Number the post and insert it. Raises NotFoundError for a foreign conversation."""
    connection = db.connection()
    if connection.dialect.name == "postgresql":
        new_row = {f"new_{name}": value for name, value in row.items()}
        found = connection.execute(_add_at_once, numbering | new_row).one_or_none()
        if found is None:
            raise NotFoundError
        return _Saved._make(found)
    numbered = connection.execute(_take_number, numbering).one_or_none()
    if numbered is None:
        raise NotFoundError
    new = None
    if numbered.sent_before is None:
        new = connection.execute(_insert_once, {**row, "n": numbered.post_count}).scalar()
    return _Saved(numbered.post_count, numbered.subject_kind, numbered.subject_id, numbered.sent_before, new)


def _other_copy(db: TenantSession, submission: UUID, where: Mapping[str, Any]) -> Added:
    """The same form has arrived before, perhaps at the same moment: give the number taken back."""
    db.connection().execute(_give_number_back, where)
    found = submitted(db, submission)
    if found is None:
        raise NotFoundError
    return found


def _tell_of_new(
    db: TenantSession, kind: ConversationKind, subject_id: UUID, author_id: UUID, moment: datetime
) -> None:
    if kind.added is not None:
        kind.added(db, subject_id, author_id, moment)
    else:
        kind.changed(db, subject_id)


def submitted(db: TenantSession, submission: UUID) -> Added | None:
    """The post this form submission has already become."""
    row = db.connection().execute(_submitted, {"tenant": db.tenant.id, "submission": submission}).one_or_none()
    return Added(row.id, row.n, again=True) if row else None


def get(db: TenantSession, post_id: UUID) -> Post:
    """The post; raises NotFoundError for another tenant's."""
    post = db.find(Post, id=post_id)
    if post is None:
        raise NotFoundError
    return post


def edit(db: TenantSession, registry: Registry, post: Post, by: UUID, text: str, version: int) -> None:
    """Change a post's text, keeping the earlier one. `version` is what the editor had before them.

    Raises EditConflictError when somebody saved in between: nothing is written and both texts are shown; InvalidError as
    for a new post.
    """
    source = clean(text)
    if version != post.version:
        raise EditConflictError(post, source)
    if source == post.source:
        return
    conversation = conversation_of(db, post)
    registry.insist(
        "check_post", db.tenant, db=db, kind=conversation.subject_kind, subject_id=conversation.subject_id, text=source
    )
    changed = db.execute(
        update(_post)
        .where(_post.c.tenant_id == db.tenant.id, _post.c.id == post.id, _post.c.version == version)
        .values(source=source, html=rendered(source), renderer=RENDERER, version=version + 1, edited_at=clock.now())
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        db.refresh(post)
        raise EditConflictError(post, source)
    db.add(
        PostVersion(
            id=new_id(),
            tenant_id=db.tenant.id,
            post_id=post.id,
            version=version,
            source=post.source,
            author_id=by,
            created_at=post.edited_at or post.created_at,
        )
    )


def hide(db: TenantSession, registry: Registry, post: Post, by: UUID, reason: str) -> None:
    """Take a post out of sight; its number and the reason stay to be seen. The reason must be given (DSA art. 17)."""
    if not reason.strip():
        raise InvalidError(gettext("Tell why the post is hidden. The writer and the readers will see it."), "reason")
    post.hidden_at, post.hidden_by, post.hidden_reason = clock.now(), by, reason.strip()
    db.flush()
    _tell_owner(db, registry, post.conversation_id)


def restore(db: TenantSession, registry: Registry, post: Post) -> None:
    """Show a hidden post again."""
    post.hidden_at = post.hidden_by = post.hidden_reason = None
    db.flush()
    _tell_owner(db, registry, post.conversation_id)


def conversation_of(db: TenantSession, post: Post) -> Conversation:
    """The conversation a post stands in."""
    found = db.find(Conversation, id=post.conversation_id)
    if found is None:
        raise NotFoundError
    return found


def newest(db: TenantSession, conversation_id: UUID) -> int:
    """The number of the newest post; numbers are dense, so also how many there are."""
    return (
        db.execute(
            select(_conversation.c.post_count).where(
                _conversation.c.tenant_id == db.tenant.id, _conversation.c.id == conversation_id
            )
        ).scalar()
        or 0
    )


def kind_of(registry: Registry, name: str) -> ConversationKind:
    """The declared kind; raises NotFoundError when its plugin is not installed any more."""
    try:
        return registry.conversation_kinds[name]
    except KeyError:
        raise NotFoundError from None


def _tell_owner(db: TenantSession, registry: Registry, conversation_id: UUID) -> None:
    conversation = db.find(Conversation, id=conversation_id)
    if conversation:
        kind_of(registry, conversation.subject_kind).changed(db, conversation.subject_id)


def _quotable(db: TenantSession, post_id: UUID | None, conversation_id: UUID) -> UUID | None:
    """The quoted post's id when it stands in the same conversation and can be seen."""
    if post_id is None:
        return None
    own = (_post.c.tenant_id == db.tenant.id, _post.c.conversation_id == conversation_id, _post.c.id == post_id)
    return db.execute(select(_post.c.id).where(*own, _post.c.hidden_at.is_(None))).scalar()

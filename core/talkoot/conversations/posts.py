"""What can be done with posts. Sessions carry the tenant; nothing here knows a request or commits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update

from talkoot import clock
from talkoot.conversations import images, mentions, saving
from talkoot.conversations.models import CHANNELS, Conversation, Post, PostVersion
from talkoot.conversations.rendering import RENDERER, Known, clean, rendered
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError, TalkootError
from talkoot.files import pictures
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.plugin import ConversationKind
from talkoot.registry import Registry
from talkoot.search import index

PAGE = 20
MENTIONED = "conversations.mentioned"  # the kind of the job after an edit that mentions somebody new
_conversation, _post = Conversation.__table__, Post.__table__


class EditConflictError(TalkootError):
    """Somebody saved the post while it was being edited: both texts are to be shown (409)."""

    def __init__(self, post: Post, mine: str) -> None:
        super().__init__(str(post.id))
        self.post, self.mine = post, mine


@dataclass(frozen=True)
class NewPost:
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


def add(db: TenantSession, registry: Registry, conversation_id: UUID, draft: NewPost) -> Added:
    """Save a post once, however often it is sent: number it, render it, tell its owner, leave a job for what comes after.

    Raises InvalidError for texts that cannot be saved or that a plugin refuses, NotFoundError for a foreign conversation.
    """
    if draft.channel not in CHANNELS:
        raise InvalidError(gettext("Choose one of the options."), "channel")
    source = clean(draft.text)
    known = known_in(db, source, draft.keyed_by or draft.author_id, held=True)
    html = rendered(source, known)
    moment = clock.now()
    check(db, registry, conversation_id, source)
    where = {"tenant": db.tenant.id, "conversation": conversation_id}
    told = {
        "author": draft.author_id,
        "source": source,
        "moment": moment,
        "recently": moment - saving.SENT_AGAIN_WITHIN,
    }
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
    saved = saving.save(db, where | told, row)
    if saved.sent_before is not None:
        saving.give_back(db, where)
        return Added(saved.sent_before, saved.post_count - 1, again=True)
    if saved.id is None:
        return _other_copy(db, draft.submission, where)
    if known.pictures:
        pictures.stand_in(db, saved.id, known.pictures)
    _tell_of_new(db, kind_of(registry, saved.subject_kind), saved.subject_id, draft.author_id, moment)
    outbox.add(db, "conversations.post_made", saved.id)
    return Added(saved.id, saved.post_count)


def known_in(
    db: TenantSession, source: str, writer_id: UUID, post_id: UUID | None = None, *, held: bool = False
) -> Known:
    """What a text of this writer may lead to inside the site; `post_id`: the post that it is, `held`: it is being saved."""
    return Known(mentions.in_text(db, source), pictures.known(db, source, writer_id, post_id, held=held))


def check(db: TenantSession, registry: Registry, conversation_id: UUID, source: str) -> None:
    """Let plugins look at a text before it is saved; what it is about is read only when one of them does."""
    if registry.asks("check_post", db.tenant):
        about = for_tenant(db, Conversation.subject_kind, Conversation.subject_id)
        found = db.execute(about.where(Conversation.id == conversation_id)).one_or_none()
        if found is None:
            raise NotFoundError
        registry.insist("check_post", db.tenant, db=db, kind=found[0], subject_id=found[1], text=source)


def _other_copy(db: TenantSession, submission: UUID, where: Mapping[str, Any]) -> Added:
    """The same form has arrived before, perhaps at the same moment: give the number taken back."""
    saving.give_back(db, where)
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
    found = saving.submitted(db, submission)
    return Added(*found, again=True) if found else None


def get(db: TenantSession, post_id: UUID) -> Post:
    """The post; raises NotFoundError for another tenant's."""
    post = db.find(Post, id=post_id)
    if post is None:
        raise NotFoundError
    return post


def edit(db: TenantSession, registry: Registry, post: Post, by: UUID, text: str, version: int) -> None:
    """Change a post's text, keeping the earlier one. `version` is what the editor had before them.

    Whom it mentions anew is told. Raises EditConflictError when somebody saved in between: nothing is written and both texts
    are shown; InvalidError as for a new post.
    """
    source = clean(text)
    if version != post.version:
        raise EditConflictError(post, source)
    if source == post.source:
        return
    check(db, registry, post.conversation_id, source)
    known = known_in(db, source, by, post.id, held=True)
    html = rendered(source, known)
    changed = db.execute(
        update(_post)
        .where(_post.c.tenant_id == db.tenant.id, _post.c.id == post.id, _post.c.version == version)
        .values(source=source, html=html, renderer=RENDERER, version=version + 1, edited_at=clock.now())
    )
    if changed.rowcount == 0:  # type: ignore[attr-defined]
        db.refresh(post)
        raise EditConflictError(post, source)
    if known.pictures or images.named(post.source):
        pictures.stand_in(db, post.id, known.pictures, edited=True)
    earlier = PostVersion(
        id=new_id(),
        tenant_id=db.tenant.id,
        post_id=post.id,
        version=version,
        source=post.source,
        author_id=by,
        created_at=post.edited_at or post.created_at,
    )
    db.add(earlier)
    index.changed(db, [post.id])
    if mentions.of(html) - mentions.of(post.html):
        outbox.add(db, MENTIONED, earlier.id)


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

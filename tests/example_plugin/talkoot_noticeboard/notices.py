"""What can be done with notices. The session carries the tenant; nothing here knows a request or commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update

from talkoot import Place, clock
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.rendering import clean, excerpt, rendered
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.lengths import within
from talkoot.registry import Registry
from talkoot_noticeboard.models import Notice

KIND = "noticeboard.notice"
EXCERPT = "noticeboard.excerpt"
PAGE = 20


@dataclass(frozen=True)
class Slip:
    """A notice on its way to the board, as the form sends it. `submission` is the form's idempotency key."""

    author_id: UUID
    title: str
    association: str
    text: str
    contact: str
    language: str
    submission: UUID
    area_id: UUID | None = None
    keyed_by: UUID | None = None


def pin(db: TenantSession, slip: Slip) -> Notice:
    """Put a notice on the board, once per submission; raises InvalidError when something is missing or too long."""
    number = next_number(db, Notice.number)  # who comes second waits here, and then finds the first one's notice
    if found := db.find(Notice, submission=slip.submission):
        return found
    title, association = within(slip.title, 200, "title"), within(slip.association, 120, "association")
    if len(title) < 3:
        raise InvalidError(gettext("Give the notice a title."), "title")
    if not association:
        raise InvalidError(gettext("Tell which association the notice is from."), "association")
    source, identity, moment = clean(slip.text), new_id(), clock.now()
    days = timedelta(days=db.tenant.setting("noticeboard.days"))
    notice = Notice(
        id=identity, tenant_id=db.tenant.id, number=number, title=title, association=association,
        contact=within(slip.contact, 200, "contact"), source=source, html=rendered(source), language=slip.language, area_id=slip.area_id,
        author_id=slip.author_id, keyed_by=slip.keyed_by, conversation_id=posts.start(db, KIND, identity),
        submission=slip.submission, created_at=moment, shown_until=clock.today(db.tenant.time_zone) + days,
    )  # fmt: skip
    db.add(notice)
    db.flush()
    outbox.add(db, EXCERPT, identity)
    return notice


def shown(
    db: TenantSession, *, before: int | None = None, area_id: UUID | None = None, limit: int = PAGE
) -> list[Notice]:
    """The notices on the board, newest first; `before` is the number of the last one of the page before."""
    query = for_tenant(db, Notice).where(Notice.expired_at.is_(None))
    if before is not None:
        query = query.where(Notice.number < before)
    if area_id is not None:
        query = query.where(Notice.area_id == area_id)
    return list(db.scalars(query.order_by(Notice.number.desc()).limit(limit)))


def get(db: TenantSession, number: int) -> Notice:
    """The notice with this number; raises NotFoundError when there is none on the board."""
    notice = db.find(Notice, number=number)
    if notice is None or notice.expired_at:
        raise NotFoundError
    return notice


def take_down(notice: Notice) -> None:
    """Take a notice off the board before its time."""
    notice.expired_at = clock.now()


def expire(db: TenantSession) -> int:
    """Take down what is past its day; returns how many."""
    past = [
        Notice.tenant_id == db.tenant.id,
        Notice.expired_at.is_(None),
        Notice.shown_until < clock.today(db.tenant.time_zone),
    ]
    return db.execute(update(Notice).where(*past).values(expired_at=clock.now())).rowcount  # type: ignore[attr-defined, no-any-return]


def write_excerpt(db: TenantSession, notice_id: UUID) -> None:
    """The job: the beginning of the text without markup, for lists."""
    notice = db.find(Notice, id=notice_id)
    if notice is not None:
        notice.excerpt = excerpt(notice.html)
        db.quiet = False  # lists that anybody sees have changed


def locate(db: TenantSession, notice_ids: Sequence[UUID]) -> Mapping[UUID, Place]:
    """Where these notices are: what core asks about a conversation's object."""
    rows = db.scalars(for_tenant(db, Notice).where(Notice.id.in_(notice_ids), Notice.expired_at.is_(None)))
    return {notice.id: _place(notice) for notice in rows}


def _place(notice: Notice) -> Place:
    scopes = (("area", notice.area_id),) if notice.area_id else ()
    return Place(notice.title, f"notices/{notice.number}", public=True, open=True, scopes=scopes)


def recount(db: TenantSession, notice_id: UUID) -> None:
    """A comment was added, hidden or shown again: count anew, in the same transaction."""
    notice = db.find(Notice, id=notice_id)
    if notice is not None:
        notice.comments = db.execute(
            select(func.count()).select_from(Post).where(
                Post.tenant_id == db.tenant.id, Post.conversation_id == notice.conversation_id, Post.hidden_at.is_(None)
            )
        ).scalar_one()  # fmt: skip


def comment_by_mail(db: TenantSession, registry: Registry, notice_id: UUID, new: posts.NewPost) -> posts.Added:
    """A comment that came by mail, to a notice that still hangs."""
    notice = db.find(Notice, id=notice_id)
    if notice is None or notice.expired_at:
        raise NotFoundError
    return posts.add(db, registry, notice.conversation_id, new)


def heard(db: TenantSession, post: Post) -> None:
    """Note that somebody other than its writer has commented on a notice."""
    conversation = db.find(Conversation, id=post.conversation_id)
    if conversation is None or conversation.subject_kind != KIND:
        return
    notice = db.find(Notice, id=conversation.subject_id)
    if notice is not None and notice.answered_at is None and post.author_id != notice.author_id:
        notice.answered_at = post.created_at
        db.quiet = False


def on_the_board(db: TenantSession, author_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many notices each of these members has on the board, one query."""
    rows = db.execute(
        select(Notice.author_id, func.count())
        .where(Notice.tenant_id == db.tenant.id, Notice.author_id.in_(author_ids), Notice.expired_at.is_(None))
        .group_by(Notice.author_id)
    )
    return {row.author_id: row[1] for row in rows}


def count(db: TenantSession) -> int:
    """How many notices are on the board."""
    query = (
        select(func.count()).select_from(Notice).where(Notice.tenant_id == db.tenant.id, Notice.expired_at.is_(None))
    )
    return db.execute(query).scalar_one()


def keyed(db: TenantSession, member_id: UUID) -> list[dict[str, Any]]:
    """The notices a member typed in for somebody else."""
    rows = db.scalars(for_tenant(db, Notice).where(Notice.keyed_by == member_id).order_by(Notice.number))
    return [{"number": notice.number, "title": notice.title} for notice in rows]


def forget(db: TenantSession, member_id: UUID, keep_texts: bool) -> None:
    """The member leaves: their contact details go, and their texts unless the tenant keeps them."""
    mine = (Notice.tenant_id == db.tenant.id, Notice.author_id == member_id)
    gone = (
        {"contact": ""}
        if keep_texts
        else {"contact": "", "source": "", "html": "", "excerpt": "", "expired_at": clock.now()}
    )
    db.execute(update(Notice).where(*mine).values(**gone))
    db.execute(
        update(Notice).where(Notice.tenant_id == db.tenant.id, Notice.keyed_by == member_id).values(keyed_by=None)
    )

"""Who is told of what has happened: the one place where notices are made. Runs in the worker, and may run twice."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, delete, select

from talkoot import clock
from talkoot.contributions.models import Contribution
from talkoot.conversations import mentions, rendering
from talkoot.conversations.models import Conversation, Post, PostVersion
from talkoot.conversations.places import of_posts, places
from talkoot.conversations.rendering import Known
from talkoot.db import TenantSession, for_tenant
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.notices import following, reading, waiting
from talkoot.notices.following import CONVERSATION
from talkoot.notices.models import Notice
from talkoot.notices.telling import followers, tell, tell_anew
from talkoot.people.models import Membership
from talkoot.registry import Registry

LATE_FOR = timedelta(days=3)  # a worker that was away for so long still tells that an answer is late
_notice = Notice.__table__


def post_made(db: TenantSession, registry: Registry, post_id: UUID) -> None:
    """A post was made: those it mentions, whose words it quotes, who began the discussion, who follows what it stands in.

    The strongest reason comes first and stays. Its writer has read the discussion, and follows it from now on.
    """
    post = db.find(Post, id=post_id)
    conversation = db.find(Conversation, id=post.conversation_id) if post else None
    if post is None or conversation is None or post.hidden_at or post.erased_at:
        return
    if post.keyed_by is None:
        following.by_writing(db, post.author_id, conversation.id)
        reading.read_in(db, post.author_id, conversation.id)
    subject = (conversation.subject_kind, conversation.subject_id)
    place = places(db, registry, [subject]).get(subject)
    if place is None:
        return
    own = (CONVERSATION, conversation.id)
    told, writers = 0, {post.author_id} | ({post.keyed_by} if post.keyed_by else set())
    told += tell(db, "mention", post.id, mentions.of(post.html), but=writers)
    told += tell(db, "quote", post.id, _writer_of(db, post.quote_of), but=writers)
    told += tell(db, "reply", post.id, _beginner(db, own), but=writers)
    author = db.find(Membership, id=post.author_id)
    if author and (office := following.office_of(author)):
        told += tell(db, "official", post.id, followers(db, [office], conversation.id), but=writers)
    told += tell(db, "follow", post.id, followers(db, [own, *place.scopes], conversation.id), but=writers)
    if told:
        waiting.collect(db)


def mentioned(db: TenantSession, registry: Registry, version_id: UUID) -> None:
    """A post was edited: whom its text mentions now and did not before (`version_id`: its text until then) hears of it, once."""
    before = db.find(PostVersion, id=version_id)
    post = db.find(Post, id=before.post_id) if before else None
    if before is None or post is None or post.hidden_at or post.erased_at:
        return
    if post.id not in of_posts(db, registry, [post.id]):
        return
    earlier = mentions.of(rendering.render(before.source, Known(mentions.in_text(db, before.source))))
    writers = {post.author_id} | ({post.keyed_by} if post.keyed_by else set())
    if tell_anew(db, "mention", post.id, mentions.of(post.html) - earlier, but=writers, once=True):
        waiting.collect(db)


def _writer_of(db: TenantSession, post_id: UUID | None) -> Iterable[UUID]:
    quoted = db.find(Post, id=post_id) if post_id else None
    return [] if quoted is None or quoted.erased_at else [quoted.author_id]


def _beginner(db: TenantSession, conversation: tuple[str, UUID]) -> Select[tuple[UUID]]:
    """Who began the conversation, if they follow it."""
    begun = select(Post.author_id).where(
        Post.tenant_id == db.tenant.id, Post.conversation_id == conversation[1], Post.n == 1
    )
    found = followers(db, [conversation], conversation[1])
    return found.where(found.selected_columns[0] == begun.scalar_subquery())


def answered(db: TenantSession, step_id: UUID) -> None:
    """A promise was kept: those who follow the discussion hear it, and whoever gave the feedback under their name."""
    step = db.find(FollowUpEvent, id=step_id)
    made = db.find(FollowUp, id=step.follow_up_id) if step else None
    if step is None or made is None:
        return
    by = [step.author_id] if step.author_id else []
    if tell(db, "answered", step.id, _concerned(db, made), but=by):
        waiting.collect(db)


def _concerned(db: TenantSession, made: FollowUp) -> Select[tuple[UUID]]:
    if made.subject_kind == "contribution":
        given = for_tenant(db, Contribution.author_id).where(Contribution.id == made.subject_id)
        return given.where(Contribution.author_id.is_not(None))
    conversation = for_tenant(db, Conversation.id).where(
        Conversation.subject_kind == made.subject_kind, Conversation.subject_id == made.subject_id
    )
    identity = db.execute(conversation).scalar() or made.subject_id  # nobody follows what is no conversation
    return followers(db, [(CONVERSATION, identity)], identity)


def overdue(db: TenantSession) -> None:
    """Promises whose day has passed without an answer: those who follow the discussion hear it, once."""
    today = clock.today(db.tenant.time_zone)
    query = for_tenant(db, FollowUp).where(
        FollowUp.answered_at.is_(None),
        FollowUp.public.is_(True),
        FollowUp.due_on < today,
        FollowUp.due_on >= today - LATE_FOR,
    )
    for made in db.scalars(query):
        tell(db, "overdue", made.id, _concerned(db, made))


def moderated(db: TenantSession, post_id: UUID) -> None:
    """A post was hidden or brought back: its writer hears it. Nobody is told of a hidden post any more."""
    post = db.find(Post, id=post_id)
    if post is None or post.erased_at:
        return
    if post.hidden_at:
        gone = (_notice.c.about == "post", _notice.c.thing_id == post.id)
        db.execute(delete(_notice).where(_notice.c.tenant_id == db.tenant.id, *gone))
    writer = [post.author_id] if post.author_id != post.hidden_by else []
    if tell_anew(db, "hidden" if post.hidden_at else "restored", post.id, writer):
        waiting.collect(db)

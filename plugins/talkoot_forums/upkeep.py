"""What a convener or moderator does with a topic: pin, close, move, merge, split, lift to the parent body."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Update, bindparam, func, select, update

from talkoot import clock
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.people import names
from talkoot.tenants.slugs import slug_of
from talkoot_forums import forums
from talkoot_forums.counting import changed
from talkoot_forums.models import Forum, Topic, TopicRedirect
from talkoot_forums.parties import parties_of
from talkoot_forums.topics import KIND, TopicView


def row(db: TenantSession, view: TopicView) -> Topic:
    """The topic's row, to change it."""
    found = db.find(Topic, id=view.id)
    if found is None:
        raise NotFoundError
    return found


def pin(db: TenantSession, view: TopicView, on: bool) -> None:
    """Keep a topic at the top of its forum, or let it go."""
    row(db, view).pinned = on


def close(db: TenantSession, view: TopicView, reason: str) -> None:
    """End a discussion; everybody sees why."""
    if not reason.strip():
        raise InvalidError(gettext("Tell why the discussion is closed."), "reason")
    topic = row(db, view)
    topic.closed_at, topic.closed_reason = topic.closed_at or clock.now(), reason.strip()[:500]


def reopen(db: TenantSession, view: TopicView) -> None:
    """Let a closed discussion go on."""
    topic = row(db, view)
    topic.closed_at, topic.closed_reason = None, ""


def rename(db: TenantSession, view: TopicView, title: str) -> None:
    """A title that tells better what the topic is about; the number in its address stays."""
    heading = names.clean(title)[:200]
    if len(heading) < 3:
        raise InvalidError(gettext("Give the topic a title that tells what it is about."), "title")
    topic = row(db, view)
    topic.title, topic.slug = heading, slug_of(heading, 60)


def move(db: TenantSession, view: TopicView, forum_slug: str) -> None:
    """Move a topic to another forum of this tenant; its address stays."""
    target = db.find(Forum, slug=forum_slug)
    if target is None:
        raise InvalidError(gettext("Choose one of the options."), "forum")
    row(db, view).forum_id = target.id
    db.flush()
    forums.recount(db, (view.forum_id, target.id))


def merge(db: TenantSession, view: TopicView, into: TopicView) -> None:
    """Put all posts of one topic into another, in order of time; the old address leads there."""
    if view.id == into.id:
        raise InvalidError(gettext("A topic cannot be merged into itself."), "number")
    gone = row(db, view)
    take_over = update(Post).where(Post.tenant_id == db.tenant.id, Post.conversation_id == view.conversation_id)
    most = _newest(db, into.conversation_id)
    db.execute(take_over.values(conversation_id=into.conversation_id, n=Post.n + most))
    _renumber(db, into.conversation_id)
    db.execute(_set_count(db, view.conversation_id, 0))
    gone.hidden_at = clock.now()
    gone.post_count = 0
    db.add(TopicRedirect(id=new_id(), tenant_id=db.tenant.id, number=gone.number, topic_id=into.id))
    for earlier in db.scalars(for_tenant(db, TopicRedirect).where(TopicRedirect.topic_id == gone.id)):
        earlier.topic_id = into.id
    db.flush()
    _parties(db, into.id, into.conversation_id)
    changed(db, into.id)
    forums.recount(db, (view.forum_id, into.forum_id))


def split(db: TenantSession, view: TopicView, numbers: Sequence[int], title: str, by: UUID) -> int:
    """Make a new topic of these posts; returns its number. Permalinks of posts follow by themselves."""
    heading = names.clean(title)[:200]
    if len(heading) < 3:
        raise InvalidError(gettext("Give the topic a title that tells what it is about."), "title")
    chosen = list(
        db.scalars(
            for_tenant(db, Post)
            .where(Post.conversation_id == view.conversation_id, Post.n.in_(numbers), Post.n > 1)
            .order_by(Post.n)
        )
    )
    if not chosen:
        raise InvalidError(gettext("Choose the posts that go to the new topic; the first post stays."), "posts")
    identity = new_id()
    conversation_id = posts.start(db, KIND, identity)
    number = next_number(db, Topic.number)
    db.add(
        Topic(
            id=identity,
            tenant_id=db.tenant.id,
            number=number,
            forum_id=view.forum_id,
            conversation_id=conversation_id,
            kind=view.kind,
            title=heading,
            slug=slug_of(heading, 60),
            language=view.language,
            author_id=chosen[0].author_id,
            created_at=chosen[0].created_at,
            post_count=0,
            last_post_at=chosen[-1].created_at,
            pinned=False,
            parties=[],
        )
    )
    db.flush()
    for n, post in enumerate(chosen, start=1):
        post.conversation_id, post.n = conversation_id, n
    db.flush()
    db.execute(_set_count(db, conversation_id, len(chosen), chosen[-1].created_at))
    _renumber(db, view.conversation_id)
    for topic_id, conversation in ((identity, conversation_id), (view.id, view.conversation_id)):
        _parties(db, topic_id, conversation)
        changed(db, topic_id)
    forums.recount(db, (view.forum_id,))
    return number


def lift(
    db: TenantSession, view: TopicView, *, by: UUID, words: str, due_on: date | None, language: str, submission: UUID
) -> FollowUp:
    """Lift a topic to the forum's parent body, which owes an answer by a day (domain row 1)."""
    if view.body_id is None:
        raise InvalidError(gettext("This forum has no body that could answer. The main user can name one."))
    return promises.promise(
        db,
        subject=(KIND, view.id),
        title=view.title,
        path=view.path,
        owner_id=view.body_id,
        due_on=due_on,
        language=language,
        by=by,
        words=words,
        submission=submission,
        area_id=view.area_id,
    )


def _newest(db: TenantSession, conversation_id: UUID) -> int:
    return db.execute(
        select(func.coalesce(func.max(Post.n), 0)).where(
            Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id
        )
    ).scalar_one()


def _set_count(db: TenantSession, conversation_id: UUID, count: int, last: datetime | None = None) -> Update:
    return (
        update(Conversation)
        .where(Conversation.tenant_id == db.tenant.id, Conversation.id == conversation_id)
        .values(post_count=count, last_post_at=last)
    )


def _renumber(db: TenantSession, conversation_id: UUID) -> None:
    """Make numbers dense again, in order of time. Two steps, because a number must be unique at every moment."""
    table = Post.__table__
    own = (table.c.tenant_id == db.tenant.id, table.c.conversation_id == conversation_id)
    rows = db.execute(select(table.c.id, table.c.created_at).where(*own).order_by(table.c.created_at, table.c.n)).all()
    db.execute(update(table).where(*own).values(n=-table.c.n))
    if rows:
        db.execute(
            update(table).where(*own, table.c.id == bindparam("post")).values(n=bindparam("number")),
            [{"post": row.id, "number": n} for n, row in enumerate(rows, start=1)],
        )
    db.execute(_set_count(db, conversation_id, len(rows), rows[-1].created_at if rows else None))
    db.expire_all()


def _parties(db: TenantSession, topic_id: UUID, conversation_id: UUID) -> None:
    """Who has spoken, read anew from the posts."""
    authors = db.scalars(
        select(Post.author_id)
        .where(Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id, Post.hidden_at.is_(None))
        .distinct()
    )
    topic = db.find(Topic, id=topic_id)
    if topic:
        topic.parties = sorted({party for author in authors for party in parties_of(db, author)})

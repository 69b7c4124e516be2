"""What a convener or moderator does with a topic: pin, close, move, merge, split, lift to the parent body."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, update

from talkoot import clock
from talkoot.conversations import carrying, drafts, posts
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.lengths import within
from talkoot.notices import following
from talkoot.people.models import Membership
from talkoot.search import index
from talkoot_forums import forums, topic_tags
from talkoot_forums.counting import changed
from talkoot_forums.forums import ForumView
from talkoot_forums.models import Topic, TopicRedirect
from talkoot_forums.parties import speaks_for
from talkoot_forums.topics import KIND, TopicView, address_of, heading_of


def row(db: TenantSession, view: TopicView) -> Topic:
    """The topic's row, to change it."""
    found = db.find(Topic, id=view.id)
    if found is None:
        raise NotFoundError
    return found


def pin(db: TenantSession, view: TopicView, on: bool) -> None:
    """Keep a topic at the top of its forum, or let it go."""
    row(db, view).pinned = on


def close(db: TenantSession, view: TopicView, reason: str) -> str:
    """End a discussion; everybody sees why. Returns the reason as it is shown; raises InvalidError for none or a long one."""
    why = within(reason, 500, "reason")
    if not why:
        raise InvalidError(gettext("Tell why the discussion is closed."), "reason")
    topic = row(db, view)
    topic.closed_at, topic.closed_reason = clock.now(), why
    return why


def reopen(db: TenantSession, view: TopicView) -> None:
    """Let a closed discussion go on."""
    topic = row(db, view)
    topic.closed_at, topic.closed_reason = None, ""


def rename(db: TenantSession, view: TopicView, title: str) -> None:
    """A title that tells better what the topic is about; the number in its address stays."""
    topic, heading = row(db, view), heading_of(title)
    topic.title, topic.slug = heading, address_of(heading)
    index.changed(db, index.firsts(db, view.conversation_id))


def move(db: TenantSession, view: TopicView, target: ForumView) -> None:
    """Move a topic to another forum of this tenant; its address stays."""
    carrying.settle(db, view.conversation_id, (forums.SCOPE, view.forum_id))
    row(db, view).forum_id = target.id
    db.flush()
    forums.recount(db, (view.forum_id, target.id))


def merge(db: TenantSession, view: TopicView, into: TopicView) -> None:
    """Put all posts of one topic into another, in order of time; the old address leads there, and so does its promise."""
    if view.id == into.id:
        raise InvalidError(gettext("A topic cannot be merged into itself."), "number")
    gone, _ = _held(db, view, into)
    for one in (view, into):
        carrying.settle(db, one.conversation_id, (forums.SCOPE, one.forum_id))
    titled = index.firsts(db, view.conversation_id, into.conversation_id)
    with carrying.merging(db, view.conversation_id, into.conversation_id):
        _take_over(db, view.conversation_id, into.conversation_id)
    drafts.move(db, view.conversation_id, into.conversation_id)
    gone.hidden_at = clock.now()
    gone.post_count = 0
    db.add(TopicRedirect(id=new_id(), tenant_id=db.tenant.id, number=gone.number, topic_id=into.id))
    for earlier in db.scalars(for_tenant(db, TopicRedirect).where(TopicRedirect.topic_id == gone.id)):
        earlier.topic_id = into.id
    promises.pass_on(db, KIND, gone.id, into.id)
    topic_tags.follow(db, gone.id, into.id)
    following.pass_on(db, view.conversation_id, into.conversation_id)
    db.flush()
    index.changed(db, titled)
    _parties(db, into.id, into.conversation_id)
    changed(db, into.id)
    forums.recount(db, (view.forum_id, into.forum_id))


def _take_over(db: TenantSession, gone_id: UUID, kept_id: UUID) -> None:
    """Put the posts of one conversation among those of another, in order of time."""
    own = update(Post).where(Post.tenant_id == db.tenant.id, Post.conversation_id == gone_id)
    db.execute(own.values(conversation_id=kept_id, n=Post.n + _newest(db, kept_id)))
    for conversation_id in (gone_id, kept_id):
        _renumber(db, conversation_id)


def split(db: TenantSession, view: TopicView, post_ids: Sequence[UUID], title: str) -> int:
    """Make a new topic of these posts; returns its number. Permalinks of posts follow by themselves.

    Raises InvalidError when one of them is the first post or is not in this topic, or not any more.
    """
    heading = heading_of(title)
    _held(db, view)
    chosen = _chosen(db, view, post_ids)
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
            slug=address_of(heading),
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
    topic_tags.copy(db, view.id, identity)
    for post in chosen:
        post.conversation_id = conversation_id
    db.flush()
    carrying.split(db, view.conversation_id, conversation_id)
    index.changed(db, [chosen[0].id])
    following.pass_on(db, view.conversation_id, conversation_id)
    for topic_id, conversation in ((view.id, view.conversation_id), (identity, conversation_id)):
        _renumber(db, conversation)
        _parties(db, topic_id, conversation)
        changed(db, topic_id)
    forums.recount(db, (view.forum_id,))
    return number


def _chosen(db: TenantSession, view: TopicView, post_ids: Sequence[UUID]) -> list[Post]:
    """These posts in the topic's order; raises InvalidError as `split` does."""
    own = (Post.conversation_id == view.conversation_id, Post.id.in_(post_ids))
    found = list(db.scalars(for_tenant(db, Post).where(*own).order_by(Post.n)))
    if len(found) < len(set(post_ids)):
        raise InvalidError(
            gettext("Some of these posts are not in this topic any more. Nothing was moved now."), "posts"
        )
    if not found or found[0].n == 1:
        raise InvalidError(gettext("Choose the posts that go to the new topic; the first post stays."), "posts")
    return found


def _held(db: TenantSession, *views: TopicView) -> list[Topic]:
    """The topics' rows, once nobody else is adding to their conversations or moving posts: until the end of the transaction.

    Raises InvalidError when one of them has been merged meanwhile.
    """
    ids = [view.conversation_id for view in views]
    own = (Conversation.tenant_id == db.tenant.id, Conversation.id.in_(ids))
    db.execute(select(Conversation.id).where(*own).order_by(Conversation.id).with_for_update(key_share=True)).all()
    found = [row(db, view) for view in views]
    if any(topic.hidden_at for topic in found):
        raise InvalidError(gettext("The topic has just been merged into another one. Nothing was changed now."))
    return found


def lift(
    db: TenantSession, view: TopicView, *, by: UUID, words: str, due_on: date | None, language: str, submission: UUID
) -> FollowUp:
    """Lift a topic to the forum's parent body, which owes an answer by a day (domain row 1)."""
    if view.body_id is None:
        raise InvalidError(gettext("This forum has no body that could answer. The main user can name one."))
    return promises.promise(
        db,
        subject=(KIND, view.id),
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


def _renumber(db: TenantSession, conversation_id: UUID) -> None:
    """Make the numbers of a conversation's posts dense again, and say how many there are."""
    _put_in_order(db, conversation_id)
    own = (Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id)
    last = db.execute(select(Post.n, Post.created_at).where(*own).order_by(Post.n.desc()).limit(1)).one_or_none()
    db.execute(
        update(Conversation)
        .where(Conversation.tenant_id == db.tenant.id, Conversation.id == conversation_id)
        .values(post_count=last.n if last else 0, last_post_at=last.created_at if last else None)
    )
    db.expire_all()


def _put_in_order(db: TenantSession, conversation_id: UUID) -> None:
    """Number posts from 1 in order of time: by way of negative numbers, because one must be unique at every moment."""
    table = Post.__table__
    own = (table.c.tenant_id == db.tenant.id, table.c.conversation_id == conversation_id)
    place = func.row_number().over(order_by=(table.c.created_at, table.c.n)).label("place")
    placed = select(table.c.id, place).where(*own).subquery()
    misplaced = (*own, table.c.id == placed.c.id, table.c.n != placed.c.place)
    db.execute(update(table).where(*misplaced).values(n=-placed.c.place))
    db.execute(update(table).where(*own, table.c.n < 0).values(n=-table.c.n))


def _parties(db: TenantSession, topic_id: UUID, conversation_id: UUID) -> None:
    """Who has spoken, read anew from the posts."""
    seen = (Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id, Post.hidden_at.is_(None))
    authors = (Membership.tenant_id == db.tenant.id, Membership.id.in_(select(Post.author_id).where(*seen)))
    spoke = db.execute(select(Membership.verified_as, Membership.participant_roles).where(*authors)).all()
    topic = db.find(Topic, id=topic_id)
    if topic:
        topic.parties = sorted({party for one in spoke for party in speaks_for(one.verified_as, one.participant_roles)})

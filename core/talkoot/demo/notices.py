"""What the demo's people follow, what they are told of, and what they keep: out of the posts that plugins have made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select

from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.reading import NEWS_FOR
from talkoot.demo.world import DemoWorld, Member, Place
from talkoot.notices.following import CONVERSATION
from talkoot.notices.models import Bookmark, Follow, MailChoice, Notice

TOLD, UNREAD, IN_MAIL, KEPT = 14, 6, 4, 3
FOLLOWERS = 5  # of a discussion of a composed installation
AWAY, DIGEST_IN = timedelta(days=7), timedelta(days=3)
_post, _conversation = Post.__table__, Conversation.__table__


def fill(connection: Connection, world: DemoWorld) -> None:
    """Everybody follows what they have written in; those one can sign in as have notices, bookmarks and a mail on its way."""
    for place in world.places.values():
        posts = _posts(connection, place)
        _follow(world, place, posts)
        for key, member in world.accounts.items():
            if member in place.members:
                _tell(world, place, member, key, posts)


def at_scale(
    world: DemoWorld, place: Place, conversation: UUID, writers: Sequence[Member], last: UUID, at: datetime
) -> None:
    """The first who have written in a composed discussion follow it, and have been told of its last post if it is news.

    `writers`: of each post; `last`: the last one's id, written `at` this moment.
    """
    followers = list(dict.fromkeys(writers))[:FOLLOWERS]
    for member in followers:
        _add_follow(world, place, member.id, CONVERSATION, conversation, at)
    if at < world.now - NEWS_FOR:
        return
    read = at < world.now - AWAY
    for member in followers:
        if member is not writers[-1]:
            world.add_row(
                place, Notice, about="post", thing_id=last, membership_id=member.id, kind="follow", at=at,
                read_at=at + timedelta(hours=5) if read else None, due_at=None if read else world.now + DIGEST_IN,
            )  # fmt: skip


def _posts(connection: Connection, place: Place) -> Sequence[Any]:
    """The site's posts that can be seen, the newest first."""
    its = (_conversation.c.tenant_id == _post.c.tenant_id) & (_conversation.c.id == _post.c.conversation_id)
    columns = (_post.c.id, _post.c.author_id, _post.c.conversation_id, _post.c.n, _post.c.created_at, _post.c.quote_of)
    query = select(*columns).join_from(_post, _conversation, its).where(_post.c.tenant_id == place.id)
    return connection.execute(query.where(_post.c.hidden_at.is_(None)).order_by(_post.c.created_at.desc())).all()


def _follow(world: DemoWorld, place: Place, posts: Sequence[Any]) -> None:
    first: dict[tuple[UUID, UUID], Any] = {}
    for post in reversed(posts):
        first.setdefault((post.author_id, post.conversation_id), post.created_at)
    for (member, conversation), at in first.items():
        _add_follow(world, place, member, CONVERSATION, conversation, at)


def _add_follow(world: DemoWorld, place: Place, member: UUID, kind: str, thing: UUID, at: Any) -> None:
    world.add(place, Follow, membership_id=member, kind=kind, thing_id=thing, created_at=at)


def _tell(world: DemoWorld, place: Place, member: Member, key: str, posts: Sequence[Any]) -> None:
    """Notices of the latest posts of others: some read, some not, the newest ones due by mail when the worker starts."""
    rng = world.random("notices", place.slug, key)
    for area in list(place.areas.values())[:2]:
        _add_follow(world, place, member.id, "area", area, world.ago(days=60))
    for number, post in enumerate(_of_many_discussions(posts, member)):
        read = None if number < UNREAD else post.created_at + timedelta(hours=5)
        world.add_row(
            place, Notice, about="post", thing_id=post.id, membership_id=member.id, kind=_why(posts, post, member),
            at=post.created_at, read_at=read, due_at=world.now if number < IN_MAIL else None,
        )  # fmt: skip
    world.add(  # no quiet hours: who starts the demo at night finds the mail, too
        place, MailChoice, membership_id=member.id, direct="now", rest="weekly", quiet_from=0, quiet_to=0, follow_own=True
    )  # fmt: skip
    kept = rng.sample(_of_many_discussions(posts, member), min(KEPT, len(_of_many_discussions(posts, member))))
    for number, post in enumerate(kept):
        _keep(world, place, member, post, number)


def _of_many_discussions(posts: Sequence[Any], member: Member) -> list[Any]:
    """The newest posts of others, no more than two of a discussion."""
    found: list[Any] = []
    for post in posts:
        if post.author_id != member.id and sum(p.conversation_id == post.conversation_id for p in found) < 2:
            found.append(post)
    return found[:TOLD]


def _why(posts: Sequence[Any], post: Any, member: Member) -> str:
    """The kind of notice that the post would have made."""
    own = {one.id for one in posts if one.author_id == member.id}
    if post.quote_of in own:
        return "quote"
    begun = any(one.n == 1 and one.conversation_id == post.conversation_id for one in posts if one.id in own)
    return "reply" if begun else "follow"


def _keep(world: DemoWorld, place: Place, member: Member, post: Any, number: int) -> None:
    remind_at = world.ago(days=-3) if number == 0 else None
    at = world.ago(days=KEPT - number)
    world.add(place, Bookmark, membership_id=member.id, post_id=post.id, created_at=at, remind_at=remind_at)

"""What tests of reading share: topics with replies, and how far somebody has read."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

from sqlalchemy import select

from talkoot.conversations import posts, reading
from talkoot.conversations.models import ReadMark
from talkoot_forums import topics


def begun(app, db, world, title, *, by="resident", replies=(), forum="forum") -> int:
    """Begin a topic with replies by these roles; returns its number."""
    from talkoot_forums import forums

    slug = db.tenant.slug
    number, _ = topics.begin(
        db, app.registry, forums.get(db, world.things[slug, forum]).id, title=title, kind="discussion",
        draft=posts.NewPost(world.members[slug, by], f"{title} begins", uuid4(), "fi"),
    )  # fmt: skip
    reply(app, db, world, number, *replies)
    return number


def reply(app, db, world, number, *roles) -> None:
    """Add a reply by each of these."""
    for role in roles:
        view = topics.get(db, number)
        text = f"A reply by {role}: {uuid4().hex}"
        topics.reply(db, app.registry, view, posts.NewPost(world.members[db.tenant.slug, role], text, uuid4(), "fi"))


def read(db, world, number, n, role="resident") -> None:
    """Somebody has read to a number."""
    reading.read_to(db, world.members[db.tenant.slug, role], topics.get(db, number).conversation_id, n)


def read_to(db, world, number, role="resident") -> int | None:
    """How far somebody has read; None without a mark."""
    conversation: UUID = topics.get(db, number).conversation_id
    mine = (ReadMark.tenant_id == db.tenant.id, ReadMark.membership_id == world.members[db.tenant.slug, role])
    return db.execute(select(ReadMark.n).where(*mine, ReadMark.conversation_id == conversation)).scalar()


def news_in(page: str) -> dict[int, str]:
    """What a list says is new: by topic, "New" or "3 new"."""
    marks = re.findall(r'<a class="badge fresh" href="[^"]*/topics/(\d+)/unread">([^<]+)<', page)
    return {int(number): words for number, words in marks}


def fresh_in(page: str) -> list[int]:
    """The numbers of the posts that a topic's page marks as new."""
    return [int(n) for n in re.findall(r'<article class="post[^"]* fresh" id="p(\d+)"', page)]

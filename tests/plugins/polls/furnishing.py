"""A poll in both towns of the test kit's world, where members talk among themselves; one of them has voted."""

from __future__ import annotations

from datetime import timedelta

from talkoot import clock
from talkoot.app import Talkoot
from talkoot.conversations.models import Post
from talkoot.db import TenantSession
from talkoot.testing.towns import World
from talkoot_forums import topics
from talkoot_polls import polls, voting


def furnish_polls(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    """An open poll with one vote under the first post of the members' topic."""
    slug, words = db.tenant.slug, f"{mark}-" if mark else ""
    topic = topics.get(db, world.things[slug, "members' topic"])
    post = db.find(Post, conversation_id=topic.conversation_id, n=1)
    assert post
    asked = polls.Asked(
        f"{words}Which day?", [f"{words}Monday", f"{words}Friday"], "single", None, False, "always",
        clock.now() + timedelta(days=7),
    )  # fmt: skip
    number = polls.begin(db, app.registry, post, world.members[slug, "resident"], asked, db.tenant.language)
    voting.vote(db, polls.get(db, number).id, world.members[slug, "official"], [1])
    world.things |= {(slug, "poll"): number, (slug, "polled post"): post.id}

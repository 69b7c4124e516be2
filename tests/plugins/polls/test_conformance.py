"""The conformance suite on polls: they stand under posts, so both towns get a discussion with two of them."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from tests.plugins.polls.furnishing import furnish_polls

from talkoot import clock
from talkoot.app import Talkoot
from talkoot.conversations import posts
from talkoot.db import TenantSession
from talkoot.testing.conformance import conformance
from talkoot.testing.towns import World
from talkoot_forums import forums, topics
from talkoot_polls import polls, voting


def furnish(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    slug, words = db.tenant.slug, f"{mark}-" if mark else ""
    standing = {"standing": "permanent", "area_id": None, "body_id": None}
    resident = world.members[slug, "resident"]
    forum = forums.save(db, None, names={"fi": f"{words}Kylät"}, about={}, slug="kylat", **standing)  # type: ignore[arg-type]

    def begin(title: str) -> tuple[int, posts.Added]:
        draft = posts.NewPost(resident, f"{words}{title}", uuid4(), db.tenant.language)
        return topics.begin(db, app.registry, forum.id, title=f"{words}{title}", kind="idea", draft=draft)

    world.things[slug, "members' topic"], _ = begin("Which day suits?")
    furnish_polls(app, db, world, mark)
    _, added = begin("Which way?")
    ranked = polls.Asked(
        f"{words}Which way?", [f"{words}{way}" for way in ("By the sea", "By the road", "Not at all")], "ranked", None, True,
        "always", clock.now() + timedelta(days=3),
    )  # fmt: skip
    number = polls.begin(db, app.registry, posts.get(db, added.id), resident, ranked, db.tenant.language)
    voting.vote(db, polls.get(db, number).id, resident, [2, 0])


test_conformance = conformance("polls", furnish)

"""What is read of a list of thousands of topics: a page of it, whichever page is asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, update
from tests.rows_read import analyze, at_most

from talkoot import clock
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation
from talkoot.ids import new_id
from talkoot.tenants import areas
from talkoot_forums import forums, topics
from talkoot_forums.models import Forum, Topic

pytestmark = pytest.mark.database("postgresql")
MANY = 3_000


@pytest.fixture
def many_topics(app, world, writing, town):
    """The town's forum with thousands of topics, older than those it has; returns the number of one in the middle."""
    moment, author = clock.now() - timedelta(days=900), world.members["kokkola", "resident"]
    with writing(town) as db:
        forum = db.scalar(
            select(Forum.id).where(Forum.tenant_id == town.id, Forum.slug == world.things["kokkola", "forum"])
        )
        own = {
            "tenant_id": town.id,
            "forum_id": forum,
            "kind": "discussion",
            "slug": "",
            "language": "fi",
            "parties": [],
        }
        own |= {"author_id": author, "last_author_id": author, "pinned": False, "closed_reason": "", "post_count": 1}
        rows = [
            {**own, "id": new_id(), "conversation_id": new_id(), "number": 1_000 + n, "title": f"Noise {n}"}
            | {"created_at": moment, "last_post_at": moment + timedelta(minutes=n)}
            for n in range(MANY)
        ]
        talks = [
            {"tenant_id": town.id, "id": row["conversation_id"], "subject_kind": topics.KIND, "subject_id": row["id"]}
            for row in rows
        ]
        db.execute(insert(Conversation), [{**talk, "post_count": 1} for talk in talks])
        db.execute(insert(Topic), rows)
    analyze(app, "forums_topic")
    return 1_000 + MANY // 2


def test_lists_of_topics(app, as_role, world, many_topics):
    forum = f"/forums/{world.things['kokkola', 'forum']}/"
    for role in ("guest", "resident"):
        for path in (
            "/",
            "/forums/",
            forum,
            f"{forum}?before={many_topics}",
            f"{forum}?before=1010",
            f"{forum}feed.atom",
            "/feed.atom",
            f"/areas/{world.things['kokkola', 'area'].slug}/",
        ):
            with at_most(app, "forums_topic", 3 * topics.PAGE):
                assert as_role(role).get(path).status_code == 200, path


def test_a_forum_that_ended_with_all_the_newest(app, as_role, client, writing, town, world, many_topics):
    """Its thousands are not gone through for the one topic of another forum."""
    slug = world.things["kokkola", "forum"]
    with writing(town) as db:
        area = db.find(Forum, slug=slug).area_id
        other = {"standing": "permanent", "area_id": area, "body_id": None}
        forum = forums.save(db, None, names={"fi": "Satama"}, about={}, **other)
        draft = posts.Draft(world.members["kokkola", "resident"], "Milloin laituri korjataan?", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum.id, title="Laituri", kind="question", draft=draft)
        old = clock.now() - timedelta(days=2_000)
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(last_post_at=old))
        db.find(Forum, slug=slug).standing = "ended"
    analyze(app, "forums_topic")
    for role in ("guest", "resident"):
        for path in ("/", f"/areas/{world.things['kokkola', 'area'].slug}/"):
            with at_most(app, "forums_topic", topics.PAGE):
                page = as_role(role).get(path)
            shown = page.text.partition("latest-title")[2].partition("forums-title")[0]
            assert "Laituri" in shown, path
            assert "Noise" not in shown, path


@pytest.fixture
def quiet_area(app, world, writing, town, many_topics):
    """The address of an area with two forums and one topic, in which nobody has written since before all the others."""
    old = clock.now() - timedelta(days=2_000)
    with writing(town) as db:
        area = areas.add(db, {"fi": "Perämeri"})
        for name in ("Satama", "Saaret"):
            own = {"standing": "permanent", "area_id": area.id, "body_id": None}
            forum = forums.save(db, None, names={"fi": name}, about={}, **own)
        draft = posts.Draft(world.members["kokkola", "resident"], "Milloin laituri korjataan?", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum.id, title="Laituri", kind="question", draft=draft)
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(last_post_at=old))
    analyze(app, "forums_topic")
    return f"/areas/{area.slug}/"


def test_an_area_nobody_writes_in(app, as_role, quiet_area):
    for role in ("guest", "resident"):
        for path in (quiet_area, f"{quiet_area}feed.atom"):
            with at_most(app, "forums_topic", 10):
                page = as_role(role).get(path)
            assert "Laituri" in page.text, path

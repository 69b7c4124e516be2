"""What is read of a list of thousands of topics: a page of it, whichever page is asked."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import delete, insert, select, update
from tests.rows_read import analyze, at_most

from talkoot import clock
from talkoot.conversations import posts, reading
from talkoot.conversations.models import Conversation, Post, ReadMark
from talkoot.ids import new_id
from talkoot.memory import Memory
from talkoot.people.models import Membership
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
    analyze(app)
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
            app.database.memory = Memory(app.database.memory.limit)
            with at_most(app, "forums_topic", 3 * topics.PAGE):
                assert as_role(role).get(path).status_code == 200, path


def test_a_forum_that_ended_with_all_the_newest(app, as_role, client, writing, town, world, many_topics):
    """Its thousands are not gone through for the one topic of another forum."""
    slug = world.things["kokkola", "forum"]
    with writing(town) as db:
        area = db.find(Forum, slug=slug).area_id
        other = {"standing": "permanent", "area_id": area, "body_id": None}
        forum = forums.save(db, None, names={"fi": "Satama"}, about={}, **other)
        draft = posts.NewPost(world.members["kokkola", "resident"], "Milloin laituri korjataan?", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum.id, title="Laituri", kind="question", draft=draft)
        old = clock.now() - timedelta(days=2_000)
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(last_post_at=old))
        db.find(Forum, slug=slug).standing = "ended"
    analyze(app)
    for role in ("guest", "resident"):
        for path in ("/", f"/areas/{world.things['kokkola', 'area'].slug}/"):
            app.database.memory = Memory(app.database.memory.limit)
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
        draft = posts.NewPost(world.members["kokkola", "resident"], "Milloin laituri korjataan?", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum.id, title="Laituri", kind="question", draft=draft)
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(last_post_at=old))
    analyze(app)
    return f"/areas/{area.slug}/"


def test_an_area_nobody_writes_in(app, as_role, quiet_area):
    for role in ("guest", "resident"):
        for path in (quiet_area, f"{quiet_area}feed.atom"):
            with at_most(app, "forums_topic", 10):
                page = as_role(role).get(path)
            assert "Laituri" in page.text, path


@pytest.fixture
def busy_weeks(app, world, writing, town, many_topics):
    """The thousands were written in during the last days, a tenth of an hour apart, and half of them have been read."""
    reader, newest = world.members["kokkola", "resident"], clock.now()
    with writing(town) as db:
        mine = (Topic.tenant_id == town.id, Topic.number >= 1_000)
        rows = db.execute(select(Topic.id, Topic.number, Topic.conversation_id).where(*mine)).all()
        post = {
            "tenant_id": town.id,
            "n": 1,
            "author_id": world.members["kokkola", "clerk"],
            "renderer": 1,
            "version": 1,
        }
        post |= {"language": "fi", "source": "noise", "html": "<p>noise</p>", "reactions": {}}
        written = {row.id: newest - timedelta(minutes=6 * (1_000 + MANY - row.number)) for row in rows}
        db.execute(
            insert(Post),
            [
                {
                    **post,
                    "id": new_id(),
                    "conversation_id": row.conversation_id,
                    "submission": new_id(),
                    "created_at": written[row.id],
                }
                for row in rows
            ],
        )
        db.execute(
            update(Topic), [{"tenant_id": town.id, "id": key, "last_post_at": at} for key, at in written.items()]
        )
        mark = {"tenant_id": town.id, "membership_id": reader, "n": 1, "read_at": newest}
        db.execute(
            insert(ReadMark), [{**mark, "conversation_id": row.conversation_id} for row in rows if row.number % 2]
        )
        this = (Membership.tenant_id == town.id, Membership.id == reader)
        db.execute(update(Membership).where(*this).values(read_before=newest - timedelta(days=100)))
    analyze(app)


@pytest.mark.parametrize("read", ["half", "nearly all", "nothing"])
def test_what_is_new_among_thousands(app, as_role, world, writing, town, busy_weeks, read):
    """However many there are and however many have been read, so many topics are looked at, and one post or two of each."""
    reader = world.members["kokkola", "resident"]
    with writing(town) as db:
        if read == "nothing":
            db.execute(delete(ReadMark).where(ReadMark.tenant_id == town.id, ReadMark.membership_id == reader))
        elif read == "nearly all":
            topic = (
                Topic.tenant_id == town.id,
                Topic.number >= 1_000,
                Topic.number % 2 == 0,
                Topic.number < 900 + MANY,
            )
            own = {"tenant_id": town.id, "membership_id": reader, "n": 1, "read_at": clock.now()}
            rest = db.scalars(select(Topic.conversation_id).where(*topic)).all()
            db.execute(insert(ReadMark), [{**own, "conversation_id": conversation} for conversation in rest])
    resident = as_role("resident")
    for path in ("/new/", f"/new/?before={1_000 + MANY // 2}", "/", f"/forums/{world.things['kokkola', 'forum']}/"):
        for table, most in (("forums_topic", 400), ("post", 700), ("conversation", 420), ("read_mark", 400)):
            if table == "read_mark" and read == "nothing":
                continue
            with at_most(app, table, most):
                assert resident.get(path).status_code == 200


def test_a_long_topic_that_was_half_read(app, as_role, world, writing, town):
    """The page asks for the first new post by an index, wherever it is among thousands."""
    long, conversation = 3_000, world.things["kokkola", "conversation"]
    with writing(town) as db:
        first, moment = posts.newest(db, conversation) + 1, clock.now()
        row = {"tenant_id": town.id, "conversation_id": conversation, "renderer": 1, "language": "fi", "version": 1}
        row |= {
            "source": "noise",
            "html": "<p>noise</p>",
            "reactions": {},
            "author_id": world.members["kokkola", "clerk"],
        }
        own = [
            {**row, "n": n, "id": new_id(), "submission": new_id(), "created_at": moment + timedelta(microseconds=n)}
            for n in range(first, long + 1)
        ]
        db.execute(insert(Post), own)
        this = (Conversation.tenant_id == town.id, Conversation.id == conversation)
        db.execute(update(Conversation).where(*this).values(post_count=long))
        db.execute(
            update(Membership).where(Membership.tenant_id == town.id).values(joined_at=moment - timedelta(days=9))
        )
        reading.read_to(db, world.members["kokkola", "resident"], conversation, long // 2)
        reading.read_to(db, world.members["kokkola", "official"], conversation, long)
    analyze(app)
    number = world.things["kokkola", "topic"]
    for role, unread in (("resident", long // 2 + 1), ("official", None), ("moderator", 1)):
        with at_most(app, "post", posts.PAGE + 10):
            page = as_role(role).get(f"/topics/{number}").text
        assert (f"#p{unread}" in page) is (unread is not None), role
        with at_most(app, "post", 5):
            assert as_role(role).get(f"/topics/{number}/unread").status_code == 302
        for path in ("/new/", "/", f"/forums/{world.things['kokkola', 'forum']}/"):
            with at_most(app, "post", 20):
                page = as_role(role).get(path).text
            assert (f"/topics/{number}/unread" in page) is (unread is not None), (role, path)

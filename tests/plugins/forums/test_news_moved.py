"""What was read stays read when topics are split, merged and moved, and what was not stays new."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.plugins.forums.reading_as import begun, fresh_in, news_in, read, read_to

from talkoot import clock as calendar
from talkoot.conversations import reading as marks
from talkoot.conversations.models import Conversation, Post, ReadMark
from talkoot.people.models import Membership
from talkoot_forums import forums, topics, upkeep

WRITERS = ["clerk", "convener"]


@pytest.fixture
def two(app, writing, neighbour, town, world):
    """Two topics of six posts each, written in turn: the first's are 1, 3, 5 … of both, the second's 2, 4, 6 …"""
    with writing(neighbour) as db:
        number = begun(app, db, world, "Brygga", by="official", replies=WRITERS * 2)
        read(db, world, number, 3)
    with writing(town) as db:
        numbers = [
            begun(app, db, world, title, by="official", replies=[*WRITERS * 2, "clerk"]) for title in ("Yksi", "Kaksi")
        ]
        start = calendar.now() - timedelta(hours=2)
        for place, number in enumerate(numbers):
            conversation = topics.get(db, number).conversation_id
            own = (Post.tenant_id == town.id, Post.conversation_id == conversation)
            for post in db.scalars(select(Post).where(*own)):
                post.created_at = start + timedelta(minutes=2 * post.n + place)
        long_ago = start - timedelta(days=1)
        db.execute(update(Membership).where(Membership.tenant_id == town.id).values(read_before=long_ago))
    return numbers


def merged(db, two):
    upkeep.merge(db, topics.get(db, two[1]), topics.get(db, two[0]))


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (6, 6, 12),  # both whole: the whole
        (3, 6, 6),  # 1, 3, 5 of the first: its next one is 7
        (6, 2, 5),  # 2, 4 of the second: its next one is 6
        (2, 2, 4),
        (0, 6, 12),  # only the second, whole: up to its last post, which is the last of all
        (6, 0, 11),  # only the first, whole: what the second's last post says is new
        (0, 3, 7),  # its next one is 8
        (1, 0, 2),
        (0, 0, None),
    ],
)
def test_a_merged_topic_is_read_as_far_as_both_were(writing, reading, town, world, two, first, second, kept):
    with writing(town) as db:
        for number, n in zip(two, (first, second), strict=True):
            if n:
                read(db, world, number, n)
        merged(db, two)
    with reading(town) as db:
        assert read_to(db, world, two[0]) == kept
        gone = select(Conversation.id).where(Conversation.tenant_id == town.id, Conversation.post_count == 0)
        assert not db.execute(
            select(ReadMark).where(ReadMark.tenant_id == town.id, ReadMark.conversation_id.in_(gone))
        ).all()


def test_each_readers_mark_is_their_own(writing, reading, town, neighbour, world, two):
    with writing(town) as db:
        for role, n in (("resident", 6), ("moderator", 2), ("clerk", 6)):
            read(db, world, two[0], n, role)
        read(db, world, two[1], 6, "clerk")
        merged(db, two)
    with reading(town) as db:
        assert [read_to(db, world, two[0], role) for role in ("resident", "moderator", "clerk", "admin")] == [
            11,
            4,
            12,
            None,
        ]
    with reading(neighbour) as db:
        assert db.execute(select(ReadMark.n).where(ReadMark.tenant_id == neighbour.id)).scalars().all() == [3]


@pytest.mark.parametrize(
    ("mark", "stays", "goes"),
    [(6, 4, 2), (5, 3, 2), (4, 3, 1), (3, 2, 1), (2, 2, None), (1, 1, None), (0, None, None)],
)
def test_a_split_topic_is_read_as_far_in_both(writing, reading, town, world, two, mark, stays, goes):
    """Posts 3 and 5 go."""
    with writing(town) as db:
        if mark:
            read(db, world, two[0], mark)
        read(db, world, two[1], 4)
        view = topics.get(db, two[0])
        chosen = (Post.tenant_id == town.id, Post.conversation_id == view.conversation_id, Post.n.in_((3, 5)))
        new = upkeep.split(db, view, list(db.scalars(select(Post.id).where(*chosen))), "Omansa")
    with reading(town) as db:
        assert (read_to(db, world, two[0]), read_to(db, world, new), read_to(db, world, two[1])) == (stays, goes, 4)


def test_a_split_topic_shows_what_was_not_read(as_role, writing, town, world, two):
    with writing(town) as db:
        read(db, world, two[0], 4)
        read(db, world, two[1], 6)
        view = topics.get(db, two[0])
        chosen = (Post.tenant_id == town.id, Post.conversation_id == view.conversation_id, Post.n.in_((3, 5)))
        new = upkeep.split(db, view, list(db.scalars(select(Post.id).where(*chosen))), "Omansa")
    resident = as_role("resident")
    assert fresh_in(resident.get(f"/topics/{two[0]}").text) == [4]
    assert fresh_in(resident.get(f"/topics/{new}").text) == [2]


def test_what_was_read_of_a_forum_goes_along(app, as_role, writing, town, world, two):
    """The forum was read up to the middle of the topic, and the topic is moved, or merged into one of another forum."""
    resident = as_role("resident")
    with writing(town) as db:
        view = topics.get(db, two[0])
        own = (Post.tenant_id == town.id, Post.conversation_id == view.conversation_id, Post.n == 4)
        until = db.execute(select(Post.created_at).where(*own)).scalar_one()
        marks.read_in(db, world.members["kokkola", "resident"], (forums.SCOPE, view.forum_id), until)
        upkeep.move(db, view, forums.get(db, world.things["kokkola", "members' forum"]))
    assert fresh_in(resident.get(f"/topics/{two[0]}").text) == [5, 6]
    with writing(town) as db:
        merged(db, two)
    page = resident.get(f"/topics/{two[0]}?lang=en").text
    assert fresh_in(page) == [8, 9, 10, 11, 12]
    assert news_in(resident.get("/new/").text)[two[0]] == "5 new"


def test_a_mark_from_a_thing_reaches_no_other_reader(writing, reading, town, world, two):
    with writing(town) as db:
        view = topics.get(db, two[0])
        before_it = calendar.now() - timedelta(days=2)
        for role, until in (("resident", calendar.now()), ("moderator", before_it)):
            marks.read_in(db, world.members["kokkola", role], (forums.SCOPE, view.forum_id), until)
        read(db, world, two[0], 5, "clerk")
        upkeep.move(db, view, forums.get(db, world.things["kokkola", "members' forum"]))
    with reading(town) as db:
        found = [read_to(db, world, two[0], role) for role in ("resident", "moderator", "clerk", "admin")]
        assert found == [6, None, 5, None]


def test_moving_takes_few_statements(writing, town, world, two, query_budget):
    with writing(town) as db:
        for role in ("resident", "clerk", "moderator", "admin", "convener", "official"):
            read(db, world, two[0], 3, role)
            read(db, world, two[1], 4, role)
    with writing(town) as db, query_budget(45):
        merged(db, two)

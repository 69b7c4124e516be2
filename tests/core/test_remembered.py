"""What a signed-in page need not read again while nothing has changed, and that nobody is shown what is no longer true."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import update

from talkoot.conversations import posts, reactions
from talkoot.memory import Memory
from talkoot.people.models import Membership
from talkoot_forums.models import Topic


@pytest.fixture
def topic(world) -> str:
    return f"/topics/{world.things['kokkola', 'topic']}"


@pytest.fixture
def post(world):
    return world.things["kokkola", "post"]


def test_a_page_seen_once_is_not_read_again(as_role, query_budget, topic):
    who = as_role("resident")
    who.get(topic)
    with query_budget(3) as seen:  # who it is, what is known of the reader, and what a plugin puts under the posts
        assert who.get(topic).status_code == 200
    assert not [statement for statement in seen if "post.html" in statement or "forums_topic" in statement]


def test_a_home_page_seen_once_is_not_read_again(as_role, query_budget):
    who = as_role("resident")
    who.get("/")
    with query_budget(3) as seen:  # who it is, what is new to them, and what a plugin shows
        assert who.get("/").status_code == 200
    assert not [statement for statement in seen if "forums_forum" in statement or "area." in statement]


def test_ones_own_reactions_are_told_to_oneself(as_role, writing, town, world, topic, post):
    with writing(town) as db:
        reactions.react(db, posts.get(db, post), world.members["kokkola", "official"], "thanks", True)
    official, convener = as_role("official"), as_role("convener")
    for _ in range(2):
        assert official.get(topic).text.count('aria-pressed="true"') == 1
        assert convener.get(topic).text.count('aria-pressed="true"') == 0


def reply(db, app, world, post):
    draft = posts.NewPost(world.members["kokkola", "resident"], "Said meanwhile.", uuid4(), "fi")
    posts.add(db, app.registry, world.things["kokkola", "conversation"], draft)


def edit(db, app, world, post):
    found = posts.get(db, post)
    posts.edit(db, app.registry, found, world.members["kokkola", "official"], "Said meanwhile.", found.version)


def rename_the_writer(db, app, world, post):
    db.execute(
        update(Membership)
        .where(Membership.tenant_id == db.tenant.id, Membership.id == posts.get(db, post).author_id)
        .values(name="Said meanwhile.")
    )


def rename_the_topic(db, app, world, post):
    db.execute(update(Topic).where(Topic.tenant_id == db.tenant.id).values(title="Said meanwhile."))


@pytest.mark.parametrize("change", [reply, edit, rename_the_writer, rename_the_topic])
def test_a_change_is_seen_by_the_very_next_page(as_role, app, writing, town, world, topic, post, change):
    who = as_role("official")
    for _ in range(2):
        assert "Said meanwhile." not in who.get(topic).text
    with writing(town) as db:
        change(db, app, world, post)
    assert "Said meanwhile." in who.get(topic).text


def test_a_hidden_post_is_gone_with_the_next_page(as_role, app, writing, reading, town, world, topic, post):
    resident, moderator = as_role("resident"), as_role("moderator")
    with reading(town) as db:
        text = posts.get(db, post).source
    for who in (resident, moderator):
        assert text in who.get(topic).text
    with writing(town) as db:
        posts.hide(db, app.registry, posts.get(db, post), world.members["kokkola", "moderator"], "A reason")
    assert text not in resident.get(topic).text
    assert text in moderator.get(topic).text
    assert text not in resident.get(topic).text  # what the moderator saw was not kept for others


def test_each_municipality_has_its_own(as_role, neighbour, topic, world):
    own = as_role("resident").get(topic).text
    other = as_role("resident", neighbour).get(topic).text
    assert f"{neighbour.slug}/topics" in other
    assert f"{neighbour.slug}/topics" not in own
    assert (
        as_role("resident").get(topic).text.partition("<main")[2].partition("csrf")[0]
        == own.partition("<main")[2].partition("csrf")[0]
    )


def test_a_topic_of_members_stays_theirs(as_role, app, writing, town, topic, world):
    from talkoot_forums.models import Forum

    with writing(town) as db:
        db.execute(update(Forum).where(Forum.tenant_id == town.id).values(members_only=True))
    assert as_role("resident").get(topic).status_code == 200
    assert as_role("stranger").get(topic).status_code == 404


def test_who_writes_reads_the_rows_themselves(app, writing, town):
    read = iter(range(10))
    with writing(town) as db:
        db.stamp = 1
        assert [db.remembered("key", lambda: next(read), lambda _: 1) for _ in range(3)] == [0, 1, 2]
    with app.database.session(town) as db:
        assert [db.remembered("key", lambda: next(read), lambda _: 1) for _ in range(3)] == [3, 4, 5]
        db.stamp = 1
        assert [db.remembered("key", lambda: next(read), lambda _: 1) for _ in range(3)] == [6, 6, 6]
        db.stamp = 2
        assert db.remembered("key", lambda: next(read), lambda _: 1) == 7


def test_memory_has_a_bound_and_forgets_the_oldest():
    memory: Memory[str] = Memory(80)
    for n in range(20):
        memory.keep(n, f"value {n}", 10)
        assert memory.size <= 80
    assert [memory.get(n) for n in (11, 12, 19)] == [None, "value 12", "value 19"]
    memory.keep(12, "anew", 4)
    assert (memory.get(12), memory.size) == ("anew", 74)
    memory.keep("large", "too large", 11)
    assert memory.get("large") is None

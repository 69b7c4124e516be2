"""The page of who looks after a topic: whose rights reach where, and choosing posts that go to a topic of their own."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from tests.plugins.forums.counters import assert_counters_hold

from talkoot.conversations import pages, posts
from talkoot.people import accounts, memberships
from talkoot.testing.forms import posting_form
from talkoot_forums import forums, topics


@pytest.fixture
def forum_of(app, writing, world):
    """A further forum of a tenant with a topic in it; returns (forum's id, its address, topic's number)."""

    def make(tenant, name):
        with writing(tenant) as db:
            made = forums.save(db, None, names={"fi": name}, about={}, standing="permanent", area_id=None, body_id=None)
            draft = posts.NewPost(world.members[tenant.slug, "resident"], f"Alku: {name}", uuid4(), "fi")
            number, _ = topics.begin(db, app.registry, made.id, title=f"Aihe: {name}", kind="idea", draft=draft)
            return made.id, made.slug, number

    return make


@pytest.fixture
def convener(writing, town, visitor):
    """Somebody who convenes this forum of the town and no other."""

    def make(forum_id, name="Vetäjä"):
        with writing(town) as db:
            person = accounts.create(db, f"{name.lower()}@kokkola.example", None, "fi", confirmed=True)
            member = memberships.join(db, person.id, f"{name} Testinen", language="fi")
            memberships.grant(db, member, "convener", scope=(forums.SCOPE, forum_id))
            identity = person.id
        return visitor().sign_in_as(identity)

    return make


def test_a_convener_merges_and_moves_within_their_own_forums_only(
    forum_of, convener, reading, town, neighbour, world, actions
):
    own, _, mine = forum_of(town, "Oma")
    _, other_slug, theirs = forum_of(town, "Toisen")
    forum_of(neighbour, "CANARY-B-Oma")
    who, care = convener(own), f"/topics/{mine}/care"
    before = actions(town)
    for target in (theirs, world.things["kokkola", "topic"]):
        assert who.submit(care, act="merge", number=str(target)).status_code == 403
    token = who.token_of(care)
    for slug in (other_slug, world.things["kokkola", "members' forum"]):
        sent = who.post(care, data={"csrf_token": token, "act": "move", "forum": slug})
        assert sent.status_code == 403
    assert actions(town) == before
    with reading(town) as db:
        assert topics.get(db, mine).forum_id == own
        assert topics.get(db, theirs).post_count == 1
        assert_counters_hold(db)


def test_a_convener_is_offered_the_forums_that_they_may_move_to(forum_of, convener, as_role, writing, town, world):
    own, _, mine = forum_of(town, "Oma")
    other, other_slug, _ = forum_of(town, "Toinen")
    who = convener(own)
    assert 'value="move"' not in who.get(f"/topics/{mine}/care").text
    choices = posting_form(as_role("moderator").get(f"/topics/{mine}/care").text, ["forum"]).choices["forum"]
    assert set(choices) == {other_slug, world.things["kokkola", "forum"], world.things["kokkola", "members' forum"]}
    with writing(town) as db:
        (identity,) = memberships.holders(db, "convener", (forums.SCOPE, own))
        memberships.grant(db, memberships.get(db, identity), "convener", scope=(forums.SCOPE, other))
    assert posting_form(who.get(f"/topics/{mine}/care").text, ["forum"]).choices["forum"] == [other_slug]
    assert who.submit(f"/topics/{mine}/care", act="move", forum=other_slug).status_code == 303


@pytest.mark.parametrize("forum", ["", "nowhere", "canary-b-kylat"])
def test_a_forum_that_is_none_is_refused(as_role, world, forum):
    path = f"/topics/{world.things['kokkola', 'topic']}/care"
    assert as_role("moderator").submit(path, act="move", forum=forum).status_code == 422


# --- choosing posts -----------------------------------------------------------------------------------------------


@pytest.fixture
def long(app, writing, town, world):
    """The number of a topic with 45 posts, and their ids by number."""
    with writing(town) as db:
        view = topics.get(db, world.things["kokkola", "topic"])
        author = world.members["kokkola", "resident"]
        number, _ = topics.begin(
            db,
            app.registry,
            view.forum_id,
            title="Pitkä",
            kind="idea",
            draft=posts.NewPost(author, "Alku", uuid4(), "fi"),
        )
        view = topics.get(db, number)
        for n in range(2, 46):
            topics.reply(db, app.registry, view, posts.NewPost(author, f"viesti {n}", uuid4(), "fi"))
        return number, {post.n: str(post.id) for post in pages.between(db, view.conversation_id, 1, 45)}


def test_posts_of_every_page_can_be_chosen(long, as_role, client, reading, town):
    number, ids = long
    moderator = as_role("moderator")
    first = moderator.get(f"/topics/{number}/care").text
    assert ids[20] in first
    assert ids[21] not in first
    assert f'href="/kokkola/topics/{number}/care?page=3"' in first
    assert moderator.get(f"/topics/{number}/care?page=4").status_code == 404
    split = moderator.submit(f"/topics/{number}/care?page=3", act="split", posts=[ids[41], ids[45]], title="Lopusta")
    assert split.status_code == 303
    text = client.get(split.location).text if "/topics/" in split.location else ""
    assert "viesti 41" in text
    assert "viesti 45" in text
    with reading(town) as db:
        assert topics.get(db, number).post_count == 43
        assert_counters_hold(db)


def test_a_post_that_has_gone_is_named_and_nothing_is_split(long, as_role, reading, town, world):
    number, ids = long
    moderator = as_role("moderator")
    assert moderator.submit(f"/topics/{number}/care", act="split", posts=[ids[5]], title="Ensin").status_code == 303
    token = moderator.token_of(f"/topics/{number}/care")
    for chosen in (
        [ids[5]],
        [ids[5], ids[6]],
        [ids[6], "5"],
        [ids[6], str(world.things["kronoby", "second post"])],
        [ids[6], str(world.things["kokkola", "second post"])],
        [str(uuid4())],
    ):
        fields = {"csrf_token": token, "act": "split", "posts": chosen, "title": "Uudestaan"}
        refused = moderator.post(f"/topics/{number}/care", data=fields)
        assert refused.status_code == 422, chosen
        assert "Uudestaan" in refused.text, "what was written comes back"
        ticked = re.findall(r'name="posts" value="([^"]*)" checked', refused.text)
        assert ticked == [post for post in chosen if post == ids[6]]
    with reading(town) as db:
        assert topics.get(db, number).post_count == 44
        assert_counters_hold(db)


def test_lifting_twice_is_lifted_and_told_once(long, as_role, actions, town, writing, world):
    number, _ = long
    moderator, hasty = as_role("moderator"), as_role("moderator")
    form = posting_form(hasty.get(f"/topics/{number}/care").text, ["due_on"]).filled({"text": "Vastatkaa."})
    assert moderator.submit(f"/topics/{number}/care", act="lift", text="Vastatkaa.").status_code == 303
    assert hasty.post(f"/topics/{number}/care", data=form).status_code == 303
    assert actions(town).count("topic_lift") == 1


@pytest.mark.parametrize("due", ["soon", "2026-02-30"])
def test_a_due_day_that_is_none_is_refused(long, as_role, due):
    number, _ = long
    refused = as_role("moderator").submit(f"/topics/{number}/care", act="lift", text="Vastatkaa.", due_on=due)
    assert refused.status_code == 422
    assert "Vastatkaa." in refused.text

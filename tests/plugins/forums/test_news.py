"""What is new to a member: in lists, in "New for you", and nowhere once it was read."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update
from tests.plugins.forums.reading_as import begun, news_in, read, reply

from talkoot import clock as calendar
from talkoot.conversations import posts
from talkoot.people.models import Membership
from talkoot_forums import topics


@pytest.fixture
def english(as_role):
    """Somebody whose pages are in English."""

    def make(role="resident", **more):
        who = as_role(role, **more)
        who.get("/forums/?lang=en")
        return who

    return make


@pytest.fixture(autouse=True)
def all_read(writing, town, neighbour):
    """What the towns were furnished with is read; so is everything before a test."""
    for tenant in (town, neighbour):
        with writing(tenant) as db:
            db.execute(update(Membership).where(Membership.tenant_id == tenant.id).values(read_before=calendar.now()))


@pytest.fixture
def three(app, writing, town, neighbour, world):
    """Topics of the town: one never opened, one half read, one read; and as much in the neighbour."""
    with writing(neighbour) as db:
        for title in ("Brygga", "Väg", "Lampa"):
            begun(app, db, world, title, by="official", replies=["official"])
    with writing(town) as db:
        made = {
            title: begun(app, db, world, title, by="official", replies=["clerk"] * 3)
            for title in ("Uusi", "Puoliksi", "Luettu")
        }
        read(db, world, made["Puoliksi"], 2)
        read(db, world, made["Luettu"], 4)
    return made


def test_lists_say_what_is_new(english, world, three):
    resident = english()
    for path in (
        "/new/",
        "/",
        f"/forums/{world.things['kokkola', 'forum']}/",
        f"/areas/{world.things['kokkola', 'area'].slug}/",
    ):
        assert news_in(resident.get(path).text) == {three["Uusi"]: "New", three["Puoliksi"]: "2 new"}, path


def test_each_has_their_own_news(english, world, three):
    assert news_in(english("convener").get("/new/").text) == dict.fromkeys(three.values(), "New")
    assert news_in(english("clerk").get("/new/").text) == dict.fromkeys(three.values(), "New")
    for role in ("guest", "stranger", "operator"):
        assert "badge fresh" not in english(role).get(f"/forums/{world.things['kokkola', 'forum']}/").text


def test_ones_own_posts_are_no_news(app, english, writing, town, world, three):
    with writing(town) as db:
        read(db, world, three["Uusi"], 4)
        mine = begun(app, db, world, "Oma aihe")
        reply(app, db, world, three["Uusi"], "resident", "resident")
    assert news_in(english().get("/new/").text) == {three["Puoliksi"]: "2 new"}
    with writing(town) as db:
        reply(app, db, world, mine, "clerk")
    assert news_in(english().get("/new/").text) == {three["Puoliksi"]: "2 new", mine: "1 new"}


def test_a_hidden_post_is_no_news(app, english, writing, town, world, three):
    with writing(town) as db:
        conversation = topics.get(db, three["Luettu"]).conversation_id
        draft = posts.NewPost(world.members["kokkola", "clerk"], "Buy this", uuid4(), "fi")
        added = posts.add(db, app.registry, conversation, draft)
    assert three["Luettu"] in news_in(english().get("/new/").text)
    with writing(town) as db:
        posts.hide(db, app.registry, posts.get(db, added.id), world.members["kokkola", "moderator"], "An advertisement")
    assert three["Luettu"] not in news_in(english().get("/new/").text)


def test_what_was_written_before_one_joined_is_no_news(english, writing, town, world, three):
    joined = {"read_before": None, "joined_at": calendar.now()}
    with writing(town) as db:
        mine = (Membership.tenant_id == town.id, Membership.id == world.members["kokkola", "resident"])
        db.execute(update(Membership).where(*mine).values(**joined))
    assert news_in(english().get("/new/").text) == {}


def test_nothing_older_than_six_weeks_is_news(english, three, clock):
    clock.shift(timedelta(weeks=6) - timedelta(minutes=5))
    assert len(news_in(english().get("/new/").text)) == 2
    clock.shift(timedelta(minutes=10))
    page = english().get("/new/").text
    assert news_in(page) == {}
    assert "You have read everything." in page


def test_everything_is_read_with_one_button(english, three):
    resident, convener = english(), english("convener")
    done = resident.submit("/new/", action="/new/read")
    assert done.status_code == 303
    page = resident.get("/new/").text
    assert "You have read everything." in page
    assert "Marked as read." in page
    assert len(news_in(convener.get("/new/").text)) == 3


def test_a_forum_is_read_with_one_button(app, english, writing, town, world, three):
    with writing(town) as db:
        elsewhere = begun(app, db, world, "Muualla", by="clerk", forum="members' forum")
    resident, forum = english(), f"/forums/{world.things['kokkola', 'forum']}/"
    assert resident.submit(forum, action="/read").status_code == 303
    assert news_in(resident.get("/new/").text) == {elsewhere: "New"}
    assert "Mark all as read" not in resident.get(forum).text
    with writing(town) as db:
        reply(app, db, world, three["Uusi"], "clerk")
    assert news_in(resident.get(forum).text) == {three["Uusi"]: "1 new"}


def test_what_came_after_the_page_was_made_stays_new(app, english, writing, town, world, three, clock):
    resident = english()
    fields = {"csrf_token": resident.token_of("/new/"), "until": calendar.now().isoformat()}
    clock.shift(timedelta(seconds=30))
    with writing(town) as db:
        reply(app, db, world, three["Luettu"], "clerk")
    for path in ("/new/read", f"/forums/{world.things['kokkola', 'forum']}/read"):
        assert resident.post(path, data=fields).status_code == 303
        assert list(news_in(resident.get("/new/").text)) == [three["Luettu"]]


def test_a_button_pressed_late_takes_nothing_back(english, three):
    resident = english()
    token = resident.token_of("/new/")
    for until in (calendar.now(), calendar.now() - timedelta(days=3)):
        assert resident.post("/new/read", data={"csrf_token": token, "until": until.isoformat()}).status_code == 303
    assert news_in(resident.get("/new/").text) == {}


@pytest.mark.parametrize(
    "until", ["", "yesterday", "2026-11-23", "2026-11-23T10:00:00", "9" * 400, "0001-01-01T00:00:00+23:59"]
)
@pytest.mark.parametrize("where", ["/new/read", "/forums/kylat/read"])
def test_rubbish_marks_nothing(english, three, where, until):
    resident = english()
    answer = resident.post(where, data={"csrf_token": resident.token_of("/new/"), "until": until})
    assert answer.status_code == (303 if until.startswith("0001") else 422)
    assert len(news_in(resident.get("/new/").text)) == 2


def test_a_time_to_come_is_now(app, english, writing, town, world, three):
    resident = english()
    later = {"csrf_token": resident.token_of("/new/"), "until": "9999-12-31T23:59:59+00:00"}
    assert resident.post("/new/read", data=later).status_code == 303
    with writing(town) as db:
        reply(app, db, world, three["Luettu"], "clerk")
    assert list(news_in(resident.get("/new/").text)) == [three["Luettu"]]


def test_news_are_for_members(english, app, writing, town, world):
    assert english("guest").get("/new/").status_code == 303
    assert "/join" in english("stranger").get("/new/").location
    with writing(town) as db:
        mine = (Membership.tenant_id == town.id, Membership.id == world.members["kokkola", "resident"])
        db.execute(update(Membership).where(*mine).values(blocked_at=calendar.now()))
    blocked = english()
    assert blocked.get("/new/").status_code == 403
    assert "/new/" not in blocked.get("/forums/").text
    assert "/new/" in english("clerk").get("/forums/").text


def test_the_rest_comes_page_by_page(app, english, writing, town, world):
    with writing(town) as db:
        made = [begun(app, db, world, f"Aihe {n}", by="clerk") for n in range(30)]
    resident = english()
    first = resident.get("/new/").text
    assert list(news_in(first)) == made[:-26:-1]
    rest = resident.get(f"/new/?before={made[5]}", headers={"HX-Request": "true"}).text
    assert list(news_in(rest)) == made[4::-1]
    assert "<html" not in rest


@pytest.mark.parametrize("before", ["x", "0", "-1", "9" * 30, "99999"])
def test_a_page_that_is_none(english, three, before):
    assert english().get(f"/new/?before={before}").status_code in (200, 404)


def test_marks_cost_a_list_one_statement(english, world, three, query_budget):
    """Who, forum, topics, conveners' two; and of members what is new."""
    resident, guest = english(), english("guest")
    for path in (
        f"/forums/{world.things['kokkola', 'forum']}/",
        "/",
        f"/areas/{world.things['kokkola', 'area'].slug}/",
    ):
        for who in (resident, guest):
            who.get(path)
        with query_budget(30) as anonymous:
            guest.get(path)
        with query_budget(len(anonymous) + 2):  # who it is, and what is new
            resident.get(path)


def test_everything_new_is_one_query(english, three, query_budget):
    resident = english()
    resident.get("/new/")
    with query_budget(2):  # who it is, and what is new
        resident.get("/new/")

"""Bookmarks: kept by a button under a post, listed, and a reminder that comes as a notice on its day."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from talkoot import clock as talkoot_clock
from talkoot.conversations import posts
from talkoot.jobs import worker


@pytest.fixture
def post(world):
    return world.things["kokkola", "post"]


@pytest.fixture
def keep(as_role, world, post):
    """Press the button under a post."""

    def press(role="clerk", act="keep", which=post, token_of="/my/mail"):
        visitor = as_role(role)
        return visitor.post(f"/posts/{which}/bookmark", data={"csrf_token": visitor.token_of(token_of), act: "1"})

    return press


@pytest.fixture
def topic(world):
    return f"/topics/{world.things['kokkola', 'topic']}/katuvalot"


def pressed(visitor, topic, post):
    button = re.search(
        rf'formaction="[^"]*/posts/{post}/bookmark" name="(\w+)"[^>]*aria-pressed="(\w+)"', visitor.get(topic).text
    )
    return button and (button[1], button[2])


def test_a_button_under_each_post_keeps_it_and_lets_it_go(as_role, client, keep, topic, post):
    visitor = as_role("clerk")
    assert pressed(visitor, topic, post) == ("keep", "false")
    answer = keep()
    assert answer.status_code == 303
    assert answer.location.endswith(f"{topic}#p1")
    assert pressed(visitor, topic, post) == ("let_go", "true")
    assert pressed(as_role("editor"), topic, post) == ("keep", "false"), "it is the clerk's own"
    assert "first post, edited" in visitor.get("/my/bookmarks/").text
    assert keep(act="let_go").status_code == 303
    assert pressed(visitor, topic, post) == ("keep", "false")
    assert pressed(client, topic, post) is None


def test_keeping_twice_is_keeping_once(as_role, keep):
    for _ in range(2):
        assert keep().status_code == 303
    assert as_role("clerk").get("/my/bookmarks/").text.count("first post, edited") == 1


@pytest.mark.parametrize("which", ["hidden post", "made up", "neighbour's"])
def test_what_cannot_be_seen_cannot_be_kept(keep, world, which):
    post = {
        "hidden post": world.things["kokkola", "hidden post"],
        "made up": uuid4(),
        "neighbour's": world.things["kronoby", "post"],
    }[which]
    assert keep(which=post).status_code == 404


def test_what_is_hidden_later_is_not_listed(as_role, keep, writing, town, app, post, world):
    keep()
    with writing(town) as db:
        posts.hide(db, app.registry, posts.get(db, post), world.members["kokkola", "moderator"], "Off the topic.")
    assert "first post" not in as_role("clerk").get("/my/bookmarks/").text


@pytest.mark.parametrize(("chosen", "days"), [({"when": "tomorrow"}, 1), ({"when": "week"}, 7), ({"when": "day"}, 20)])
def test_a_reminder_comes_in_the_morning_of_its_day(as_role, keep, noticing, clock, post, mails, chosen, days):
    clock.move_to(datetime(2027, 3, 2, 10, tzinfo=UTC))
    keep()
    noticing.choose("clerk", direct="now")
    visitor = as_role("clerk")
    if chosen["when"] == "day":
        chosen = {**chosen, "day": (talkoot_clock.today("Europe/Helsinki") + timedelta(days=days)).isoformat()}
    address = re.search(r'action="([^"]*/reminder)"', visitor.get("/my/bookmarks/").text)[1]
    token = visitor.token_of("/my/mail")
    assert visitor.post(address, data={"csrf_token": token, **chosen}).status_code == 303
    clock.move_to(datetime(2027, 3, 2, 5, 50, tzinfo=UTC) + timedelta(days=days))
    worker.keep_schedule(noticing.app)
    assert noticing.told(post) == {}, "ten to eight"
    for _ in range(2):
        clock.shift(timedelta(minutes=11))
        worker.keep_schedule(noticing.app)
        assert noticing.told(post) == {"clerk": "reminder"}
    assert len(mails()) == 1
    assert "reminded" in as_role("clerk").get("/my/notices/?lang=en").text


@pytest.mark.parametrize("day", ["", "2020-01-01", "9999-01-01", "x", "2199-12-31"])
def test_a_day_that_nobody_means_is_refused(as_role, keep, day):
    keep()
    visitor = as_role("clerk")
    address = re.search(r'action="([^"]*/reminder)"', visitor.get("/my/bookmarks/").text)[1]
    sent = {"csrf_token": visitor.token_of("/my/mail"), "when": "day", "day": day}
    assert visitor.post(address, data=sent).status_code == 422


def test_nobody_else_sets_a_reminder(as_role, keep):
    keep()
    address = re.search(r'action="([^"]*/reminder)"', as_role("clerk").get("/my/bookmarks/").text)[1]
    other = as_role("editor")
    sent = {"csrf_token": other.token_of("/my/mail"), "when": "tomorrow"}
    assert other.post(address, data=sent).status_code == 404


def test_the_list_takes_few_statements(as_role, keep, query_budget, world):
    keep()
    keep(which=world.things["kokkola", "second post"])
    visitor = as_role("clerk")
    with query_budget(4):  # who, the posts, where they stand, the topics
        visitor.get("/my/bookmarks/")

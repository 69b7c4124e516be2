"""Polls: asked by who wrote the post, closed and removed with a reason, gone with those who leave, and cheap."""

from __future__ import annotations

import re

import pytest

from talkoot.conversations import posts
from talkoot.people import memberships, privacy
from talkoot.tenants import registering
from talkoot.testing.forms import posting_form
from talkoot_forums import topics, upkeep
from talkoot_forums.models import Forum
from talkoot_polls import polls, voting
from talkoot_polls.models import Ballot, Voter

FORM = {
    "question": "Mikä päivä sopii?",
    "options": "Maanantai\r\n\r\nTiistai\r\n",
    "kind": "single",
    "anonymous": "yes",
    "shown": "always",
    "closes_at": "2031-05-12T12:00",
}


@pytest.fixture(autouse=True)
def _spring(clock):
    from datetime import UTC, datetime

    clock.move_to(datetime(2031, 5, 2, 9, tzinfo=UTC))


@pytest.fixture
def new(world):
    return f"/polls/new/{world.things['kokkola', 'post']}"


def test_the_writer_of_a_post_asks_under_it(as_role, new, reading, town, world, client):
    resident = as_role("resident")
    page = resident.get(resident.get(f"/posts/{world.things['kokkola', 'post']}").location).text
    assert new in page
    assert resident.submit(new, **FORM).status_code == 303
    with reading(town) as db:
        (poll,) = [poll for poll in polls.listed(db) if poll.question == FORM["question"]]
        assert poll.options == ["Maanantai", "Tiistai"]
        assert poll.closes_at.isoformat() == "2031-05-12T09:00:00+00:00", "the town's clock is three hours ahead"
    assert FORM["question"] in client.get("/polls/").text
    assert "Which day?" not in client.get("/polls/").text, "it stands where members talk among themselves"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("question", ""),
        ("question", "x" * 301),
        ("options", "Vain yksi"),
        ("options", "\n".join("abcdefghijklm")),
        ("options", "Sama\nsama"),
        ("kind", "x"),
        ("anonymous", ""),
        ("shown", "never"),
        ("closes_at", "2031-05-01T12:00"),
        ("closes_at", "2099-05-01T12:00"),
        ("closes_at", "9999-12-31T23:59"),
        ("closes_at", "tomorrow"),
        ("most", "0"),
        ("most", "99999999999"),
        ("most", "²"),
    ],
)
def test_what_cannot_be_asked_is_refused_and_kept_in_the_form(as_role, new, reading, town, field, value):
    kind = {"kind": "several"} if field == "most" else {}
    sent = as_role("resident").submit(new, **{**FORM, **kind, field: value})
    assert sent.status_code == 422
    assert f'href="#{field}"' in sent.text
    with reading(town) as db:
        assert FORM["question"] not in [poll.question for poll in polls.listed(db)]


MANY_FAULTS = {
    "question": "",
    "options": "Vain <yksi>",
    "kind": "several",
    "most": "viisi",
    "shown": "voted",
    "closes_at": "2031-05-01T12:00",
}


def test_everything_that_is_wrong_is_told_at_once_and_kept(as_role, new, neighbour, world, reading, town):
    neighbours = as_role("resident", neighbour), f"/polls/new/{world.things[neighbour.slug, 'post']}"
    for who, path in ((as_role("resident"), new), neighbours):
        sent = who.submit(f"{path}?lang=fi", **{**FORM, **MANY_FAULTS})
        assert sent.status_code == 422
        box = re.search(r'id="errors">.*?</div>', sent.text, re.DOTALL)[0]
        told = dict(re.findall(r'<a href="#(\w+)">([^<]+)</a>', box))
        assert list(told) == ["question", "options", "most", "closes_at"], "in the order of the form"
        beside = dict(re.findall(r'class="field-error" id="(\w+)-error">([^<]+)<', sent.text))
        assert beside == told
        assert len(set(told.values())) == 4
        for field in told:
            assert re.search(rf'id="{field}"[^>]* aria-invalid="true" aria-describedby="[^"]*{field}-error"', sent.text)
        form = dict(posting_form(sent.text, MANY_FAULTS).fields)
        assert {name: form[name].strip() for name in MANY_FAULTS} == MANY_FAULTS
    with reading(town) as db:
        assert len(polls.listed(db)) == 1, "the one that is there already"


def test_a_wrong_list_of_options_is_not_complained_of_twice(as_role, new):
    sent = as_role("resident").submit(new, **{**FORM, "kind": "several", "options": "Vain yksi", "most": "2"})
    assert re.findall(r'class="field-error" id="(\w+)-error"', sent.text) == ["options"]


def test_others_do_not_ask_under_a_post_but_who_looks_after_it_does(as_role, new):
    assert as_role("official").get(new).status_code == 403
    assert as_role("guest").get(new).status_code in (302, 303)
    assert as_role("convener").get(new).status_code == 200


def test_a_hidden_post_and_one_that_has_a_poll_get_none(as_role, world, new, ask):
    assert as_role("admin").get(f"/polls/new/{world.things['kokkola', 'hidden post']}").status_code == 404
    number = ask()
    resident = as_role("resident")
    assert resident.submit(new, **FORM).status_code == 303
    assert "Ma</bdi>" in resident.get(f"/polls/{number}").text, "the first one stands"


def test_nothing_is_asked_in_a_closed_discussion(as_role, new, writing, town, world, reading):
    resident = as_role("resident")
    form = posting_form(resident.get(new).text, FORM)
    with writing(town) as db:
        upkeep.close(db, topics.get(db, world.things["kokkola", "topic"]), "Valmis.")
    sent = resident.post(new, data=form.filled(FORM))
    assert sent.status_code == 422
    assert FORM["question"] in sent.text
    with reading(town) as db:
        assert FORM["question"] not in [poll.question for poll in polls.listed(db)]


@pytest.mark.parametrize("over", ["closed", "ended"])
def test_neither_a_poll_nor_editing_is_offered_where_both_would_be_refused(
    as_role, new, writing, town, neighbour, world, over
):
    def offered(where):
        post = world.things[where.slug, "post"]
        page = as_role("resident", where).get(f"/posts/{post}", follow_redirects=True).text
        return [path in page for path in (f"/polls/new/{post}", f"/posts/{post}/edit", f"/posts/{post}/flag")]

    assert offered(town) == [True, True, False]
    with writing(town) as db:
        topic = topics.get(db, world.things["kokkola", "topic"])
        if over == "closed":
            upkeep.close(db, topic, "Valmis.")
        else:
            db.find(Forum, id=topic.forum_id).standing = "ended"
    assert offered(town) == [False, False, False], "nor reporting oneself in its place"
    post = world.things["kokkola", "post"]
    for old_link in (f"/polls/new/{post}", f"/posts/{post}/edit"):
        answer = as_role("resident").get(old_link, follow_redirects=True)
        assert (answer.request.path.startswith("/kokkola/topics/"), "<textarea" in answer.text) == (True, False)
    assert new not in as_role("convener").get(f"/topics/{topic.number}", follow_redirects=True).text
    assert offered(neighbour) == [True, True, False], "the neighbour's goes on"


def test_closing_and_removing_ask_for_a_reason_and_leave_it(as_role, client, ask, actions, town):
    number, moderator = ask(), as_role("moderator")
    as_role("clerk").submit(f"/polls/{number}", choice="0")
    path = f"/polls/{number}/care"
    assert as_role("clerk").get(path).status_code == 403
    assert moderator.submit(path, act="close", reason="").status_code == 422
    assert moderator.submit(path, act="close", reason="Päätetty kokouksessa.").status_code == 303
    page = client.get(f"/polls/{number}").text
    assert "Päätetty kokouksessa." in page
    assert "<table" in page
    assert moderator.submit(path, act="remove", reason="Kysymys oli väärä.").status_code == 303
    page = client.get(f"/polls/{number}").text
    assert "Kysymys oli väärä." in page
    assert "Mikä päivä" not in page, "nor in the page's title"
    assert {"poll_closed", "poll_removed"} <= set(actions(town))


def test_one_in_which_nobody_has_voted_goes_wholly(as_role, new, ask, client):
    number = ask()
    assert as_role("resident").submit(f"/polls/{number}/care", act="remove", reason="Kirjoitusvirhe").status_code == 303
    assert client.get(f"/polls/{number}").status_code == 404
    assert as_role("resident").submit(new, **FORM).status_code == 303


def test_a_poll_is_seen_only_where_its_post_is(app, as_role, client, writing, town, world, ask):
    number = world.things["kokkola", "poll"]
    assert client.get(f"/polls/{number}").status_code == 404
    assert as_role("resident").get(f"/polls/{number}").status_code == 200
    shown = ask()
    assert client.get(f"/polls/{shown}").status_code == 200
    with writing(town) as db:
        posts.hide(
            db, app.registry, posts.get(db, world.things["kokkola", "post"]), world.members["kokkola", "moderator"], "x"
        )
    assert client.get(f"/polls/{shown}").status_code == 404
    assert "Mikä päivä" not in client.get("/polls/").text
    assert "Mikä päivä" not in client.get(f"/topics/{world.things['kokkola', 'topic']}", follow_redirects=True).text


def test_guests_get_the_result_and_no_form(client, ask, as_role, world, page_cache, query_budget):
    as_role("clerk").submit(f"/polls/{ask()}", choice="0")
    path = client.get(f"/posts/{world.things['kokkola', 'post']}").location.partition("#")[0]
    page = client.get(path).text
    poll = page.partition('class="poll"')[2].partition("</section>")[0]
    assert "<form" not in poll
    assert "/vote" in poll
    assert '<rect class="bar-part" width="100.0"' in poll
    with query_budget(0):
        client.get(path)


def test_leaving_takes_the_name_from_open_votes_and_the_count_stands(app, as_role, writing, town, world, ask):
    number = ask(anonymous=False)
    as_role("clerk").submit(f"/polls/{number}", choice="2")
    with writing(town) as db:
        privacy.erase(db, app.registry, memberships.get(db, world.members["kokkola", "clerk"]))
    with writing(town) as db:
        poll = polls.get(db, number)
        assert (poll.voters, poll.result["votes"]) == (1, [0, 0, 1])
        assert db.find(Ballot, poll_id=poll.id).membership_id is None
        assert db.find(Voter, poll_id=poll.id) is None
        assert voting.by_name(db, poll.id) == []


def test_the_question_of_somebody_who_leaves_goes_where_texts_go(app, writing, town, world, ask, client):
    number = ask()
    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.erasure": "erase"})
    town_now = app.directory.current().by_slug["kokkola"]
    with writing(town_now) as db:
        privacy.erase(db, app.registry, memberships.get(db, world.members["kokkola", "resident"]))
        poll = polls.get(db, number)
        assert (poll.question, poll.options) == ("", [])
        assert poll.removed_at
    assert client.get(f"/polls/{number}").status_code == 404


def test_a_topic_page_pays_for_polls_only_where_they_are(as_role, query_budget, world, ask):
    resident, path = as_role("resident"), None
    path = resident.get(f"/posts/{world.things['kokkola', 'post']}").location.partition("#")[0]

    def cost():
        resident.get(path)
        with query_budget(8) as seen:
            assert resident.get(path).status_code == 200
        return [statement for statement in seen if "polls_" in statement], len(seen)

    without, before = cost()
    assert without == []
    ask()
    with_poll, after = cost()
    assert len(with_poll) == 1, "the reader's own vote; the poll itself is remembered"
    assert after == before + 1


def test_switched_off_there_is_no_trace(as_role, client, writing, town, world, ask):
    number = ask()
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "polls", False)
    for who in (client, as_role("resident"), as_role("admin")):
        page = who.get(f"/topics/{world.things['kokkola', 'topic']}", follow_redirects=True).text
        assert "/polls/" not in page
        assert "Mikä päivä" not in page
        assert who.get(f"/polls/{number}").status_code == 404

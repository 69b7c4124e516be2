"""Voting: once by each member, whatever is sent, by whom, and how often at the same moment."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from tests.racing import in_parallel

from talkoot import clock as now
from talkoot.people import memberships
from talkoot.testing.towns import ROLES
from talkoot_polls import polls, voting
from talkoot_polls.models import Ballot, Voter

VOTED_IN_PLACE = re.compile(r'hx-post="[^"]*/polls/\d+/vote"')


@pytest.fixture
def result(reading, town):
    """What a poll has: (votes of each option, how many have voted, ballots, voters)."""

    def read(number):
        with reading(town) as db:
            poll = polls.get(db, number)
            rows = [
                db.scalar(
                    select(func.count()).select_from(model).where(model.tenant_id == town.id, model.poll_id == poll.id)
                )
                for model in (Ballot, Voter)
            ]
            return (poll.result.get("votes"), poll.voters, *rows)

    return read


def test_a_member_votes_under_the_post(as_role, world, ask, result, address):
    number, official = ask(), as_role("official", by=address)
    page = official.get(official.get(f"/posts/{world.things['kokkola', 'post']}").location).text
    assert "Mikä päivä sopii?" in page
    assert "cannot be changed" in page or "etkä voi muuttaa" in page or "cannot change it afterwards" in page
    assert official.submit(f"/polls/{number}", choice="1").status_code == 303
    assert result(number) == ([0, 1, 0], 1, 1, 1)
    after = official.get(f"/polls/{number}").text
    assert 'name="choice"' not in after


def test_two_votes_of_one_person_at_once_count_once(app, town, world, ask, result):
    """Check-then-insert let most through (security.md, decision 7)."""
    number = ask()
    with app.app_context(), app.database.session(town) as db:
        poll_id = polls.get(db, number).id

    def cast(n):
        member = world.members["kokkola", ROLES[n % 4]]
        with app.app_context(), app.database.session(town, writing=True) as db:
            return voting.vote(db, poll_id, member, [n % 3])

    results = in_parallel(cast, 12)
    assert sorted(results) == [False] * 8 + [True] * 4
    votes, voters, ballots, noted = result(number)
    assert (sum(votes), voters, ballots, noted) == (4, 4, 4, 4)


def test_changing_an_open_vote_at_once_leaves_one(app, town, world, ask, result):
    number = ask(anonymous=False)
    with app.app_context(), app.database.session(town) as db:
        poll_id = polls.get(db, number).id

    def cast(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            return voting.vote(db, poll_id, world.members["kokkola", "clerk"], [n % 3])

    assert in_parallel(cast, 6) == [True] * 6
    votes, *counts = result(number)
    assert (sum(votes), counts) == (1, [1, 1, 1])


def test_the_same_form_sent_twice_is_one_vote_and_no_error(as_role, ask, result):
    number, clerk = ask(), as_role("clerk")
    form = {"csrf_token": clerk.token_of(f"/polls/{number}"), "choice": "2"}
    assert [clerk.post(f"/polls/{number}/vote", data=form).status_code for _ in range(2)] == [303, 303]
    assert clerk.post(f"/polls/{number}/vote", data={**form, "choice": "0"}).status_code == 303
    assert result(number) == ([0, 0, 1], 1, 1, 1)


def test_an_open_vote_can_be_changed_and_is_seen_by_members(as_role, ask, result, client):
    number, clerk = ask(anonymous=False), as_role("clerk")
    for choice in ("0", "2"):
        assert clerk.submit(f"/polls/{number}", choice=choice).status_code == 303
    assert result(number) == ([0, 0, 1], 1, 1, 1)
    assert "Clerk Testinen" in as_role("resident").get(f"/polls/{number}/votes").text
    assert "Clerk Testinen" not in client.get(f"/polls/{number}").text
    assert client.get(f"/polls/{number}/votes").status_code in (302, 303)


def test_changing_a_vote_leaves_those_in_other_polls(as_role, ask, reading, town, world):
    numbers, clerk = (world.things["kokkola", "poll"], ask(anonymous=False)), as_role("clerk")
    for number, choice in zip((*numbers, numbers[1]), "012", strict=True):
        assert clerk.submit(f"/polls/{number}", choice=choice).status_code == 303
    with reading(town) as db:
        one, other = (polls.get(db, number).id for number in numbers)
        assert voting.of_member(db, [one, other], world.members["kokkola", "clerk"]) == {one: [0], other: [2]}


def test_an_anonymous_vote_leads_to_nobody(as_role, ask, reading, town, world):
    number = ask()
    as_role("clerk").submit(f"/polls/{number}", choice="1")
    assert as_role("admin").get(f"/polls/{number}/votes").status_code == 404
    with reading(town) as db:
        poll = polls.get(db, number)
        ballot = db.find(Ballot, poll_id=poll.id)
        assert ballot.membership_id is None
        assert set(Ballot.__table__.c.keys()) == {"tenant_id", "id", "poll_id", "membership_id", "choices"}, "no time"
        for row in (ballot, db.find(Voter, poll_id=poll.id)):
            assert row.id.version == 4, "a key that tells no time"
        assert voting.of_member(db, [poll.id], world.members["kokkola", "clerk"]) == {poll.id: []}


@pytest.mark.parametrize(
    ("kind", "form"),
    [
        ("single", {}),
        ("single", {"choice": ["0", "1"]}),
        ("single", {"choice": "3"}),
        ("single", {"choice": "-1"}),
        ("single", {"choice": "x"}),
        ("single", {"choice": "9" * 30}),
        ("several", {"choice": ["0", "0"]}),
        ("several", {"choice": ["0", "1", "2"]}),
        ("ranked", {"choice": "0"}),
        ("ranked", {"rank_0": "1", "rank_1": "1"}),
        ("ranked", {"rank_0": "x"}),
    ],
)
def test_what_no_form_sends_is_refused(as_role, ask, result, kind, form):
    number, clerk = ask(kind=kind, most=2 if kind == "several" else None), as_role("clerk")
    token = clerk.token_of(f"/polls/{number}")
    sent = clerk.post(f"/polls/{number}/vote", data={"csrf_token": token, **form})
    assert sent.status_code == 422
    assert 'id="choice-error"' in sent.text
    assert not VOTED_IN_PLACE.search(sent.text)  # or what stands above the poll would outlive the mistake
    assert VOTED_IN_PLACE.search(clerk.get(f"/polls/{number}").text)
    assert result(number) == (None, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "form", "kept"),
    [
        ("several", {"choice": ["0", "1", "2"]}, r'value="(\d)" checked'),
        ("ranked", {"rank_0": "2", "rank_2": "2"}, r'name="rank_(\d)"><option value="">–</option>.*value="2" selected'),
    ],
)
def test_what_was_refused_stays_in_the_form(as_role, ask, kind, form, kept):
    number, clerk = ask(kind=kind, most=2 if kind == "several" else None), as_role("clerk")
    token = clerk.token_of(f"/polls/{number}")
    sent = clerk.post(f"/polls/{number}/vote", data={"csrf_token": token, **form})
    chosen = {"0", "1", "2"} if kind == "several" else {"0", "2"}
    assert set(re.findall(kept, sent.text)) == chosen


def test_a_ranked_vote_is_kept_in_its_order(as_role, ask, reading, town, world):
    number = ask(kind="ranked", anonymous=False)
    assert as_role("clerk").submit(f"/polls/{number}", rank_0="3", rank_2="1").status_code == 303
    with reading(town) as db:
        poll = polls.get(db, number)
        assert voting.of_member(db, [poll.id], world.members["kokkola", "clerk"]) == {poll.id: [2, 0]}
        assert poll.result["rounds"] == [[0, 0, 1]]


def test_guests_strangers_and_the_blocked_do_not_vote(as_role, client, writing, town, world, ask, result):
    number = ask()
    with writing(town) as db:
        memberships.block(db, memberships.get(db, world.members["kokkola", "editor"]), True)
    assert 'name="choice"' not in client.get(f"/polls/{number}").text
    for role in ("guest", "stranger", "editor"):
        who = as_role(role)
        token = who.token_of("/feedback")
        sent = who.post(f"/polls/{number}/vote", data={"csrf_token": token, "choice": "1"})
        assert sent.status_code in (302, 303, 401, 403), role
        assert result(number)[1] == 0, role


def test_nobody_votes_after_the_end(app, as_role, ask, result, clock, town):
    number, clerk = ask(days=1), as_role("clerk")
    token = clerk.token_of(f"/polls/{number}")
    clock.shift(timedelta(days=1, seconds=1))
    sent = clerk.post(f"/polls/{number}/vote", data={"csrf_token": token, "choice": "1"})
    assert sent.status_code in (400, 422)
    with app.app_context(), app.database.session(town, writing=True) as db:
        assert polls.close_due(db) == 1
        assert polls.close_due(db) == 0
        assert polls.get(db, number).closed_at == polls.get(db, number).closes_at <= now.now()
    assert result(number)[1] == 0


@pytest.mark.parametrize("act", ["close", "remove"])
def test_nobody_votes_in_what_was_closed_or_removed_before_its_time(as_role, ask, result, act):
    number, clerk = ask(), as_role("clerk")
    token = clerk.token_of(f"/polls/{number}")
    as_role("editor").submit(f"/polls/{number}", choice="0")
    before = result(number)
    assert as_role("moderator").submit(f"/polls/{number}/care", act=act, reason="Päätetty.").status_code == 303
    assert clerk.post(f"/polls/{number}/vote", data={"csrf_token": token, "choice": "1"}).status_code == 422
    assert result(number) == before


@pytest.mark.parametrize(
    ("shown", "before", "voted"), [("always", True, True), ("voted", False, True), ("closed", False, False)]
)
def test_when_the_result_is_shown(as_role, client, ask, clock, shown, before, voted):
    number, clerk = ask(shown=shown, days=2), as_role("clerk")
    as_role("official").submit(f"/polls/{number}", choice="0")
    assert ("<table" in clerk.get(f"/polls/{number}").text) is before
    clerk.submit(f"/polls/{number}", choice="1")
    assert ("<table" in clerk.get(f"/polls/{number}").text) is voted
    clock.shift(timedelta(days=3))
    assert "<table" in client.get(f"/polls/{number}").text


def test_htmx_gets_the_poll_alone(as_role, ask):
    number, clerk = ask(), as_role("clerk")
    form = {"csrf_token": clerk.token_of(f"/polls/{number}"), "choice": "2"}
    sent = clerk.post(f"/polls/{number}/vote", data=form, headers={"HX-Request": "true"})
    assert sent.status_code == 200
    assert sent.text.lstrip().startswith(f'<section class="poll" id="poll-{number}"')
    assert 'role="status"' in sent.text
    assert "100&nbsp;%" in sent.text

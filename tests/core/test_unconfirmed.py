"""Accounts that nobody confirms: gone after a week with all that was begun in their name, and nobody else with them."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from talkoot import clock as watch
from talkoot.errors import InvalidError
from talkoot.jobs import worker
from talkoot.people import accounts, invitations, memberships, unconfirmed
from talkoot.people.models import Membership, Person
from talkoot.tenants import registering
from talkoot.testing.rows import differences, every_row

EMAIL, NOISE = "newcomer@example.fi", "noise@example.fi"
A_WEEK = timedelta(days=7, minutes=1)


@pytest.fixture
def sign_up(visitor, town, neighbour):
    """`sign_up(address, site=…)`: somebody signs up and does not look into their mail."""

    def begin(email=EMAIL, site=town, **changes):
        name = f"{email.partition('@')[0].title()} Testinen"
        fields = {"email": email, "password": "seven green herons", "name": name, "terms": "on", **changes}
        assert visitor(site).submit("/sign-up", **fields).status_code == 200

    return begin


@pytest.fixture
def waiting(sign_up, neighbour, run_jobs):
    """An account that was begun in both municipalities, and another in each, as noise."""
    sign_up()
    sign_up(site=neighbour)
    sign_up(NOISE)
    sign_up(NOISE, site=neighbour)
    run_jobs()


@pytest.fixture
def known(reading):
    """`known(address)`: whether there is an account."""

    def look(email=EMAIL):
        with reading(None) as db:
            return accounts.by_email(db, email) is not None

    return look


def change(db, email=EMAIL):
    return accounts.by_email(db, email)


def member_of(db, email=EMAIL):
    return db.find(Membership, person_id=accounts.by_email(db, email).id)


def test_nothing_of_theirs_remains(app, sign_up, town, neighbour, run_jobs, clock):
    """Signed up in two municipalities, mailed, and somebody tried passwords on the mailed link."""
    run_jobs()
    before = every_row(app.settings)
    sign_up()
    sign_up(site=neighbour)
    run_jobs()
    assert differences(before, every_row(app.settings)).keys() >= {"person", "membership", "outbox"}
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert differences(before, every_row(app.settings)).keys() <= {"tenant_stamp"}
    assert unconfirmed.delete_old(app) == 0


def test_members_and_accounts_that_are_confirmed_stay(app, waiting, clock, town, neighbour, reading):
    def count(model, site):
        with reading(site) as db:
            rows = select(func.count()).select_from(model)
            return db.scalar(rows.where(Membership.tenant_id == site.id) if site else rows)

    before = count(Person, None), count(Membership, town), count(Membership, neighbour)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 2
    assert (count(Person, None), count(Membership, town), count(Membership, neighbour)) == tuple(n - 2 for n in before)


def test_a_site_shows_that_they_are_gone(app, waiting, clock, town, region):
    """What pages are remembered for its stamp are made anew; a site in which nobody began anything keeps its own."""
    clock.shift(A_WEEK)
    before = dict(app.directory.present()[1])
    unconfirmed.delete_old(app)
    after = app.directory.present()[1]
    assert after[town.id] > before[town.id]
    assert after[region.id] == before[region.id]


# --- who stays ---------------------------------------------------------------------------------------------------------


def confirmed(writing, town, neighbour):
    with writing(None) as db:
        accounts.confirm(db, change(db))


def operator(writing, town, neighbour):
    with writing(None) as db:
        change(db).operator = True


def invited(writing, town, neighbour):
    with writing(neighbour) as db:
        invitations.invite(db, "Newcomer@example.fi", ["official"])


def given_a_role(writing, town, neighbour):
    with writing(neighbour) as db:
        memberships.grant(db, member_of(db), "convener")


def verified(writing, town, neighbour):
    with writing(neighbour) as db:
        memberships.verify(db, member_of(db), "councillor", "")


@pytest.mark.parametrize("happens", [confirmed, operator, invited, given_a_role, verified])
def test_who_is_confirmed_or_wanted_anywhere_is_not_touched(
    app, waiting, clock, known, writing, reading, town, neighbour, happens
):
    happens(writing, town, neighbour)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert known()
    assert not known(NOISE)
    for site in (town, neighbour):
        with reading(site) as db:
            assert member_of(db).name == "Newcomer Testinen"


def test_who_signed_up_less_than_a_week_ago_stays(app, waiting, clock, known):
    clock.shift(timedelta(days=6, hours=23))
    assert unconfirmed.delete_old(app) == 0
    assert known()


def test_signing_up_again_begins_the_days_anew(app, waiting, clock, known, sign_up):
    clock.shift(timedelta(days=6))
    sign_up()
    clock.shift(timedelta(days=2))
    assert unconfirmed.delete_old(app) == 1
    assert known()
    assert not known(NOISE)


def test_who_confirms_meanwhile_keeps_everything(
    app, waiting, clock, known, writing, reading, town, neighbour, monkeypatch
):
    look_up = unconfirmed._looked_up

    def and_then_they_confirm(*asked):
        found = look_up(*asked)
        confirmed(writing, town, neighbour)
        return found

    monkeypatch.setattr(unconfirmed, "_looked_up", and_then_they_confirm)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert not known(NOISE)
    for site in (town, neighbour):
        with reading(site) as db:
            assert member_of(db)


def test_one_whom_a_plugin_cannot_forget_waits_and_the_others_go(
    app, waiting, clock, known, reading, neighbour, monkeypatch
):
    with reading(neighbour) as db:
        held = member_of(db).id
    insist = app.registry.insist

    def refuse(hook, tenant, /, **arguments):
        if hook == "erase_person" and arguments["membership_id"] == held:
            raise InvalidError("not now")
        return insist(hook, tenant, **arguments)

    monkeypatch.setattr(app.registry, "insist", refuse)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert known()
    monkeypatch.undo()
    assert unconfirmed.delete_old(app) == 1
    assert not known()


def test_what_was_begun_in_a_closed_site_goes_too(app, waiting, clock, known, writing, reading, neighbour):
    with writing(None) as db:
        registering.change(db, neighbour.id, closed_at=watch.now())
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 2
    assert not known()
    with reading(neighbour) as db:
        assert db.find(Membership, name="Newcomer Testinen") is None


def test_an_account_on_which_something_hangs_stays_and_the_others_go(
    app, waiting, clock, known, writing, neighbour, monkeypatch
):
    """A row that nobody knew of, as of somebody who signs up elsewhere in that very moment."""
    with writing(neighbour) as db:
        member_of(db, NOISE).title = "left out"
    members = unconfirmed._members

    def but_one(db, people):
        return {person: member for person, member in members(db, people).items() if member.title != "left out"}

    monkeypatch.setattr(unconfirmed, "_members", but_one)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert known(NOISE)
    assert not known()


# --- when and how many ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "stays", "goes"), [(30, 29, 31), (1, 2.9, 3.1), (0, 2.9, 3.1)])
def test_the_operator_says_after_how_many_days_but_not_while_the_link_works(
    app, waiting, clock, monkeypatch, days, stays, goes
):
    monkeypatch.setattr(app, "settings", replace(app.settings, unconfirmed_days=days))
    clock.shift(timedelta(days=stays))
    assert unconfirmed.delete_old(app) == 0
    clock.shift(timedelta(days=goes - stays))
    assert unconfirmed.delete_old(app) == 2


def test_many_go_in_batches_and_only_so_many_in_a_night(app, sign_up, clock, known, monkeypatch):
    monkeypatch.setattr(unconfirmed, "BATCH", 2)
    monkeypatch.setattr(unconfirmed, "MOST_BATCHES", 2)
    for n in range(5):
        sign_up(f"newcomer-{'abcde'[n]}@example.fi")
    clock.shift(A_WEEK)
    assert [unconfirmed.delete_old(app) for _ in range(3)] == [4, 1, 0]


def test_those_who_stay_do_not_stand_in_the_way_of_the_rest(
    app, waiting, clock, known, writing, town, neighbour, monkeypatch
):
    monkeypatch.setattr(unconfirmed, "BATCH", 1)
    invited(writing, town, neighbour)
    clock.shift(A_WEEK)
    assert unconfirmed.delete_old(app) == 1
    assert known()
    assert not known(NOISE)


def test_the_worker_does_it_every_day(app, waiting, clock, known, visitor, mails):
    """And wrong passwords that somebody tried on the mailed link are forgotten with it."""
    link = re.search(r"https?://\S+", mails()[0].get_body(("plain",)).get_content())[0]
    visitor().submit(urlsplit(link).path.removeprefix("/kokkola"), password="wrong wrong wrong")
    assert every_row(app.settings)["sign_in_attempt"]
    worker.tick(app)
    assert known()
    clock.shift(A_WEEK)
    worker.tick(app)
    assert not known()
    assert every_row(app.settings)["sign_in_attempt"] == []

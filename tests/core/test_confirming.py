"""Confirming an address: only who chose the password completes a sign-up, and whoever owns the address can choose another."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from talkoot.people import invitations, lockout
from talkoot.people.models import Membership, Person

OWNER = {"email": "owner@example.fi", "password": "seven green herons", "name": "Omistaja Oikea", "terms": "on"}
STRANGERS = {**OWNER, "password": "the stranger waits here", "name": "Vieras Tekijä"}
ASKED = "chose when you made the account"
CONFIRMED = "Your address is confirmed already"


def path_in(mail) -> str:
    link = re.search(r"https?://\S+", mail.get_body(("plain",)).get_content())[0]
    return urlsplit(link).path.removeprefix("/kokkola")


def sign_in(visitor, password):
    return visitor().submit("/sign-in", email=OWNER["email"], password=password)


@pytest.fixture
def taken(visitor, mails):
    """A stranger has signed up with the owner's address; the link arrives at the owner."""
    visitor().submit("/sign-up", **STRANGERS)
    (mail,) = mails()
    return path_in(mail)


def english(path):
    return f"{path}?lang=en"


def refused(response) -> bool:
    """Back to the page that asks, which then says that the password was wrong; confirming leads away from it."""
    return response.status_code == 303 and "/confirm/" in response.location


def accepted(response) -> bool:
    return response.status_code == 303 and "/confirm/" not in response.location


# --- somebody else's address ----------------------------------------------------------------------------------------


def test_the_owner_is_asked_for_the_password_and_a_press_is_not_enough(visitor, taken, reading):
    owner = visitor()
    assert ASKED in owner.get(english(taken)).text
    assert refused(owner.submit(taken))
    assert refused(owner.submit(taken, password="what I would have chosen"))
    with reading(None) as db:
        assert db.scalars(select(Person.confirmed_at).where(Person.email == OWNER["email"])).one() is None
    assert owner.get("/account").status_code == 303
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422, "the stranger still waits"


def test_the_owner_chooses_a_password_and_the_strangers_is_dead(visitor, taken):
    owner = visitor()
    on = owner.submit(taken, forgotten="1")
    assert accepted(on)
    assert owner.submit(on.location, password=OWNER["password"]).location.endswith("/account")
    assert "Vieras Tekijä" in owner.get("/account").text, "the page shows what the stranger wrote, to be changed"
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422
    assert sign_in(visitor, OWNER["password"]).status_code == 303


def test_pressing_twice_chooses_nothing_for_anybody(visitor, taken):
    """The way to a new password needs the link, and the link is used up once it has been taken."""
    owner, late = visitor(), visitor()
    on = owner.submit(taken, forgotten="1").location
    later = late.submit(taken, forgotten="1").location
    assert owner.submit(on, password=OWNER["password"]).status_code == 303
    assert late.get(later).status_code == 404
    assert late.get(taken).status_code == 200


def test_the_owner_signs_up_in_their_own_browser(visitor, taken, mails):
    """After the stranger: the owner's password is the one that counts, and so is the name."""
    owner = visitor()
    assert owner.submit("/sign-up", **OWNER).status_code == 200
    assert accepted(owner.submit(path_in(mails()[-1])))
    assert "Omistaja Oikea" in owner.get("/account").text
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422
    assert sign_in(visitor, OWNER["password"]).status_code == 303


def test_the_stranger_signs_up_again_after_the_owner(visitor, mails):
    """The owner's browser is then not the one in which the account's password was chosen: no press lets the stranger in."""
    owner = visitor()
    owner.submit("/sign-up", **OWNER)
    visitor().submit("/sign-up", **STRANGERS)
    for mail in mails():
        assert ASKED in owner.get(english(path_in(mail))).text
        assert refused(owner.submit(path_in(mail)))
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422


def test_the_strangers_browser_alone_is_no_proof(visitor, mails):
    stranger = visitor()
    stranger.submit("/sign-up", **{**STRANGERS, "email": "stranger@example.fi"})
    visitor().submit("/sign-up", **OWNER)
    assert ASKED in stranger.get(english(path_in(mails()[-1]))).text, "the mark is of one address"


def test_an_invitation_ends_what_a_stranger_began(visitor, taken, writing, town, mails, reading):
    """An official whose address somebody has signed up with: the invitation's link is proof, the stranger's password none."""
    with writing(town) as db:
        invitations.invite(db, OWNER["email"], ["official"], title="Planner")
    path = path_in(mails()[-1])
    assert visitor().submit(path, name=OWNER["name"], password="short", terms="on").status_code == 422
    assert visitor().submit(path, name=OWNER["name"], password=OWNER["password"], terms="on").status_code == 303
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422
    assert sign_in(visitor, OWNER["password"]).status_code == 303
    with reading(town) as db:
        assert db.find(Membership, name=STRANGERS["name"]) is None
        assert db.find(Membership, name=OWNER["name"]).title == "Planner"


# --- one's own address ------------------------------------------------------------------------------------------------


def test_in_the_same_browser_one_press_confirms(visitor, mails, address):
    who = visitor(by=address)
    who.submit("/sign-up", **OWNER)
    page = who.get(english(path_in(mails()[0])))
    assert ASKED not in page.text
    assert 'type="password"' not in page.text
    led = who.submit(path_in(mails()[0]))
    assert accepted(led)
    assert "Welcome! Your address is confirmed" in who.get(led.location.removeprefix("/kokkola")).text
    account = who.get("/account").text
    assert "Omistaja Oikea" in account
    assert "Welcome!" not in account, "said once"


def test_in_another_browser_the_password_confirms(visitor, mails, address):
    visitor(by=address).submit("/sign-up", **OWNER)
    there = visitor(by=address)
    again = there.submit(english(path_in(mails()[0])), password="seven green heron")
    assert refused(again)
    assert "This is not the password" in there.get(again.location).text
    assert accepted(there.submit(again.location, password=OWNER["password"]))
    assert "Omistaja Oikea" in there.get("/account").text


def test_wrong_passwords_are_counted_as_at_signing_in(visitor, taken, clock):
    for _ in range(lockout.PER_ACCOUNT):
        assert refused(visitor().submit(taken, password="wrong wrong wrong"))
    assert visitor().submit(taken, password=STRANGERS["password"]).status_code == 429
    assert accepted(visitor().submit(taken, forgotten="1")), "the way to a new password stays open"
    clock.shift(lockout.WINDOW + timedelta(seconds=1))
    assert accepted(visitor().submit(taken, password=STRANGERS["password"]))


def test_signing_up_again_changes_name_and_password_until_it_is_confirmed(visitor, mails, reading, town, world):
    """The mail did not come, or a letter was wrong: nobody is told that their own name is taken."""
    who = visitor()
    who.submit("/sign-up", **OWNER)
    again = who.submit("/sign-up", **{**OWNER, "password": "nine grey geese fly", "real_name": "real"})
    assert again.status_code == 200
    with reading(town) as db:
        (member,) = db.scalars(
            select(Membership).where(Membership.tenant_id == town.id, Membership.name == OWNER["name"])
        )
        assert member.real_name is True
    assert accepted(who.submit(path_in(mails()[0])))
    assert sign_in(visitor, OWNER["password"]).status_code == 422
    assert sign_in(visitor, "nine grey geese fly").status_code == 303


def test_once_confirmed_signing_up_changes_nothing(visitor, mails, reading, town):
    who = visitor()
    who.submit("/sign-up", **OWNER)
    who.submit(path_in(mails()[0]))
    assert visitor().submit("/sign-up", **STRANGERS).status_code == 200
    assert sign_in(visitor, STRANGERS["password"]).status_code == 422
    with reading(town) as db:
        assert db.find(Membership, name=STRANGERS["name"]) is None


def test_somebody_elses_name_stays_taken(visitor, mails):
    visitor().submit("/sign-up", **OWNER)
    other = {**OWNER, "email": "another@example.fi"}
    assert visitor().submit("/sign-up", **other).status_code == 422


# --- the link once more ------------------------------------------------------------------------------------------------


@pytest.fixture
def confirmed(visitor, mails):
    """Somebody who has confirmed, and the link they used."""
    who = visitor()
    who.submit("/sign-up", **OWNER)
    path = path_in(mails()[0])
    who.submit(path)
    return who, path


def test_the_link_once_more_says_that_it_is_confirmed(visitor, confirmed):
    page = visitor().get(english(confirmed[1]))
    assert page.status_code == 200
    assert CONFIRMED in page.text
    assert 'href="/kokkola/sign-in"' in page.text.partition("<main")[2]


def test_going_back_says_so_too_and_that_one_is_signed_in(confirmed):
    who, path = confirmed
    page = who.get(english(path))
    assert CONFIRMED in page.text
    assert "You are signed in" in page.text


def test_an_old_link_of_a_confirmed_address_says_so(visitor, confirmed, clock):
    clock.shift(timedelta(days=8))
    assert CONFIRMED in visitor().get(english(confirmed[1])).text


def test_an_old_link_of_an_unconfirmed_address_is_too_old(visitor, taken, clock):
    clock.shift(timedelta(days=3, minutes=1))
    assert visitor().get(taken).status_code == 404


def test_a_link_of_a_forgotten_account_says_nothing(visitor, confirmed, writing):
    from talkoot.people import accounts

    with writing(None) as db:
        accounts.erase(db, accounts.by_email(db, OWNER["email"]))
    assert visitor().get(confirmed[1]).status_code == 404


def test_the_neighbour_knows_nothing_of_the_link(visitor, confirmed, neighbour):
    assert visitor(neighbour).get(confirmed[1]).status_code == 404
    assert visitor(None).get(confirmed[1]).status_code == 404


def test_these_pages_are_kept_nowhere(visitor, taken, page_cache):
    """Going back must not show a form that is no use any more; nor may the page cache keep what is one person's."""
    who = visitor()
    assert who.get(taken).headers["Cache-Control"] == "no-store"
    who.submit(who.submit(taken, forgotten="1").location, password=OWNER["password"])
    assert visitor().get(taken).headers["Cache-Control"] == "no-store"
    assert not [key for key in page_cache.pages._kept if "/confirm/" in str(key)]

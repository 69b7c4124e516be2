"""Forms of accounts tell everything that is wrong with them at once: nobody mends one field to hear of the next."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from talkoot.people import invitations
from talkoot.people.models import Membership, Person

RIGHT = {"email": "newcomer@example.fi", "password": "seven green herons", "name": "Uusi Asukas", "terms": "on"}
WRONG = {
    "email": ("name at example.fi", "Write the e-mail address in full"),
    "password": ("short", "Use a password of 8 to 128 characters"),
    "name": ("Resident Testinen", "Somebody here already has this name"),
    "terms": (None, None),
}


def complaints(response):
    """Field → what the list at the top says of it."""
    assert response.status_code == 422
    listed = re.search(r'id="errors">(.*?)</div>', response.text, re.DOTALL)[1]
    found = dict(re.findall(r'<a href="#(\w+)">([^<]*)</a>', listed))
    assert found.keys() == set(re.findall(r'id="(\w+)-error"', response.text)), "beside the fields as well"
    return found


@pytest.mark.parametrize(
    "wrong",
    [("email", "password", "name", "terms"), ("email", "terms"), ("password", "name"), ("name", "terms")],
    ids="+".join,
)
def test_signing_up(visitor, reading, wrong):
    who = visitor()
    sent = {**RIGHT, **{field: WRONG[field][0] for field in wrong}}
    answer = who.submit("/sign-up?lang=en", **sent)
    told = complaints(answer)
    assert told.keys() == set(wrong)
    for field in wrong:
        assert WRONG[field][1] is None or WRONG[field][1] in told[field]
    assert 'value="seven green herons"' not in answer.text, "a password is never sent back"
    with reading(None) as db:
        assert db.scalar(select(func.count()).where(Person.confirmed_at.is_(None)).select_from(Person)) == 0


def test_an_empty_form_says_of_each_field_once_that_it_is_needed(visitor):
    told = complaints(visitor().submit("/sign-up?lang=en", email="", password="", name=""))
    assert set(told) == {"email", "password", "name", "terms"}
    assert all(words.endswith("This field is required.") for words in told.values())


def test_what_is_right_is_not_complained_of(visitor):
    told = complaints(visitor().submit("/sign-up?lang=en", **{**RIGHT, "name": "x"}))
    assert set(told) == {"name"}


def test_the_neighbours_names_are_free_here(visitor, neighbour):
    """A name of the neighbour's is no fault, and its members are none of this site's business."""
    name = "CANARY-B-Resident Testinen"
    told = complaints(visitor().submit("/sign-up?lang=en", **{**RIGHT, "name": name, "password": "short"}))
    assert set(told) == {"password"}
    theirs = visitor(neighbour).submit("/sign-up?lang=en", **{**RIGHT, "name": name, "password": "short"})
    assert set(complaints(theirs)) == {"name", "password"}


def test_joining(as_role):
    told = complaints(as_role("stranger").submit("/join?lang=en", name="Resident Testinen"))
    assert set(told) == {"name", "terms"}


def test_accepting_an_invitation(visitor, writing, town, mails, reading):
    with writing(town) as db:
        invitations.invite(db, "planner@example.fi", ["official"])
    link = re.search(r"https?://\S+", mails()[0].get_body(("plain",)).get_content())[0]
    path = urlsplit(link).path.removeprefix("/kokkola")
    told = complaints(visitor().submit(f"{path}?lang=en", name="Resident Testinen", password="short"))
    assert set(told) == {"name", "password", "terms"}
    with reading(town) as db:
        assert db.find(Membership, name="planner") is None


@pytest.mark.parametrize("rule", ["real", "either"])
def test_the_rule_on_names_is_told_before_the_field_that_it_is_about(visitor, writing, town, rule):
    from talkoot.tenants import registering

    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.names": rule})
    page = visitor().get("/sign-up?lang=en").text
    told = re.search(
        r'<p class="help" id="name-help">([^<]*)</p>\s*<input[^>]*aria-describedby="name-help"[^>]*>', page
    )
    assert bool(told) == (rule == "real")
    assert told is None or "under their own name" in told[1]

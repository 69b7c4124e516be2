"""Under which name one takes part: nothing is chosen beforehand that tells more of a person than they mean to tell."""

from __future__ import annotations

import re

import pytest

from talkoot.people.models import Membership
from talkoot.tenants import registering

NEW = {"email": "newcomer@example.fi", "password": "seven green herons", "name": "Hiljainen Haukka", "terms": "on"}


@pytest.fixture
def rule(writing, town):
    """Set the town's rule; the neighbour keeps `either`."""

    def set_to(value):
        with writing(None) as db:
            registering.set_setting(db, town.id, {"people.names": value})

    return set_to


def chosen(page) -> list[str]:
    """What is ticked in the page's forms before anybody has touched them."""
    inputs = re.findall(r"<input[^>]*>", page.text)
    return re.findall(r'value="([^"]*)"', " ".join(tag for tag in inputs if "checked" in tag))


def test_where_people_may_choose_a_pseudonym_is_chosen_beforehand_and_nothing_else(visitor, as_role):
    assert chosen(visitor().get("/sign-up")) == ["pseudonym"]
    assert chosen(as_role("stranger").get("/join")) == ["pseudonym"]


def test_who_says_nothing_has_not_said_that_it_is_the_real_name(visitor, as_role, reading, town, world):
    visitor().submit("/sign-up", **NEW)
    as_role("stranger").submit("/join", name="Naapurista Tullut", terms="on")
    with reading(town) as db:
        assert db.find(Membership, name=NEW["name"]).real_name is False
        assert db.find(Membership, name=NEW["name"]).participant_roles == []
        assert db.find(Membership, person_id=world.people["kronoby", "resident"]).real_name is False


def test_a_form_without_an_answer_counts_as_a_pseudonym(visitor, reading, town):
    """Also when a browser sends none of the two."""
    visitor().submit("/sign-up", **NEW, real_name=None)
    with reading(town) as db:
        assert db.find(Membership, name=NEW["name"]).real_name is False


def test_who_says_so_takes_part_under_the_real_name(visitor, reading, town):
    visitor().submit("/sign-up", **NEW, real_name="real")
    with reading(town) as db:
        assert db.find(Membership, name=NEW["name"]).real_name is True


@pytest.mark.parametrize(
    ("value", "filled_in", "real"),
    [("either", "nickname", False), ("pseudonym", "nickname", False), ("real", "name", True)],
)
def test_browsers_fill_in_the_real_name_only_where_it_is_asked_for(
    rule, visitor, as_role, reading, town, value, filled_in, real
):
    rule(value)
    for page in (
        visitor().get("/sign-up"),
        as_role("stranger").get("/join"),
        as_role("resident").get("/account/profile"),
    ):
        assert re.search(r'<input[^>]*autocomplete="(name|nickname)"', page.text)[1] == filled_in
    visitor().submit("/sign-up", **NEW)
    with reading(town) as db:
        assert db.find(Membership, name=NEW["name"]).real_name is real


def test_the_profile_keeps_what_was_chosen(as_role, reading, town, world):
    who = as_role("resident")
    for choice in ("real", "pseudonym"):
        who.submit("/account/profile", real_name=choice)
        assert choice in chosen(who.get("/account/profile"))
        who.submit("/account/profile", about="Only this changes.")
        with reading(town) as db:
            kept = db.find(Membership, person_id=world.people["kokkola", "resident"])
            assert kept.real_name is (choice == "real")

"""Accepting an invitation: what is asked of whom, and that neither guesses nor addresses are left over."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from talkoot.db import for_tenant
from talkoot.people import invitations, links, lockout
from talkoot.people.models import Invitation, Membership, RoleGrant
from talkoot.testing.towns import PASSWORD

NEW, MEMBER, NEIGHBOUR = "planner@example.fi", "resident@kokkola.example", "resident@kronoby.example"


@pytest.fixture
def invited(app, writing, town, neighbour):
    """`invited(address)`: the path of an invitation to work in the town; others are invited to the neighbour."""

    def invite(address):
        with writing(neighbour) as db:
            invitations.invite(db, address, ["moderator"])
        with writing(town) as db:
            found = invitations.invite(db, address, ["clerk"])
            return f"/invitation/{links.sign(app.settings, 'invite', town, invitation=str(found.id))}"

    return invite


@pytest.fixture
def clerks(reading, town):
    """The names of the town's clerks beside the one who was there."""

    def names():
        with reading(town) as db:
            holds = for_tenant(db, Membership).join(RoleGrant, RoleGrant.membership_id == Membership.id)
            found = db.scalars(holds.where(RoleGrant.role == "clerk", RoleGrant.tenant_id == town.id))
            return [member.name for member in found if member.name != "Clerk Testinen"]

    return names


def wrong_fields(response):
    return {name for name in ("name", "password", "terms") if f'id="{name}-error"' in response.text}


def test_who_is_new_gives_name_password_and_consent(invited, visitor, clerks):
    path = invited(NEW)
    assert wrong_fields(visitor().submit(path)) == {"name", "password", "terms"}
    assert clerks() == []
    assert visitor().submit(path, name="Planner", password="nine grey geese fly", terms="y").status_code == 303
    assert clerks() == ["Planner"]


def test_an_account_from_elsewhere_gives_name_and_consent_too(invited, visitor, clerks):
    path = invited(NEIGHBOUR)
    assert wrong_fields(visitor().submit(path, password=PASSWORD)) == {"name", "terms"}
    assert wrong_fields(visitor().submit(path, password=PASSWORD, terms="y", name="Resident Testinen")) == {"name"}
    assert clerks() == []
    assert visitor().submit(path, name="Planner", password=PASSWORD, terms="y").status_code == 303
    assert clerks() == ["Planner"]


def test_a_member_gives_the_password_alone_and_keeps_the_name(invited, visitor, clerks):
    path = invited(MEMBER)
    form = visitor().get(path).text
    assert 'name="password"' in form
    assert 'name="name"' not in form
    assert 'name="terms"' not in form
    assert visitor().submit(path, password=PASSWORD).status_code == 303
    assert clerks() == ["Resident Testinen"]


def test_guesses_are_counted(invited, visitor, clerks):
    path = invited(MEMBER)
    for _ in range(lockout.PER_ACCOUNT):
        assert visitor().submit(path, password="wrong wrong wrong").status_code == 422
    assert visitor().submit(path, password=PASSWORD).status_code == 429
    assert clerks() == []


def test_what_was_accepted_is_not_kept(invited, visitor, reading, town, neighbour):
    path = invited(NEW)
    fields = {"name": "Planner", "password": "nine grey geese fly", "terms": "y"}
    assert visitor().submit(path, **fields).status_code == 303
    assert visitor().get(path).status_code == 404
    for place, left in ((town, 0), (neighbour, 1)):
        with reading(place) as db:
            own = select(func.count()).select_from(Invitation).where(Invitation.tenant_id == place.id)
            assert db.scalar(own.where(Invitation.email == NEW)) == left

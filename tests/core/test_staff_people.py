"""People on the staff's pages: found, invited, given roles and badges, blocked."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot import clock
from talkoot.db import for_tenant
from talkoot.jobs.models import Outbox
from talkoot.people import accounts, links, memberships, roles
from talkoot.people.models import Invitation, Membership
from talkoot.tenants import registering
from talkoot_forums import forums


def today_in(tenant):
    return clock.today(tenant.time_zone)


def member_page(world, town, role):
    return f"/staff/people/{world.members[town.slug, role]}"


def test_people_are_found_by_name_and_role(as_role):
    admin = as_role("admin")
    assert "Resident Testinen" in admin.get("/staff/people?q=RESIDENT").text
    found = admin.get("/staff/people?role=moderator").text
    assert "Moderator Testinen" in found
    assert "Resident Testinen" not in found
    assert "Resident Testinen" not in admin.get("/staff/people?q=nobody%25").text


def test_a_list_longer_than_a_page_goes_on(as_role, writing, town):
    names = [f"Zeta {consonant}{vowel}" for consonant in "bdfgkmnpr" for vowel in "aeu"]
    with writing(town) as db:
        for number, name in enumerate(names):
            person = accounts.create(db, f"many-{number}@example.fi", None, "fi", confirmed=True)
            memberships.join(db, person.id, name, language="fi")
    admin = as_role("admin")
    first = admin.get("/staff/people?q=zeta").text
    following = re.search(r'href="([^"]*after=[^"]*)"', first)[1].replace("&amp;", "&")
    second = admin.get(following.partition("#")[0]).text
    assert [name for name in names if f"{name}<" in first] == names[:25]
    assert [name for name in names if f"{name}<" in second] == names[25:]


def test_an_invitation_is_mailed_and_gives_its_roles(as_role, client, reading, town, run_jobs, app, actions):
    assert (
        as_role("admin")
        .submit("/staff/people/invite", email="New@Example.fi", roles=["clerk"], title="Clerk")
        .status_code
        == 303
    )
    with reading(town) as db:
        invitation = db.scalars(for_tenant(db, Invitation)).one()
        assert (invitation.email, invitation.roles) == ("new@example.fi", ["clerk"])
    assert actions(town)[0] == "person_invited"
    assert run_jobs() >= 1
    with app.app_context():
        token = links.sign(app.settings, "invite", town, invitation=str(invitation.id))
    answer = client.submit(f"/invitation/{token}", name="Uusi Virkailija", password="quite a long secret", terms="y")
    assert answer.status_code == 303
    with reading(town) as db:
        member = db.find(Membership, name="Uusi Virkailija")
        assert roles.held(db, [member.id])[member.id][0].role == "clerk"


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"email": "nobody", "roles": ["clerk"]}, "no address"),
        ({"email": "a@example.fi"}, "no role"),
        ({"email": "a@example.fi", "roles": ["operator"]}, "a role that nobody may give"),
    ],
)
def test_a_wrong_invitation_is_refused(as_role, reading, town, fields, why):
    admin = as_role("admin")
    token = admin.token_of("/staff/people/invite")
    assert admin.post("/staff/people/invite", data={"csrf_token": token, **fields}).status_code == 422, why
    with reading(town) as db:
        assert db.scalars(for_tenant(db, Invitation)).all() == []


def test_an_invitation_is_sent_again_and_taken_back(as_role, reading, town, actions):
    admin = as_role("admin")
    admin.submit("/staff/people/invite", email="new@example.fi", roles=["editor"])
    admin.submit("/staff/people", action="invitations/", act="again")
    with reading(town) as db:
        mails = select(Outbox).where(Outbox.tenant_id == town.id, Outbox.kind == "people.invite")
        assert len(db.scalars(mails).all()) == 2
    admin.submit("/staff/people", action="invitations/", act="withdraw")
    with reading(town) as db:
        assert db.scalars(for_tenant(db, Invitation)).all() == []
    assert actions(town)[:3] == ["invitation_withdrawn", "invitation_sent_again", "person_invited"]


def test_a_role_is_given_in_an_area_until_a_day_and_taken_again(as_role, reading, town, world, actions):
    admin, path = as_role("admin"), member_page(world, town, "resident")
    area = world.things[town.slug, "area"].id
    last = clock.today(town.time_zone) + timedelta(days=30)
    assert admin.submit(path, role="clerk", scope=str(area), last_day=last.isoformat()).status_code == 303
    with reading(town) as db:
        held = roles.held(db, [world.members[town.slug, "resident"]])[world.members[town.slug, "resident"]]
        assert [(h.role, h.scope, h.until) for h in held] == [("clerk", ("area", area), last)]
    assert admin.submit(path, grant=str(held[0].id)).status_code == 303
    with reading(town) as db:
        assert roles.held(db, [world.members[town.slug, "resident"]]) == {}
    assert actions(town)[:2] == ["role_taken", "role_given"]


def test_a_scope_that_is_none_never_widens_the_role(as_role, reading, town, neighbour, world):
    """What is no id is not taken for an empty field, which would mean the whole municipality."""
    admin, path = as_role("admin"), member_page(world, town, "resident")
    token = admin.token_of(path)
    for scope in ("x", str(world.things[neighbour.slug, "area"].id), str(uuid4())):
        sent = {"csrf_token": token, "act": "give", "role": "moderator", "scope": scope, "last_day": "2199-12-31"}
        answer = admin.post(path, data=sent)
        assert answer.status_code == 422, scope
        assert 'value="2199-12-31"' in answer.text, "the form comes back as it was sent"
    with reading(town) as db:
        assert roles.held(db, [world.members[town.slug, "resident"]]) == {}


def test_a_role_holds_on_its_last_day_and_not_after(as_role, town, world, clock):
    today = today_in(town)
    as_role("admin").submit(member_page(world, town, "resident"), role="editor", scope="", last_day=today.isoformat())
    assert as_role("resident").get("/staff/texts").status_code == 200
    clock.shift(timedelta(days=1))
    assert as_role("resident").get("/staff/texts").status_code == 403


def test_the_last_main_user_stays(as_role, reading, town, world):
    admin, path = as_role("admin"), member_page(world, town, "admin")
    with reading(town) as db:
        grant = roles.held(db, [world.members[town.slug, "admin"]])[world.members[town.slug, "admin"]][0]
    assert admin.submit(path, grant=str(grant.id)).status_code == 422
    later = (clock.today(town.time_zone) + timedelta(days=3)).isoformat()
    assert admin.submit(path, role="admin", last_day=later).status_code == 422
    assert as_role("operator").submit(path, reason="gone mad").status_code == 422
    assert admin.get("/staff/settings").status_code == 200


def test_a_blocked_main_user_does_not_count_as_one(as_role, reading, writing, town, world):
    with writing(town) as db:
        resident = memberships.get(db, world.members[town.slug, "resident"])
        memberships.grant(db, resident, "admin")
        memberships.block(db, resident, True)
    with reading(town) as db:
        grant = roles.held(db, [world.members[town.slug, "admin"]])[world.members[town.slug, "admin"]][0]
    assert as_role("admin").submit(member_page(world, town, "admin"), grant=str(grant.id)).status_code == 422


def test_a_badge_is_given_and_taken(as_role, client, actions, town, world):
    admin, path = as_role("admin"), member_page(world, town, "resident")
    admin.submit(path, verified_as="councillor", title="Council chair")
    assert "Council chair" in client.get(f"/people/{world.members[town.slug, 'resident']}").text
    admin.submit(path, verified_as="", title="")
    assert "Council chair" not in client.get(f"/people/{world.members[town.slug, 'resident']}").text
    assert actions(town)[:2] == ["person_unverified", "person_verified"]


def test_a_blocked_member_can_read_but_not_write(as_role, actions, town, world):
    admin, path = as_role("admin"), member_page(world, town, "resident")
    number = world.things[town.slug, "topic"]
    assert admin.submit(path, reason="").status_code == 422
    admin.submit(path, reason="Advertising again and again")
    resident = as_role("resident")
    assert (resident.get("/forums/").status_code, resident.get(f"/topics/{number}/reply").status_code) == (200, 403)
    admin.submit(path, act="unblock")
    assert resident.get(f"/topics/{number}/reply").status_code == 200
    assert actions(town)[:2] == ["person_unblocked", "person_blocked"]


def test_a_member_of_another_town_has_no_page_here(as_role, neighbour, world):
    assert as_role("admin").get(f"/staff/people/{world.members[neighbour.slug, 'resident']}").status_code == 404


# --- what a role is over ----------------------------------------------------------------------------------------------


def test_a_role_over_a_forum_names_the_forum(as_role, writing, town, neighbour, world, address):
    """Not "a part of the site": the main user sees which."""
    with writing(town) as db:
        resident = memberships.get(db, world.members[town.slug, "resident"])
        forum = forums.get(db, world.things[town.slug, "forum"])
        roles.give(db, resident, "convener", scope=(forums.SCOPE, forum.id), last_day=None)
    admin = as_role("admin", by=address)
    assert "Vetäjä: Kylät" in admin.get("/staff/people").text
    assert (
        "Kylät" in admin.get(f"/staff/people/{resident.id}").text.partition('id="roles-title"')[2].partition("<form")[0]
    )
    assert "Sammankallare: Byar" in admin.get("/staff/people?lang=sv").text


def test_a_role_over_a_forum_says_a_part_while_the_plugin_is_off(as_role, writing, town, world):
    with writing(town) as db:
        resident = memberships.get(db, world.members[town.slug, "resident"])
        forum = forums.get(db, world.things[town.slug, "forum"])
        roles.give(db, resident, "convener", scope=(forums.SCOPE, forum.id), last_day=None)
        registering.switch_plugin(db, town.id, "forums", False)
    text = as_role("admin").get("/staff/people?lang=en").text
    assert "Convener: a part" in text
    assert "Kylät" not in text


def test_another_towns_forum_is_never_named(reading, app, town, neighbour, world):
    with reading(neighbour) as db:
        theirs = forums.get(db, world.things[neighbour.slug, "forum"]).id
    with reading(town) as db:
        assert app.registry.scope_names(db, [(forums.SCOPE, theirs)], "fi") == {}
        own = forums.get(db, world.things[town.slug, "forum"]).id
        assert app.registry.scope_names(db, [(forums.SCOPE, own), ("area", own)], "sv") == {own: "Byar"}

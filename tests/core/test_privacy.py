"""A person's rights: a copy of everything, and being forgotten so that nothing of them is left anywhere."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from talkoot import clock
from talkoot.audit import chain
from talkoot.conversations import posts
from talkoot.db.model import tenant_tables
from talkoot.people import memberships, privacy
from talkoot.people.models import Membership, PersonSession, RoleGrant
from talkoot.tenants import registering
from talkoot.testing.rows import every_row

WORDS = ("Resident Testinen", "about: resident lives here", "first post")


@pytest.fixture
def member(world):
    return world.members["kokkola", "resident"]


def everything_of(app, tenant):
    return repr(every_row(app.settings, tenant.id))


def test_a_copy_holds_what_is_held(as_role, member):
    response = as_role("resident").get("/account/data.json")
    assert response.headers["Content-Disposition"] == 'attachment; filename="kokkola.json"'
    assert response.headers["Cache-Control"] == "private, no-store"
    data = json.loads(response.text)
    text = json.dumps(data, ensure_ascii=False)
    for word in WORDS:
        assert word in text
    assert {"membership", "post", "post_version", "reaction"} <= set(data)
    assert all(row["author_id"] == str(member) for row in data["post"])
    assert data["account"]["email"] == "resident@kokkola.example"
    assert [device["host"] for device in data["devices"]] == ["localhost"]
    assert "password" not in text


def test_a_copy_holds_nothing_of_others(as_role):
    text = as_role("resident").get("/account/data.json").text
    for word in ("an answer with", "CANARY-B", "Moderator Testinen", "official@"):
        assert word not in text


def test_a_copy_does_not_name_the_moderator_or_the_clerk(as_role, app, writing, town, neighbour, world, member):
    with writing(town) as db:
        post = posts.get(db, world.things["kokkola", "post"])
        post.keyed_by = world.members["kokkola", "clerk"]
        posts.hide(db, app.registry, post, world.members["kokkola", "moderator"], "A reason")
    text = as_role("resident").get("/account/data.json").text
    assert "A reason" in text
    for role in ("moderator", "clerk"):
        assert str(world.members["kokkola", role]) not in text
    assert str(member) in text


def test_a_copy_is_for_members(as_role, client):
    assert client.get("/account/data.json").status_code == 303
    assert as_role("stranger").get("/account/data.json").status_code == 404


def test_every_table_says_whose_data_it_holds():
    """`info["person"]` on each tenant-owned table: a column, or None when it holds nobody's."""
    silent = [table.name for table in tenant_tables() if "person" not in table.info]
    wrong = [t.name for t in tenant_tables() if t.info.get("person") and t.info["person"] not in t.c]
    rules = {t.info["erase"] for t in tenant_tables() if t.info.get("person")}
    assert (silent, wrong) == ([], [])
    assert rules <= {"delete", "anonymise", "keep", "by hand"}


def leave(visitor):
    return visitor.submit("/account/leave")


def test_leaving_tells_first_and_then_forgets(app, as_role, client, town, world):
    who = as_role("resident")
    assert who.get("/account/leave").status_code == 200
    assert "Resident Testinen" in everything_of(app, town)
    assert leave(who).status_code == 303
    left = everything_of(app, town)
    for word in WORDS:
        assert word not in left, word
    topic = world.things["kokkola", "topic"]
    page = client.get(f"/topics/{topic}").text
    assert 'id="p1"' in page, "the number stays"
    assert "an answer with" in page, "others' posts stay"
    for word in WORDS:
        assert word not in page


def test_a_blocked_main_user_is_nobody_who_stays(as_role, writing, town, neighbour, world):
    for place in (town, neighbour):
        with writing(place) as db:
            memberships.grant(db, memberships.get(db, world.members[place.slug, "official"]), "admin")
    assert leave(as_role("admin", neighbour)).status_code == 303, "somebody stays"
    with writing(town) as db:
        memberships.get(db, world.members["kokkola", "official"]).blocked_at = clock.now()
    refused = leave(as_role("admin"))
    assert refused.status_code == 422
    with writing(town) as db:
        assert memberships.get(db, world.members["kokkola", "admin"]).erased_at is None


def test_a_town_may_keep_the_texts_without_the_name(app, as_role, client, writing, town, world):
    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.erasure": "keep"})
    leave(as_role("resident"))
    page = client.get(f"/topics/{world.things['kokkola', 'topic']}").text
    assert "first post, edited" in page
    assert "Resident Testinen" not in page
    assert "Resident Testinen" not in everything_of(app, town)


def test_what_is_left_leads_to_nobody(reading, as_role, town, member):
    leave(as_role("resident"))
    with reading(town) as db:
        row = db.find(Membership, id=member)
        assert (row.person_id, row.name, row.about, row.participant_roles) == (None, "", "", [])
        assert row.erased_at
        assert (
            db.scalar(
                select(func.count())
                .select_from(RoleGrant)
                .where(RoleGrant.tenant_id == town.id, RoleGrant.membership_id == member)
            )
            == 0
        )


def test_the_profile_page_is_gone(client, as_role, member):
    assert client.get(f"/people/{member}").status_code == 200
    leave(as_role("resident"))
    assert client.get(f"/people/{member}").status_code == 404


def test_the_log_stays_whole(app, as_role, reading, town):
    leave(as_role("resident"))
    with reading(town) as db:
        assert chain.first_bad(db) is None


def test_the_other_towns_are_not_touched(app, as_role, neighbour):
    before = every_row(app.settings, neighbour.id)
    leave(as_role("resident"))
    assert every_row(app.settings, neighbour.id) == before


def test_one_can_come_back_as_somebody_new(as_role, reading, town, world, member):
    who = as_role("resident")
    leave(who)
    assert who.get("/account").status_code == 200, "the account of the installation stays"
    who.submit("/join", name="Resident Testinen", terms="on")
    with reading(town) as db:
        again = db.find(Membership, person_id=world.people["kokkola", "resident"])
        assert again.id != member
        assert posts.get(db, world.things["kokkola", "post"]).author_id == member


def test_the_last_main_user_cannot_leave(as_role, reading, town, world):
    response = leave(as_role("admin"))
    assert response.status_code == 422
    with reading(town) as db:
        assert memberships.get(db, world.members["kokkola", "admin"]).name


def test_leaving_again_is_404(as_role):
    who = as_role("resident")
    leave(who)
    assert who.get("/account/leave").status_code == 404


def test_sessions_elsewhere_live_on(as_role, reading):
    who = as_role("resident")
    leave(who)
    with reading(None) as db:
        assert db.scalar(select(func.count()).select_from(PersonSession)) == 1


def test_an_export_and_an_erasure_as_functions(app, writing, town, member):
    with writing(town) as db:
        found = memberships.get(db, member)
        assert privacy.export(db, app.registry, found)["tenant"] == "kokkola"
        privacy.erase(db, app.registry, found)
    with writing(town) as db:
        assert privacy.export(db, app.registry, db.find(Membership, id=member))["membership"][0]["name"] == ""

"""The staff's pages of a municipality: what each role may open, and that what is done there is really done and logged."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from talkoot import clock
from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Flag, Post
from talkoot.db import for_tenant
from talkoot.db.engine import owner_engine
from talkoot.followup.models import FollowUp
from talkoot.jobs.models import Outbox
from talkoot.people import accounts, links, memberships, roles
from talkoot.people.models import Invitation, Membership
from talkoot.tenants import areas, organisations, registering
from talkoot.tenants.models import AreaRow, Organisation
from talkoot_forums import forums

PAGES = {
    "": ("moderator", "clerk", "editor", "official", "admin", "operator"),
    "reports": ("moderator", "admin"),
    "feedback": ("clerk", "official", "admin"),
    "feedback/new": ("clerk", "admin"),
    "people": ("admin", "operator"),
    "people/invite": ("admin", "operator"),
    "areas": ("admin", "operator"),
    "areas/new": ("admin", "operator"),
    "areas/keskusta": ("admin", "operator"),
    "bodies": ("admin", "operator"),
    "bodies/new": ("admin", "operator"),
    "texts": ("editor", "admin"),
    "texts/privacy": ("editor", "admin"),
    "settings": ("admin", "operator"),
    "settings/names": ("admin", "operator"),
    "settings/look": ("admin", "operator"),
    "settings/welcome": ("admin", "operator"),
    "settings/contact": ("admin", "operator"),
    "settings/members": ("admin", "operator"),
    "settings/forums": ("admin", "operator"),
    "settings/logo": ("admin", "operator"),
    "plugins": ("admin", "operator"),
    "log": ("moderator", "admin", "operator"),
}
EVERYBODY = ("resident", "convener", "moderator", "official", "councillor", "clerk", "editor", "admin", "operator")


def today_in(tenant):
    return clock.today(tenant.time_zone)


def actions(reading, tenant):
    with reading(tenant) as db:
        return [line.action for line in audit.lines(db)]


# --- who may open what --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", EVERYBODY)
def test_each_role_opens_its_own_pages_and_no_others(as_role, role):
    person = as_role(role)
    answers = {path: person.get(f"/staff/{path}").status_code for path in PAGES}
    assert answers == {path: 200 if role in may else 403 for path, may in PAGES.items()}


def test_a_guest_is_asked_to_sign_in(client):
    for path in PAGES:
        answer = client.get(f"/staff/{path}")
        assert (answer.status_code, "/sign-in" in answer.headers.get("Location", "")) == (303, True), path


def test_the_neighbours_admin_is_nobody_here(as_role, visitor, town, neighbour, world):
    admin = visitor(town).sign_in_as(world.people[neighbour.slug, "admin"])
    assert {admin.get(f"/staff/{path}").status_code for path in PAGES} == {403}


def test_the_staff_pages_show_nothing_of_the_neighbour(as_role):
    admin = as_role("admin")
    for path in PAGES:
        assert "CANARY-B" not in admin.get(f"/staff/{path}").text, path


def test_the_pages_do_not_exist_on_the_installations_own_site(visitor, world, town):
    assert visitor(tenant=None).sign_in_as(world.people[town.slug, "admin"]).get("/staff/").status_code == 404


def test_a_moderator_of_an_area_sees_its_reports_only(as_role, writing, town, world):
    with writing(town) as db:
        resident = memberships.get(db, world.members[town.slug, "resident"])
        elsewhere = areas.add(db, {"fi": "Lohtaja"})
        roles.give(db, resident, "moderator", scope=("area", elsewhere.id), last_day=None)
    person = as_role("resident")
    assert person.get("/staff/").status_code == 200
    assert "first post" not in person.get("/staff/reports").text
    assert "a post that is hidden" not in person.get("/staff/reports").text
    with writing(town) as db:
        resident = memberships.get(db, world.members[town.slug, "resident"])
        roles.give(db, resident, "moderator", scope=("area", world.things[town.slug, "area"].id), last_day=None)
    assert "a post that is hidden" in person.get("/staff/reports").text
    assert person.get("/staff/people").status_code == 403


# --- the desk, reports and feedback -------------------------------------------------------------------------------


def test_the_desk_counts_what_waits(as_role, address):
    text = as_role("admin", by=address).get("/staff/").text
    assert f'href="{"/kokkola" if address == "path" else ""}/staff/reports"' in text
    assert "Katuvalot" in text


def flagged(writing, town, world):
    """A report of a post that can still be seen."""
    with writing(town) as db:
        open_flag = db.scalars(for_tenant(db, Flag)).one()
        open_flag.post_id = world.things[town.slug, "second post"]


def test_a_report_is_answered_by_hiding_with_a_reason(as_role, reading, writing, town, world):
    flagged(writing, town, world)
    moderator = as_role("moderator")
    assert moderator.submit("/staff/reports", reason="", act="hide").status_code == 422
    assert moderator.submit("/staff/reports", reason="An insult, rule 2.", act="hide").status_code == 303
    with reading(town) as db:
        post = db.find(Post, id=world.things[town.slug, "second post"])
        assert post.hidden_reason == "An insult, rule 2."
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == ["hidden"]
    assert actions(reading, town)[0] == "post_hide"


def test_a_report_is_answered_by_keeping(as_role, reading, writing, town, neighbour, world):
    flagged(writing, town, world)
    assert as_role("moderator").submit("/staff/reports", act="keep").status_code == 303
    with reading(town) as db:
        assert db.find(Post, id=world.things[town.slug, "second post"]).hidden_at is None
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == ["kept"]
    with reading(neighbour) as db:
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == [None]


def test_a_report_of_another_town_cannot_be_answered(as_role, town, neighbour, world):
    moderator = as_role("moderator")
    token = moderator.token_of("/staff/reports")
    theirs = str(world.things[neighbour.slug, "hidden post"])
    answer = moderator.post("/staff/reports", data={"csrf_token": token, "post": theirs, "act": "keep"})
    assert answer.status_code == 404


def test_a_clerk_keys_in_a_paper_contribution_and_gets_a_code(as_role, client, reading, town):
    clerk = as_role("clerk")
    answer = clerk.submit("/staff/feedback/new", text="The bench is broken.", channel="paper", language="sv", area="")
    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", answer.text)
    assert answer.status_code == 200
    assert code
    with reading(town) as db:
        given = db.scalars(for_tenant(db, Contribution).where(Contribution.channel == "paper")).one()
        assert (given.language, given.author_id) == ("sv", None)
    assert actions(reading, town)[0] == "contribution_keyed"
    assert "The bench is broken." in client.submit("/feedback/follow", code=code[0].lower()).text
    assert "The bench is broken." in clerk.get("/staff/feedback").text


def test_the_same_slip_sent_twice_is_one_contribution(as_role, reading, town):
    clerk = as_role("clerk")
    form = {"csrf_token": clerk.token_of("/staff/feedback/new"), "submission": "01890000-0000-7000-8000-000000000001"}
    form |= {"text": "Twice.", "channel": "phone", "language": "fi"}
    first, second = (clerk.post("/staff/feedback/new", data=form).text for _ in range(2))
    codes = [re.search(r"class=\"code\">([^<]+)<", answer) for answer in (first, second)]
    assert codes[0][1] == codes[1][1]  # a browser shows only the second answer
    with reading(town) as db:
        assert len(list(db.scalars(for_tenant(db, Contribution).where(Contribution.source == "Twice.")))) == 1


def test_keying_in_never_pretends_to_be_online(as_role):
    clerk = as_role("clerk")
    token = clerk.token_of("/staff/feedback/new")
    answer = clerk.post(
        "/staff/feedback/new", data={"csrf_token": token, "text": "x", "channel": "online", "language": "fi"}
    )
    assert answer.status_code == 404


def test_late_feedback_comes_first_and_is_marked(as_role, writing, town, clock):
    clerk = as_role("clerk")
    clerk.submit("/staff/feedback/new", text="newer", channel="phone", language="fi", area="")
    with writing(town) as db:
        made = db.scalars(
            for_tenant(db, FollowUp).where(FollowUp.subject_kind == "contribution").order_by(FollowUp.number)
        ).first()
        made.due_on -= timedelta(days=60)
    text = clerk.get("/staff/feedback").text
    assert text.index("a lamp is dark") < text.index("newer")
    assert "standing overdue" in text


# --- people -------------------------------------------------------------------------------------------------------


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


def test_an_invitation_is_mailed_and_gives_its_roles(as_role, client, reading, town, run_jobs, app):
    assert (
        as_role("admin")
        .submit("/staff/people/invite", email="New@Example.fi", roles=["clerk"], title="Clerk")
        .status_code
        == 303
    )
    with reading(town) as db:
        invitation = db.scalars(for_tenant(db, Invitation)).one()
        assert (invitation.email, invitation.roles) == ("new@example.fi", ["clerk"])
    assert actions(reading, town)[0] == "person_invited"
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


def test_an_invitation_is_sent_again_and_taken_back(as_role, reading, town):
    admin = as_role("admin")
    admin.submit("/staff/people/invite", email="new@example.fi", roles=["editor"])
    admin.submit("/staff/people", action="invitations/", act="again")
    with reading(town) as db:
        mails = select(Outbox).where(Outbox.tenant_id == town.id, Outbox.kind == "people.invite")
        assert len(db.scalars(mails).all()) == 2
    admin.submit("/staff/people", action="invitations/", act="withdraw")
    with reading(town) as db:
        assert db.scalars(for_tenant(db, Invitation)).all() == []
    assert actions(reading, town)[:3] == ["invitation_withdrawn", "invitation_sent_again", "person_invited"]


def test_a_role_is_given_in_an_area_until_a_day_and_taken_again(as_role, reading, town, world):
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
    assert actions(reading, town)[:2] == ["role_taken", "role_given"]


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


def test_a_badge_is_given_and_taken(as_role, client, reading, town, world):
    admin, path = as_role("admin"), member_page(world, town, "resident")
    admin.submit(path, verified_as="councillor", title="Council chair")
    assert "Council chair" in client.get(f"/people/{world.members[town.slug, 'resident']}").text
    admin.submit(path, verified_as="", title="")
    assert "Council chair" not in client.get(f"/people/{world.members[town.slug, 'resident']}").text
    assert actions(reading, town)[:2] == ["person_unverified", "person_verified"]


def test_a_blocked_member_can_read_but_not_write(as_role, reading, town, world):
    admin, path = as_role("admin"), member_page(world, town, "resident")
    number = world.things[town.slug, "topic"]
    assert admin.submit(path, reason="").status_code == 422
    admin.submit(path, reason="Advertising again and again")
    resident = as_role("resident")
    assert (resident.get("/forums/").status_code, resident.get(f"/topics/{number}/reply").status_code) == (200, 403)
    admin.submit(path, act="unblock")
    assert resident.get(f"/topics/{number}/reply").status_code == 200
    assert actions(reading, town)[:2] == ["person_unblocked", "person_blocked"]


def test_a_member_of_another_town_has_no_page_here(as_role, neighbour, world):
    assert as_role("admin").get(f"/staff/people/{world.members[neighbour.slug, 'resident']}").status_code == 404


# --- settings -----------------------------------------------------------------------------------------------------


def test_settings_are_saved_shown_at_once_and_logged(as_role, client, reading, town, app, address):
    admin = as_role("admin", by=address)
    app.directory.max_age = 3600.0  # other workers may be behind; the staff's page is not
    answer = admin.submit("/staff/settings/contact", **{"site.contact": "Town hall, Street 1", "answers.days": "21"})
    assert answer.status_code == 303
    text = admin.get("/staff/settings").text
    assert "Town hall, Street 1" in text
    assert "21" in text
    assert actions(reading, town)[:2] == ["setting_changed", "setting_changed"]
    assert "Town hall, Street 1" in client.get("/").text


@pytest.mark.parametrize("days", ["0", "400", "-1", "soon", ""])
def test_days_that_cannot_be_are_refused(as_role, reading, town, days):
    assert as_role("admin").submit("/staff/settings/contact", **{"answers.days": days}).status_code == 422
    with reading(town) as db:
        assert "answers.days" not in registering.row(db, town.slug).settings


def test_an_address_for_answers_must_be_one(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/settings/contact", **{"mail.reply_to": "not an address"}).status_code == 422
    assert admin.submit("/staff/settings/contact", **{"mail.reply_to": "Office@Kokkola.example"}).status_code == 303


def test_a_colour_is_looked_at_before_it_is_saved(as_role, reading, town):
    admin = as_role("admin")
    looked = admin.submit("/staff/settings/look", **{"site.brand": "#1f6b45", "act": "check"})
    assert looked.status_code == 200
    assert "#1f6b45" in looked.text
    pale = admin.submit("/staff/settings/look", **{"site.brand": "#ffcc00", "act": "check"})
    assert "verdict bad" in pale.text
    assert admin.submit("/staff/settings/look", **{"site.brand": "#ffcc00"}).status_code == 422
    with reading(town) as db:
        assert "site.brand" not in registering.row(db, town.slug).settings
    assert admin.submit("/staff/settings/look", **{"site.brand": "#1f6b45"}).status_code == 303
    assert "/colours/1f6b45.css" in admin.get("/staff/settings").text


def test_a_theme_must_be_installed(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/settings/look", **{"site.theme": "no-such-theme"}).status_code == 422
    assert admin.submit("/staff/settings/look", **{"site.theme": "contrast"}).status_code == 303


def test_what_the_region_mandates_cannot_be_changed(as_role, reading, writing, town, region):
    with writing(None) as db:
        registering.rule_setting(db, region.id, "answers.days", "mandate", 7)
    admin = as_role("admin")
    page = admin.get("/staff/settings/contact").text
    assert 'name="answers.days"' not in page
    assert "Keski-Pohjanmaa" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    form = {"csrf_token": admin.token_of("/staff/settings/contact"), "seen": seen, "answers.days": "200"}
    assert admin.post("/staff/settings/contact", data=form).status_code == 404
    with reading(town) as db:
        assert "answers.days" not in registering.row(db, town.slug).settings


def test_what_the_region_offers_is_where_one_begins(as_role, writing, town, region, app):
    with writing(None) as db:
        registering.rule_setting(db, region.id, "people.names", "offer", "real")
    admin = as_role("admin")
    assert re.search(r'value="real" checked', admin.get("/staff/settings/members").text)
    admin.submit("/staff/settings/members", **{"people.names": "pseudonym"})
    assert app.directory.current().by_id[town.id].setting("people.names") == "pseudonym"
    admin.submit("/staff/settings/members", back="people.names")
    assert app.directory.current().by_id[town.id].setting("people.names") == "real"


def test_two_people_at_the_same_settings_lose_nothing(as_role, town):
    admin, operator = as_role("admin"), as_role("operator")
    page = admin.get("/staff/settings/welcome").text
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    operator.submit("/staff/settings/welcome", **{"site.welcome_fi": "from the operator"})
    form = {"csrf_token": admin.token_of("/staff/settings/welcome"), "seen": seen, "site.welcome_fi": "from the admin"}
    answer = admin.post("/staff/settings/welcome", data=form)
    assert answer.status_code == 409
    assert "from the operator" in answer.text
    assert "from the admin" in answer.text


def test_names_and_languages_change_the_site(as_role, client, reading, town):
    fields = {
        "name_fi": "Uusi Kokkola",
        "language_1": "sv",
        "name_sv": "Nya Karleby",
        "language_2": "fi",
        "language_3": "",
    }
    assert as_role("admin").submit("/staff/settings/names", **fields).status_code == 303
    assert '<html lang="sv"' in client.get("/").text
    assert "Nya Karleby" in client.get("/").text
    assert actions(reading, town)[0] == "names_changed"


@pytest.mark.parametrize(
    "fields",
    [
        {"language_1": "fi", "language_2": "fi", "language_3": ""},
        {"name_fi": "", "language_1": "fi"},
        {"language_1": "xx"},
        {"time_zone": "Europe/Atlantis"},
    ],
)
def test_names_and_languages_that_cannot_be_are_refused(as_role, reading, town, fields):
    assert as_role("admin").submit("/staff/settings/names", **fields).status_code == 422
    with reading(town) as db:
        assert registering.row(db, town.slug).languages == ["fi", "sv", "en"]


def test_a_plugin_is_switched_without_a_restart(as_role, client, reading, town, neighbour, visitor):
    admin = as_role("admin")
    assert client.get("/forums/").status_code == 200
    answer = admin.submit("/staff/plugins", plugin="forums", on="0")
    assert answer.status_code == 303
    assert client.get("/forums/").status_code == 404
    assert visitor(neighbour).get("/forums/").status_code == 200
    admin.submit("/staff/plugins", plugin="forums", on="1")
    assert client.get("/forums/").status_code == 200
    assert actions(reading, town)[:2] == ["plugin_on", "plugin_off"]


@pytest.mark.parametrize("rule", ["mandate", "forbid"])
def test_a_plugin_the_region_decides_cannot_be_switched(as_role, client, writing, region, rule):
    with writing(None) as db:
        registering.rule_plugin(db, region.id, "forums", rule)
    admin = as_role("admin")
    token = admin.token_of("/staff/settings/contact")
    answer = admin.post(
        "/staff/plugins", data={"csrf_token": token, "plugin": "forums", "on": "0" if rule == "mandate" else "1"}
    )
    assert answer.status_code == 422
    assert client.get("/forums/").status_code == (200 if rule == "mandate" else 404)


def test_an_unknown_plugin_is_not_found(as_role):
    admin = as_role("admin")
    token = admin.token_of("/staff/settings/contact")
    assert admin.post("/staff/plugins", data={"csrf_token": token, "plugin": "nothing", "on": "1"}).status_code == 404


# --- areas, bodies, texts -----------------------------------------------------------------------------------------


def test_an_area_is_added_changed_and_ended(as_role, client, reading, town):
    admin = as_role("admin")
    fields = {
        "name_fi": "Kälviä",
        "name_sv": "Kelviå",
        "kind": "former_municipality",
        "former_code": "315",
        "about_fi": "Oma kunta vuoteen 2009.",
    }
    assert admin.submit("/staff/areas/new", **fields).status_code == 303
    assert "Oma kunta vuoteen 2009." in client.get("/areas/kalvia/").text
    assert "Kälviä" in client.get("/").text
    yesterday = clock.today(town.time_zone) - timedelta(days=1)
    assert admin.submit("/staff/areas/kalvia", last_day=yesterday.isoformat()).status_code == 303
    assert "Kälviä" not in client.get("/").text
    assert (
        admin.submit("/staff/areas/kalvia", valid_from=yesterday.isoformat(), last_day="2001-01-01").status_code == 422
    )
    with reading(town) as db:
        assert db.find(AreaRow, slug="kalvia").former_code == "315"
    assert actions(reading, town)[:2] == ["area_changed", "area_added"]


def test_an_area_needs_a_name_of_its_own(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/areas/new", name_fi="").status_code == 422
    assert admin.submit("/staff/areas/new", name_fi="Keskusta").status_code == 422


def test_two_people_at_the_same_area_lose_nothing(as_role):
    admin, operator = as_role("admin"), as_role("operator")
    old = re.search(r'name="seen" value="(\w+)"', admin.get("/staff/areas/keskusta").text)[1]
    operator.submit("/staff/areas/keskusta", about_fi="from the operator")
    answer = admin.submit("/staff/areas/keskusta", about_fi="from the admin", seen=old)
    assert answer.status_code == 409
    assert "from the operator" in answer.text
    assert "from the admin" in answer.text


def test_a_body_is_added_and_owes_answers(as_role, reading, town, neighbour):
    admin = as_role("admin")
    assert (
        admin.submit("/staff/bodies/new", name_fi="Nuorisovaltuusto", kind="working_group", body="1").status_code == 303
    )
    assert admin.submit("/staff/bodies/new", name_fi="", kind="working_group").status_code == 422
    assert admin.submit("/staff/bodies/new", name_fi="X", kind="nonsense").status_code == 422
    with reading(town) as db:
        row = db.scalars(
            select(Organisation).where(Organisation.tenant_id == town.id).order_by(Organisation.id.desc())
        ).first()
        assert (organisations.name(row, "fi"), row.body) == ("Nuorisovaltuusto", True)
    with reading(neighbour) as db:
        assert "Nuorisovaltuusto" not in [organisations.name(row, "fi") for row in organisations.listed(db, "fi")]
    assert admin.submit(f"/staff/bodies/{row.id}", name_fi="Nuorisovaltuusto", body=None).status_code == 303
    assert actions(reading, town)[:2] == ["body_changed", "body_added"]


def test_another_towns_body_is_not_found(as_role, neighbour, world):
    assert as_role("admin").get(f"/staff/bodies/{world.things[neighbour.slug, 'body']}").status_code == 404


def test_a_text_is_changed_in_one_language(as_role, client):
    editor = as_role("editor")
    assert editor.submit("/staff/texts/privacy?language=sv", text="Vår **egen** text.").status_code == 303
    assert "Vår <strong>egen</strong> text." in client.get("/about/privacy?lang=sv").text
    assert "Vår" not in client.get("/about/privacy?lang=fi").text
    assert editor.get("/staff/texts/nothing").status_code == 404
    assert editor.get("/staff/texts/privacy?language=xx").status_code == 404


def test_the_later_editor_sees_both_texts(as_role):
    first, second = as_role("editor"), as_role("admin")
    first.submit("/staff/texts/terms?language=fi", text="the first text")
    answer = second.submit("/staff/texts/terms?language=fi", text="the second text", version="0")
    assert answer.status_code == 409
    assert "the first text" in answer.text
    assert "the second text" in answer.text
    assert second.submit("/staff/texts/terms?language=fi", text="both texts").status_code == 303


def test_the_standard_text_can_be_taken_back(as_role, client, reading, town):
    editor = as_role("editor")
    editor.submit("/staff/texts/terms?language=fi", text="our own terms")
    assert editor.submit("/staff/texts/terms?language=fi", act="forget", version="0").status_code == 409
    assert editor.submit("/staff/texts/terms?language=fi", act="forget").status_code == 303
    assert "our own terms" not in client.get("/about/terms?lang=fi").text
    assert actions(reading, town)[:2] == ["text_forgotten", "text_changed"]


# --- the log ------------------------------------------------------------------------------------------------------


def test_the_log_names_who_did_what_to_whom(as_role, town, world):
    admin = as_role("admin")
    admin.submit(member_page(world, town, "resident"), reason="a reason to remember")
    text = admin.get("/staff/log").text
    assert "Admin Testinen" in text
    assert "Resident Testinen" in text
    assert "a reason to remember" in text


def test_the_log_tells_whether_it_is_whole(as_role, writing, town, app, unwatched):

    admin = as_role("admin")
    assert "promise-answered" in admin.get("/staff/log?check=1").text
    engine = owner_engine(app.settings)
    with unwatched(), engine.begin() as connection:
        connection.execute(
            update(AuditEntry.__table__)
            .where(AuditEntry.tenant_id == town.id, AuditEntry.seq == 1)
            .values(reason="forged")
        )
    engine.dispose()
    assert 'role="alert"' in admin.get("/staff/log?check=1").text


def test_an_operators_act_is_in_the_towns_log(as_role, reading, town, neighbour):
    before = len(actions(reading, neighbour))
    as_role("operator").submit("/staff/settings/contact", **{"answers.days": "9"})
    with reading(town) as db:
        line = audit.lines(db)[0]
    assert (line.action, line.by) == ("setting_changed", None)
    assert len(actions(reading, neighbour)) == before


# --- what roles are for, and the log in words ---------------------------------------------------------------------


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


def test_the_log_says_titles_instead_of_keys(as_role, world, town):
    admin = as_role("admin")
    person = f"/staff/people/{world.members[town.slug, 'resident']}"
    admin.submit("/staff/settings/members", **{"people.names": "pseudonym"})
    admin.submit("/staff/settings/look", **{"site.theme": "contrast"})
    admin.submit(person, role="clerk", scope=str(world.things[town.slug, "area"].id))
    admin.submit("/staff/people/invite", email="new@kokkola.example", roles=["clerk", "editor"])
    admin.submit("/staff/plugins", plugin="forums", on="0")
    text = admin.get("/staff/log?lang=en").text
    for words in (
        "Names shown: Pseudonyms", "Theme: High contrast", "Clerk · Keskusta", "Clerk, Editor", "Community forums",
    ):  # fmt: skip
        assert f'dir="auto">{words}</p>' in text, words
    for key in ("people.names", "site.theme", ">clerk", ">forums<"):
        assert key not in text, key


def test_the_log_says_what_a_region_has_decided(visitor, as_role, world, town, region):
    operator = visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])
    operator.submit(
        "/operator/regions/keski-pohjanmaa",
        **{"plugin:forums": "mandate", "rule:answers.days": "offer", "value:answers.days": "14"},
    )
    text = as_role("admin", tenant=region).get("/staff/log?lang=en").text
    assert "Community forums: Mandated" in text
    assert "Days within which an answer is promised: Offered 14" in text


def test_a_reason_that_nobody_can_translate_stays(as_role, writing, town):
    with writing(town) as db:
        audit.note(db, "setting_changed", actor=None, reason="gone.plugin: 7")
        audit.note(db, "post_hide", actor=None, reason="clerk, admin: an insult")
    text = as_role("admin").get("/staff/log").text
    assert "gone.plugin: 7" in text
    assert "clerk, admin: an insult" in text


# --- the menu -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["moderator", "admin"])
def test_the_menu_is_there_for_wide_and_for_narrow_screens(as_role, role):
    person = as_role(role)
    page = person.get("/staff/log").text
    wide, narrow = (page.partition(f"desk-nav-{kind}")[2].partition("</nav>")[0] for kind in ("wide", "narrow"))
    links = re.findall(r'href="([^"]+)"', wide)
    assert links == re.findall(r'href="([^"]+)"', narrow)
    assert len(links) == sum(role in may and path in BY_MENU for path, may in PAGES.items())


BY_MENU = {
    "",
    "reports",
    "feedback",
    "feedback/new",
    "people",
    "areas",
    "bodies",
    "texts",
    "settings",
    "plugins",
    "log",
}

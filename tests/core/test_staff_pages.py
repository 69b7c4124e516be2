"""The staff's pages of a municipality: what each role may open, the desk and its menu, reports and feedback."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text as sql

from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Flag, Post
from talkoot.db import for_tenant
from talkoot.errors import NotFoundError
from talkoot.followup.models import FollowUp
from talkoot.people import memberships, roles
from talkoot.tenants import areas

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


# --- who may open what ------------------------------------------------------------------------------------------------


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


# --- the desk, reports and feedback -----------------------------------------------------------------------------------


def test_the_desk_counts_what_waits(as_role, address):
    text = as_role("admin", by=address).get("/staff/").text
    assert f'href="{"/kokkola" if address == "path" else ""}/staff/reports"' in text
    assert "Katuvalot" in text


def flagged(writing, town, world):
    """A report of a post that can still be seen."""
    with writing(town) as db:
        open_flag = db.scalars(for_tenant(db, Flag)).one()
        open_flag.post_id = world.things[town.slug, "second post"]


def test_a_report_is_answered_by_hiding_with_a_reason(as_role, reading, writing, town, world, actions):
    flagged(writing, town, world)
    moderator = as_role("moderator")
    assert moderator.submit("/staff/reports", reason="", act="hide").status_code == 422
    assert moderator.submit("/staff/reports", reason="An insult, rule 2.", act="hide").status_code == 303
    with reading(town) as db:
        post = db.find(Post, id=world.things[town.slug, "second post"])
        assert post.hidden_reason == "An insult, rule 2."
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == ["hidden"]
    assert actions(town)[0] == "post_hide"


def test_a_report_is_answered_by_keeping(as_role, reading, writing, town, neighbour, world):
    flagged(writing, town, world)
    assert as_role("moderator").submit("/staff/reports", act="keep").status_code == 303
    with reading(town) as db:
        assert db.find(Post, id=world.things[town.slug, "second post"]).hidden_at is None
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == ["kept"]
    with reading(neighbour) as db:
        assert [f.outcome for f in db.scalars(for_tenant(db, Flag))] == [None]


def ask_for_what_is_not_there(db, _ids):
    return db.execute(sql("SELECT 1 FROM no_such_table"))


def raises(error):
    def fail(_db, _ids):
        raise error

    return fail


@pytest.mark.parametrize(
    "broken", [raises(RuntimeError("no idea where")), raises(NotFoundError()), ask_for_what_is_not_there]
)
def test_a_plugin_that_fails_costs_its_own_reports_only(app, as_role, monkeypatch, logs, broken):

    moderator, kinds = as_role("moderator"), app.registry.conversation_kinds
    assert "a post that is hidden" in moderator.get("/staff/reports").text
    monkeypatch.setitem(kinds, "forums.topic", replace(kinds["forums.topic"], locate=broken))
    for path in ("/staff/", "/staff/reports", "/staff/log"):
        answer = moderator.get(path)
        assert answer.status_code == 200, path
        assert "a post that is hidden" not in answer.text
    assert {event["plugin"] for event in logs if event["event"] == "plugin_trouble"} == {"forums"}


def test_a_report_of_another_town_cannot_be_answered(as_role, town, neighbour, world):
    moderator = as_role("moderator")
    token = moderator.token_of("/staff/reports")
    theirs = str(world.things[neighbour.slug, "hidden post"])
    answer = moderator.post("/staff/reports", data={"csrf_token": token, "post": theirs, "act": "keep"})
    assert answer.status_code == 404


def test_a_clerk_keys_in_a_paper_contribution_and_gets_a_code(as_role, client, reading, town, actions):
    clerk = as_role("clerk")
    answer = clerk.submit("/staff/feedback/new", text="The bench is broken.", channel="paper", language="sv", area="")
    code = re.search(r"[A-Z2-9]{5}-[A-Z2-9]{5}", answer.text)
    assert answer.status_code == 200
    assert code
    with reading(town) as db:
        given = db.scalars(for_tenant(db, Contribution).where(Contribution.channel == "paper")).one()
        assert (given.language, given.author_id) == ("sv", None)
    assert actions(town)[0] == "contribution_keyed"
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


def test_an_area_that_is_none_is_refused_and_the_text_comes_back(as_role, actions, town):
    clerk = as_role("clerk")
    sent = {"csrf_token": clerk.token_of("/staff/feedback/new"), "text": "A long letter.", "channel": "paper"}
    answer = clerk.post("/staff/feedback/new", data={**sent, "language": "fi", "area": "x"})
    assert answer.status_code == 422
    assert "A long letter." in answer.text
    assert "contribution_keyed" not in actions(town)


def test_a_choice_that_has_ended_meanwhile_gives_the_letter_back(as_role, writing, town, neighbour, world):
    clerk, area = as_role("clerk"), world.things[town.slug, "area"]
    token = clerk.token_of("/staff/feedback/new")
    with writing(town) as db:
        row = areas.row_of(db, area.slug)
        row.valid_to = date(2021, 1, 1)
    theirs = world.things[neighbour.slug, "area"].id
    wrong = ({"area": str(area.id)}, {"area": str(theirs)}, {"area": str(uuid4())}, {"language": "de"})
    for fields in wrong:
        sent = {"csrf_token": token, "text": "A long letter.", "channel": "phone", "language": "fi", **fields}
        answer = clerk.post("/staff/feedback/new", data=sent)
        assert answer.status_code == 422, fields
        assert "A long letter." in answer.text
        assert 'value="phone" required checked' in answer.text
    with writing(town) as db:
        assert not db.scalars(for_tenant(db, Contribution).where(Contribution.source == "A long letter.")).all()


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


# --- the menu ---------------------------------------------------------------------------------------------------------


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

"""What the next page says after something was done: once, to the one who did it, on every page of staff and operators."""

from __future__ import annotations

import ast
import inspect
import re
from uuid import uuid4

import pytest

from talkoot.conversations import posts
from talkoot.operators.pages import rules, tenant
from talkoot.staff.pages import areas, bodies, logo, names, people, plugins, reports, settings, text_form
from talkoot.web import notices
from talkoot_forums import topics, upkeep
from talkoot_forums.models import Forum


def said(page):
    """What a page says about what was just done; None when it says nothing."""
    found = re.findall(r'<p class="said" role="status">([^<]*)</p>', page)
    assert len(found) < 2
    return found[0] if found else None


def after(person, answer):
    """What the page says to which a form leads."""
    assert answer.status_code == 303, answer.status_code
    return said(person.get(answer.headers["Location"].partition("#")[0] + "?lang=en").text)


@pytest.fixture
def operator(visitor, world, town):
    return visitor(tenant=None).sign_in_as(world.people[town.slug, "operator"])


@pytest.fixture
def lifted_topic(app, writing, town, neighbour, world):
    """Numbers of a topic and of the promise about it; the neighbour has the same."""

    def lift(tenant):
        member = {role: world.members[tenant.slug, role] for role in ("resident", "convener")}
        with writing(tenant) as db:
            place = db.find(Forum, slug=world.things[tenant.slug, "forum"])
            place.body_id = world.things[tenant.slug, "body"]
            draft = posts.NewPost(member["resident"], "Kysymys", uuid4(), tenant.language)
            number, _ = topics.begin(db, app.registry, place.id, title="Talvitie", kind="question", draft=draft)
            made = upkeep.lift(
                db, topics.get(db, number), by=member["convener"], words="Vastatkaa.", due_on=None,
                language=tenant.language, submission=uuid4(),
            )  # fmt: skip
            return number, made.number

    lift(neighbour)
    return lift(town)


FORMS = {
    "settings/contact": ({"site.contact": "Town hall"}, "Saved."),
    "settings/look": ({"site.brand": "#0f4c5c"}, "Saved."),
    "settings/names": ({"name_fi": "Kokkola", "name_sv": "Karleby"}, "Saved."),
    "areas/new": ({"name_fi": "Lohtaja"}, "Added."),
    "areas/keskusta": ({"about_fi": "The middle of the town."}, "Saved."),
    "bodies/new": ({"name_fi": "Nuorisovaltuusto"}, "Added."),
    "texts/contact": ({"text": "Come to the town hall."}, "Saved."),
    "people/invite": ({"email": "new@kokkola.example", "roles": "clerk"}, "The invitation is on its way."),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_saved_form_says_so_on_the_next_page(as_role, address, form):
    fields, sentence = FORMS[form]
    admin = as_role("admin", by=address)
    assert after(admin, admin.submit(f"/staff/{form}", **fields)) == sentence


def test_it_is_said_once(as_role):
    admin = as_role("admin")
    admin.submit("/staff/settings/contact", **{"site.contact": "Town hall"})
    texts_of = [said(admin.get("/staff/settings").text) for _ in range(3)]
    assert texts_of[0] is not None
    assert texts_of[1:] == [None, None]


def test_a_refused_form_says_nothing_of_the_kind(as_role):
    admin = as_role("admin")
    assert said(admin.submit("/staff/settings/contact", **{"answers.days": "0"}).text) is None
    assert said(admin.get("/staff/settings").text) is None


def test_nobody_else_reads_it(as_role, visitor):
    as_role("admin").submit("/staff/settings/contact", **{"site.contact": "Town hall"})
    assert said(as_role("moderator").get("/staff/").text) is None
    assert said(visitor().get("/").text) is None


def test_switches_and_roles_have_sentences_of_their_own(as_role, world, town):
    admin = as_role("admin")
    person = f"/staff/people/{world.members[town.slug, 'resident']}"
    assert after(admin, admin.submit(person, role="clerk", last_day="")) == "The role was given."
    grant = re.search(r'name="grant" value="([^"]+)"', admin.get(person).text)[1]
    assert after(admin, admin.submit(person, grant=grant)) == "The role was taken away."
    assert after(admin, admin.submit(person, reason="Spam")) == "Blocked: they can read but not write here."
    assert after(admin, admin.submit(person, act="unblock")) == "They can write here again."
    assert after(admin, admin.submit("/staff/plugins", plugin="noticeboard", on="0")).startswith("Switched off.")
    assert after(admin, admin.submit("/staff/plugins", plugin="noticeboard", on="1")).startswith("Switched on.")


def test_the_operators_pages_say_so_too(operator):
    site = "/operator/sites/kokkola"
    assert after(operator, operator.submit(site, host="foorumi.kokkola.example", canonical=None)) == "Added."
    assert after(operator, operator.submit(site, name_fi="Kokkola", name_sv="Karleby")) == "Saved."
    assert after(operator, operator.submit("/operator/regions/keski-pohjanmaa")) == "Saved."
    assert after(operator, operator.submit("/operator/texts/terms", text="New terms.")) == "Saved."
    assert after(operator, operator.submit(site, slug="kokkola", reason="Merged.")) == "The site is closed."
    assert after(operator, operator.submit("/operator/", action="/closed/kokkola")) == "The site is open again."


def test_a_made_up_cookie_shows_nothing(client):
    for value in ("<script>alert(1)</script>", "nonsense", ""):
        client.set_cookie(notices.COOKIE, value, domain=client.host)
        page = client.get("/about/terms")
        assert said(page.text) is None
        assert "alert(1)" not in page.text


def test_a_page_that_says_it_is_not_kept_for_others(client, visitor, page_cache):
    client.set_cookie(notices.COOKIE, "saved", domain=client.host, secure=True)
    assert said(client.get("/about/terms").text) is not None
    assert said(visitor().get("/about/terms").text) is None


MODULES = (areas, bodies, logo, names, people, plugins, reports, settings, text_form, rules, tenant)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_no_form_of_staff_or_operators_leads_on_in_silence(module):
    """After a POST these modules redirect with `done`, which says something, and never with `here.go`."""
    called = {
        ast.unparse(node.func) for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)
    }
    assert "done" in called
    assert "here.go" not in called


def test_acts_of_members_say_so_too(as_role, world, town, lifted_topic):
    topic, promise = lifted_topic
    convener, resident = as_role("moderator"), as_role("resident")
    care = f"/topics/{topic}/care"
    assert after(convener, convener.submit(care, act="pin")) == "Saved."
    assert after(convener, convener.submit(care, act="unpin")) == "Saved."
    assert after(convener, convener.submit(care, act="close", reason="Asia on selvä.")) == "Saved."
    step = {"state": "in_progress", "text": "It is being prepared."}
    admin = as_role("admin")
    assert after(admin, admin.submit(f"/promises/{promise}", **step)) == "Saved."
    assert after(resident, resident.submit("/account/profile", about="New words.")) == "Saved."
    assert after(resident, resident.submit("/account/leave")) == "You have left this site."

"""Adding and changing forums, and naming their conveners: found by name, never the whole register of members in a list."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import delete

from talkoot.people import accounts, memberships
from talkoot.testing.forms import posting_form
from talkoot_forums import forums
from talkoot_forums.models import Forum, Topic, TopicRedirect, TopicTag


@pytest.fixture
def members(writing, town, neighbour):
    """Let people of these names join the town, and others of the same names the neighbour."""

    def join(*names):
        for tenant, mark in ((town, ""), (neighbour, "CANARY-B-")):
            with writing(tenant) as db:
                for n, name in enumerate(names):
                    person = accounts.create(
                        db, f"{name.lower().replace(' ', '.')}{n}@{tenant.slug}.example", None, "fi", confirmed=True
                    )
                    memberships.join(db, person.id, f"{mark}{name}", language="fi")

    return join


@pytest.fixture
def path(world):
    return f"/forums/{world.things['kokkola', 'forum']}/manage"


def names(page):
    """The members that the page offers."""
    return re.findall(r"<bdi>([^<]*)</bdi>", page.partition('value="convene"')[2].partition("</form>")[0])


def test_members_are_listed_only_when_they_are_searched_for(members, as_role, path):
    members("Aino Alanko", "Aino Berg", "Elias Alanko")
    admin = as_role("admin")
    page = admin.get(path).text
    assert "Alanko" not in page
    assert "Resident Testinen" not in page
    assert names(admin.get(f"{path}?q=aino").text) == ["Aino Alanko", "Aino Berg"]
    assert names(admin.get(f"{path}?q=ALANKO").text) == ["Aino Alanko", "Elias Alanko"]
    assert names(admin.get(f"{path}?q=nobody").text) == []
    assert "CANARY-B" not in admin.get(f"{path}?q=a").text.partition("<main")[2].partition("</main>")[0]


def test_only_some_of_many_are_shown(members, as_role, path):
    members(*(f"Aino Numero {n:02d}" for n in range(30)))
    page = as_role("admin").get(f"{path}?q=aino&lang=en").text
    assert len(names(page)) == 20
    assert "There are more of them" in page


def test_who_is_blocked_is_not_offered(members, as_role, writing, town, path):
    members("Aino Alanko", "Aino Berg")
    with writing(town) as db:
        memberships.block(db, memberships.search(db, "Aino Berg")[0], True)
    assert names(as_role("admin").get(f"{path}?q=aino").text) == ["Aino Alanko"]


def test_a_convener_is_named_once(members, as_role, client, reading, town, world, path, actions):
    members("Aino Alanko")
    admin = as_role("admin")
    with reading(town) as db:
        chosen = memberships.search(db, "Aino Alanko")[0]
        forum = forums.get(db, world.things["kokkola", "forum"])
    for _ in range(2):
        sent = admin.submit(f"{path}?q=aino", act="convene", member=str(chosen.id))
        assert sent.status_code == 303
    assert "Aino Alanko" in admin.get(path).text
    assert "Aino Alanko" in client.get(f"/forums/{forum.slug}/").text
    assert actions(town).count("role_given") == 1
    with reading(town) as db:
        assert memberships.holders(db, "convener", (forums.SCOPE, forum.id)) == [chosen.id]


@pytest.mark.parametrize("member", ["", "x", "00000000-0000-0000-0000-000000000000", "neighbour"])
def test_somebody_who_is_no_member_is_not_found(as_role, world, path, member):
    admin = as_role("admin")
    chosen = str(world.members["kronoby", "resident"]) if member == "neighbour" else member
    fields = {"csrf_token": admin.token_of(path), "act": "convene", "member": chosen}
    assert admin.post(path, data=fields).status_code == 404


@pytest.mark.parametrize("role", ["guest", "resident", "convener", "moderator", "official"])
def test_others_neither_see_nor_name(as_role, world, path, role):
    closed = world.things["kokkola", "members' forum"]
    for page in (path, "/forums/manage", f"/forums/{closed}/manage"):
        assert as_role(role).get(page).status_code == (303 if role == "guest" else 403)


def test_a_new_forum_leads_to_its_convener(as_role, members, reading, town):
    members("Aino Alanko")
    admin = as_role("admin")
    made = admin.submit("/forums/manage", name_fi="Uusi foorumi")
    assert made.status_code == 303
    assert made.location == "/kokkola/forums/uusi-foorumi/manage#conveners"
    assert "Aino Alanko" in admin.get("/forums/uusi-foorumi/manage?q=aino").text


def test_a_new_forum_without_a_name_is_refused(as_role):
    refused = as_role("admin").submit("/forums/manage", name_fi=" ", about_fi="Kaikesta vähän.")
    assert refused.status_code == 422
    assert "Kaikesta vähän." in refused.text


@pytest.mark.parametrize("field", ["area", "body"])
@pytest.mark.parametrize("chosen", ["x", "00000000-0000-0000-0000-00000000000", "neighbour's"])
def test_what_is_no_choice_is_refused_and_changes_nothing(as_role, reading, town, world, path, field, chosen):
    admin, slug = as_role("admin"), world.things["kokkola", "forum"]
    theirs = {"area": world.things["kronoby", "area"].id, "body": world.things["kronoby", "body"]}
    form = posting_form(admin.get(path).text, ["name_fi", "seen"]).filled({"name_fi": "Uusi nimi"})
    with reading(town) as db:
        before = forums.get(db, slug)
    refused = admin.post(path, data={**form, field: str(theirs[field]) if chosen == "neighbour's" else chosen})
    assert refused.status_code == 422
    assert 'value="Uusi nimi"' in refused.text
    with reading(town) as db:
        assert forums.get(db, slug) == before


def test_who_saves_later_sees_what_was_saved_meanwhile(as_role, reading, town, world, path):
    one, other = as_role("admin"), as_role("admin")
    form = posting_form(other.get(path).text, ["name_fi", "seen"])
    assert one.submit(path, name_fi="Ensimmäisen nimi", about_fi="Ensimmäisen sanat").status_code == 303
    late = other.post(path, data=form.filled({"name_fi": "Toisen nimi"}))
    assert late.status_code == 409
    for text in ("Ensimmäisen nimi", "Ensimmäisen sanat", "Toisen nimi"):
        assert text in late.text, text
    with reading(town) as db:
        assert forums.get(db, world.things["kokkola", "forum"]).names["fi"] == "Ensimmäisen nimi"
    again = posting_form(late.text, ["name_fi", "seen"]).filled({})
    assert other.post(path, data=again).status_code == 303
    with reading(town) as db:
        assert forums.get(db, world.things["kokkola", "forum"]).names["fi"] == "Toisen nimi"


def test_words_in_a_language_that_the_site_has_no_more_are_kept(as_role, writing, reading, town, world, path):
    slug = world.things["kokkola", "forum"]
    with writing(town) as db:
        found = db.find(Forum, slug=slug)
        found.names, found.about = {**found.names, "se": "Gilit"}, {**found.about, "se": "Buot áššiid birra"}
    assert as_role("admin").submit(path, name_fi="Uusi nimi").status_code == 303
    with reading(town) as db:
        found = forums.get(db, slug)
        assert (found.names["fi"], found.names["se"], found.about["se"]) == ("Uusi nimi", "Gilit", "Buot áššiid birra")


def test_an_empty_home_leads_who_may_add_forums_on(as_role, visitor, writing, town):
    def offered(person):
        page = person.get("/?lang=en").text
        return "There are no forums here yet." in page, bool(
            re.search(r'href="[^"]*/forums/manage">Add a forum<', page)
        )

    assert offered(as_role("admin")) == (False, False)
    with writing(town) as db:
        db.execute(delete(TopicRedirect).where(TopicRedirect.tenant_id == town.id))
        db.execute(delete(TopicTag).where(TopicTag.tenant_id == town.id))
        db.execute(delete(Topic).where(Topic.tenant_id == town.id))
        db.execute(delete(Forum).where(Forum.tenant_id == town.id))
    assert offered(as_role("admin")) == (True, True)
    assert offered(as_role("resident")) == (True, False)
    assert offered(visitor()) == (True, False)

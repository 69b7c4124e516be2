"""The foot of every page: whose content it is and when it last changed; and the strip that asks for feedback."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from talkoot.followup import listing
from talkoot.site.models import PageText
from talkoot.tenants.models import TenantStamp

LONG_AGO = datetime(2026, 1, 31, 23, 30, tzinfo=UTC)  # already February in Finland


def imprint(page):
    """(who, the day) of the one line."""
    found = re.findall(r'<p class="imprint">(.*?)</p>', page, re.DOTALL)
    assert len(found) == 1
    who = re.search(r"<bdi>(.*?)</bdi>", found[0])
    day = re.search(r'<time datetime="([\d-]+)">', found[0])
    assert "\x00" not in page
    return who and who[1], day and day[1]


def changed_long_ago(writing, tenant_id):
    with writing(None) as db:
        db.quiet = True
        db.execute(update(TenantStamp).where(TenantStamp.tenant_id == tenant_id).values(moved_at=LONG_AGO))


PAGES = ("/", "/forums/", "/promises/", "/about/rules", "/feedback", "/sign-in", "/areas/keskusta/", "/nothing-here")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_names_the_town_and_the_day_of_its_last_change(client, writing, town, path):
    changed_long_ago(writing, town.id)
    assert imprint(client.get(path).text) == ("Kokkola", "2026-02-01")


def test_the_neighbours_change_is_not_ours(client, visitor, writing, town, neighbour):
    changed_long_ago(writing, neighbour.id)
    assert imprint(client.get("/").text)[1] != "2026-02-01"
    assert imprint(visitor(neighbour).get("/").text) == ("Kronoby", "2026-02-01")


def test_it_follows_what_people_do(as_role, client, writing, town, address):
    changed_long_ago(writing, town.id)
    as_role("admin").submit("/staff/settings/contact", **{"site.contact": "Town hall"})
    assert imprint(client.get("/").text)[1] > "2026-02-01"


def test_what_no_public_page_shows_does_not_move_it(client, writing, town, visitor, world):
    changed_long_ago(writing, town.id)
    visitor().sign_in_as(world.people[town.slug, "resident"]).get("/account")
    assert imprint(client.get("/").text)[1] == "2026-02-01"


def test_a_text_names_its_editor_and_its_own_day(client, writing, town):
    with writing(town) as db:
        db.find(PageText, page="contact", language="fi").changed_at = LONG_AGO
    assert imprint(client.get("/about/contact").text) == ("Editor Testinen", "2026-02-01")
    assert imprint(client.get("/about/privacy").text)[0] == "Kokkola"


def test_a_name_is_never_markup(client, writing, town, world):
    from talkoot.people import memberships

    with writing(town) as db:
        memberships.get(db, world.members[town.slug, "editor"]).name = "<b>Eeva & co"
    assert imprint(client.get("/about/contact").text)[0] == "&lt;b&gt;Eeva &amp; co"


def test_a_topic_and_a_promise_have_their_own_day(app, as_role, client, writing, reading, town, world):
    changed_long_ago(writing, town.id)
    number = world.things[town.slug, "topic"]
    assert imprint(client.get(f"/topics/{number}").text)[1] > "2026-02-01"
    with reading(town) as db:
        (promise, *_), _ = listing.listed(db, app.registry, "fi", standing="open")
    who, day = imprint(client.get(f"/promises/{promise.number}").text)
    assert (who, day > "2026-02-01") == ("Convener Testinen", True)


def test_the_installations_own_pages_have_it_too(visitor, app):
    for path in ("/", "/sign-in", "/about/terms", "/nothing-here"):
        who, day = imprint(visitor(tenant=None).get(path).text)
        assert (who, bool(day)) == (app.settings.installation_name, True), path


def test_it_is_not_remembered_from_one_page_to_the_next(client):
    """The foot is rendered once for many pages; this line is not."""
    first, second = client.get("/about/contact").text, client.get("/about/rules").text
    assert imprint(first)[0] == "Editor Testinen"
    assert imprint(second)[0] == "Kokkola"


def test_an_address_with_the_mark_in_it_is_only_an_address(client):
    text = client.get("/nothing%00imprint%00here").text
    assert text.count("<bdi>Kokkola</bdi>, ") == 1
    assert text.count("updated ") + text.count("päivitetty ") == 1


# --- the strip ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/forums/", "/about/rules", "/sign-in"])
def test_a_page_asks_for_feedback_and_says_on_which_page(client, path, address, visitor):
    text = visitor(by=address).get(path).text
    root = "/kokkola" if address == "path" else ""
    assert f'href="{root}/feedback?about={path}"' in text


def test_feedbacks_own_pages_do_not_ask_for_it(client):
    client.get("/")  # the strip is remembered now
    for path in ("/feedback", "/feedback?about=/forums/", "/feedback/follow"):
        text = client.get(path).text
        assert "feedback-strip" not in text, path
    assert "feedback-strip" in client.get("/about/rules").text
    assert "feedback-strip" not in client.submit("/feedback", text="A lamp is dark in the park.").text


def test_the_clerk_sees_on_which_page_it_was_given(as_role, visitor):
    guest = visitor()
    link = re.search(r'href="(/kokkola/feedback\?about=[^"]*)"', guest.get("/about/rules").text)[1]
    guest.submit(link, text="This page is hard to read.")
    assert "/about/rules" in as_role("clerk").get("/staff/feedback").text.partition("hard to read")[2][:400]

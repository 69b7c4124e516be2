"""Coming back and reading, in a browser: what is on the screen is told, new replies come in; and all of it by buttons alone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import update
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import faults, findings, is_narrow
from tests.plugins.forums.reading_as import begun, read, read_to, reply

from talkoot import clock
from talkoot.people.models import Membership

pytestmark = pytest.mark.database("sqlite")
ENGLISH = Look(language="en")
A_WHILE = 60_000  # a pause, the first that grew included


@pytest.fixture
def number(app, writing, town, world) -> int:
    """A topic of 24 posts by others, of which the resident has read 18; nothing else is new to them."""
    with writing(town) as db:
        everybody, yesterday = (Membership.tenant_id == town.id), clock.now() - timedelta(seconds=1)
        db.execute(update(Membership).where(everybody).values(read_before=yesterday))
        found = begun(app, db, world, "Laituri", by="official", replies=["clerk", "convener"] * 11 + ["clerk"])
        read(db, world, found, 18)
    return found


def told(page):
    """Waits for the page to tell what was read."""
    return page.expect_response(re.compile(r"/topics/\d+/read$"), timeout=6000)


def test_what_was_on_the_screen_is_told(as_role, look_at, reading, town, world, number):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address("/new/"))
        page.get_by_role("link", name=re.compile("6 new")).click()
        page.locator("#p19").wait_for()
        assert page.url.endswith("#p19")
        with told(page) as first:
            pass
        assert first.value.status == 204
        with reading(town) as db:
            seen = read_to(db, world, number)
        assert 19 <= seen <= 20
        page.goto(page.address(f"/topics/{number}?page=2"))
        with told(page):
            page.locator("#p24").scroll_into_view_if_needed()
        page.wait_for_timeout(1200)
        with told(page):  # what was seen last is told on leaving, however soon
            look_away(page)
    with reading(town) as db:
        assert read_to(db, world, number) == 24


def look_away(page, to="hidden"):
    page.evaluate(f"Object.defineProperty(document, 'visibilityState', {{ value: '{to}', configurable: true }})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_page_that_was_read_is_silent(as_role, look_at, writing, town, world, number):
    with writing(town) as db:
        read(db, world, number, 24)
    with look_at(as_role("resident"), ENGLISH) as page:
        sent = []
        page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
        page.goto(page.address(f"/topics/{number}?page=2"))
        page.wait_for_timeout(1500)
        assert sent == []


@pytest.fixture
def waited(writing, town, app, world, number):
    """Somebody replies so many times while a page is open, and the page looks for it."""

    def wait(page, replies):
        with writing(town) as db:
            reply(app, db, world, number, *["clerk"] * replies)
        with page.expect_response(re.compile("/newest$")) as answer:
            page.clock.run_for(A_WHILE)
        return answer.value

    return wait


@pytest.mark.parametrize("role", ["guest", "resident"])
def test_new_replies_come_in_without_leaving(as_role, look_at, number, waited, role):
    with look_at(as_role(role), ENGLISH) as page:
        page.clock.install()
        page.goto(page.address(f"/topics/{number}?page=2"))
        bar = page.locator(".new-replies")
        assert bar.get_attribute("role") == "status"
        waited(page, 0)
        assert bar.inner_text() == ""
        waited(page, 1)
        page.get_by_role("link", name="1 new reply").wait_for()
        waited(page, 2)
        newer = page.get_by_role("link", name="3 new replies")
        newer.wait_for()
        assert page.title().startswith("(3) Laituri")
        newer.click()
        page.locator("#p25:focus").wait_for()
        assert page.title().startswith("Laituri")
        assert bar.inner_text() == ""
        assert [post.get_attribute("id") for post in page.locator(".post").all()] == [f"p{n}" for n in range(21, 28)]
        waited(page, 1)
        page.get_by_role("link", name="1 new reply").wait_for()


def test_from_an_earlier_page_the_link_leads_to_them(as_role, look_at, number, waited):
    with look_at(as_role("guest"), ENGLISH) as page:
        page.clock.install()
        page.goto(page.address(f"/topics/{number}"))
        waited(page, 2)
        page.get_by_role("link", name="2 new replies").click()
        page.wait_for_url("**?page=2#p25")
        assert page.locator("#p25").is_visible()


def test_who_looks_elsewhere_is_not_asked_for(as_role, look_at, number):
    with look_at(as_role("guest"), ENGLISH) as page:
        page.clock.install()
        page.goto(page.address(f"/topics/{number}"))
        asked = []
        page.on("request", lambda request: asked.append(request) if request.url.endswith("/newest") else None)
        look_away(page)
        page.clock.run_for(10 * A_WHILE)
        assert asked == []
        look_away(page, "visible")
        with page.expect_response(re.compile("/newest$")):
            page.clock.run_for(1_500)


def test_the_pauses_grow_and_what_is_known_is_said(as_role, look_at, number):
    with look_at(as_role("guest"), ENGLISH) as page:
        page.clock.install()
        page.goto(page.address(f"/topics/{number}"))
        asked = []
        page.on("request", lambda request: asked.append(request) if request.url.endswith("/newest") else None)
        for _ in range(60):  # half an hour
            page.clock.run_for(30_000)
            for request in asked:
                request.response().finished()  # a slow answer is none of the pauses
            page.evaluate("document.title")
        assert 6 <= len(asked) <= 10


def test_all_of_it_without_scripting(app, as_role, look_at, writing, reading, town, world, number):
    with writing(town) as db:
        other = begun(app, db, world, "Sauna", by="clerk")
    with look_at(as_role("resident"), Look(language="en", scripting=False)) as page:
        page.goto(page.address("/"))
        page.get_by_role("navigation", name="Main menu").get_by_role("link", name="New for you").click()
        page.get_by_role("link", name="6 new").click()
        page.wait_for_url(f"**/topics/{number}/laituri#p19")
        page.get_by_role("button", name="Mark as read up to here").click()
        page.get_by_text("Marked as read.").wait_for()
        page.get_by_role("link", name="To the first new post").click()
        page.wait_for_url("**?page=2#p21")
        page.get_by_role("button", name="Mark as read up to here").click()
        page.wait_for_url("**?page=2#p24")
        assert page.get_by_role("link", name="To the first new post").count() == 0
        page.goto(page.address("/new/"))
        assert page.locator("a.row-title").all_inner_texts() == ["Sauna"]
        page.get_by_role("button", name="Mark all as read").click()
        page.get_by_text("You have read everything.").wait_for()
    with reading(town) as db:
        assert (read_to(db, world, number), read_to(db, world, other)) == (24, None)


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing(as_role, look_at, number, waited, look):
    with look_at(as_role("resident"), look) as page:
        found = [
            fault for path in ("/new/", f"/topics/{number}#p19", "/forums/kylat/") for fault in findings(page, path)
        ]
        assert is_narrow(page)
        page.clock.install()
        page.goto(page.address(f"/topics/{number}"))
        waited(page, 2)
        page.locator(".new-replies a").wait_for()
        found += faults(page)
    with look_at(as_role("clerk"), look) as page:
        page.goto(page.address("/new/"))
        page.locator("form[action$='/new/read'] button").click()
        page.locator(".said").wait_for()
        found += findings(page, "/new/")
    assert not found, "\n".join(found)

"""Confirming an address in Chromium: in another browser, with the back button, with a password that was forgotten."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow

pytestmark = pytest.mark.database("sqlite")
NEW = {"email": "newcomer@example.fi", "password": "aurinko nousee idästä", "name": "Noora Newcomer", "terms": "on"}
ENGLISH = Look(language="en")


@pytest.fixture
def link(visitor, mails):
    """Somebody signed up, in a browser that is not at hand any more; the path of the mailed link."""
    visitor().submit("/sign-up", **NEW)
    text = mails()[0].get_body(("plain",)).get_content()
    return urlsplit(re.search(r"https?://\S+", text)[0]).path.removeprefix("/kokkola")


@pytest.mark.parametrize(
    "look", [ENGLISH, Look(language="en", scripting=False, width=390)], ids=["scripting", "without"]
)
def test_another_browser_asks_for_the_password_and_going_back_tells_that_it_is_done(visitor, look_at, link, look):
    with look_at(visitor(), look) as page:
        page.goto(page.address(link))
        page.get_by_role("button", name="Confirm and sign in").click()
        page.locator(".field-error").wait_for()
        page.get_by_label("Password").fill(NEW["password"])
        page.get_by_role("button", name="Confirm and sign in").click()
        page.get_by_role("link", name="Noora Newcomer").wait_for()
        for _ in range(2):  # back over the form that was refused, to the one that the mail opened
            page.go_back()
        assert page.inner_text("h1") == "Your address is confirmed already"
        page.get_by_role("link", name="Go on").click()
        assert urlsplit(page.url).path == "/kokkola/"


def test_a_forgotten_password_is_chosen_anew(visitor, look_at, link):
    with look_at(visitor(), ENGLISH) as page:
        page.goto(page.address(link))
        page.get_by_role("button", name="I have forgotten it").click()
        page.get_by_role("heading", name="Choose a new password").wait_for()
        page.get_by_label("New password").fill("nine grey geese fly")
        page.get_by_role("button", name="Save and sign in").click()
        page.locator("main", has_text="Noora Newcomer").wait_for()
    with look_at(visitor(), ENGLISH) as page:
        page.goto(page.address(link))
        page.get_by_role("main").get_by_role("link", name="Sign in").click()
        page.get_by_label("E-mail address").fill(NEW["email"])
        page.get_by_label("Password").fill("nine grey geese fly")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Noora Newcomer").wait_for()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_on_these_pages(visitor, look_at, link, look):
    owner = visitor()
    anew = urlsplit(owner.submit(link, forgotten="1").location).path
    with look_at(owner, look) as page:
        found = [*findings(page, link), *findings(page, anew)]
        page.goto(page.address(link))
        page.locator("main form button").first.click()
        page.locator(".errors").wait_for()
        found += findings(page, f"{link}?refused=1")
        assert is_narrow(page)
        owner.submit(anew, password=NEW["password"])
        found += findings(page, link)
        page.context.clear_cookies()
    with look_at(visitor(), look) as page:
        found += findings(page, link)
        assert is_narrow(page)
    assert not found, "\n".join(found)

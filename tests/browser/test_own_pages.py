"""Following, notices, bookmarks and mail as a member meets them, in Chromium: axe, narrow screens, no JavaScript."""

from __future__ import annotations

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow
from tests.core.told import noticing

from talkoot.notices import bookmarks
from talkoot.people import links

__all__ = ["noticing"]
pytestmark = pytest.mark.database("sqlite")
OWN = ("notices/", "following", "bookmarks/", "contributions/", "mail")


@pytest.fixture
def resident(as_role, noticing, world, writing, town):
    """A resident with a notice of each kind that is common, a bookmark with a reminder, and things that they follow."""
    noticing.follow("resident", "area", world.things["kokkola", "area"].id)
    noticing.say("admin", quote_of=world.things["kokkola", "post"])
    noticing.say("editor", "Something else.")
    with writing(town) as db:
        bookmarks.keep(db, noticing.member("resident"), world.things["kokkola", "second post"], True)
    return as_role("resident")


@pytest.mark.parametrize("look", [*LOOKS, Look(width=320), Look("contrast", width=640)], ids=str)
def test_axe_finds_nothing_and_nothing_scrolls_sideways(resident, look_at, look, world, noticing, app, town):
    token = links.sign(app.settings, "unsubscribe", town, member=str(noticing.member("resident")), what="rest")
    area = world.things["kokkola", "area"]
    pages = [*(f"/my/{page}" for page in OWN), f"/follow/area/{area.id}", f"/unsubscribe/{token}"]
    with look_at(resident, look) as page:
        for path in pages:
            found = findings(page, path)
            assert not found, "\n".join(found)
            assert is_narrow(page), path


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_a_member_follows_keeps_is_reminded_and_reads(resident, look_at, world, scripting):
    with look_at(resident, Look(language="sv", scripting=scripting)) as page:
        page.goto(page.address(f"/topics/{world.things['kokkola', 'topic']}"))
        assert page.locator(".bell .count").inner_text() == "3"
        page.locator("#p1 button.bookmark").click()
        page.locator("#p1 button.bookmark[aria-pressed=true]").wait_for()
        follow = page.locator(".topic-aside form.follow button")
        assert follow.get_attribute("value") == "0", "they have written here"
        follow.click()
        page.locator(".said").wait_for()
        assert page.locator(".topic-aside form.follow button").get_attribute("value") == "1"
        page.goto(page.address("/my/bookmarks/"))
        page.locator("details summary").first.click()
        page.locator("button[value=tomorrow]").first.click()
        page.locator(".bookmark strong").wait_for()
        page.locator(".bell").click()
        page.locator(".notice-group.unread").wait_for()
        page.locator("form[action$='/my/notices/read'] button.quiet").first.click()
        page.locator(".said").wait_for()
        assert page.locator(".notice-group.unread, .bell .count").count() == 0


def test_with_the_keyboard_alone(resident, look_at, world):
    with look_at(resident, Look()) as page:
        page.goto(page.address("/my/mail"))
        page.locator("input[name=rest][value=weekly]").focus()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowUp")
        assert page.locator("input[name=rest][value=daily]").is_checked()
        page.keyboard.press("Enter")
        page.locator(".said").wait_for()
        assert page.locator("input[name=rest][value=daily]").is_checked()

"""Search in Chromium: axe in three looks, narrow pages, and finding with scripting and without."""

from __future__ import annotations

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow
from tests.search.conftest import write

from talkoot.search import querying

__all__ = ["write"]  # pytest finds its fixture here
pytestmark = pytest.mark.database("sqlite")
FOUND, FILTERED, NOTHING = "/search?q=keinutuoli", "/search?q=keinutuoli&since=week", "/search?q=kirahvi"


@pytest.fixture
def common(write, world, neighbour, monkeypatch):
    """A word that is in more posts than are counted, in three discussions on a page; the neighbour has it too."""
    monkeypatch.setattr(querying, "COUNTED", 4)  # and one more is shown
    monkeypatch.setattr(querying, "PAGE", 3)
    querying._statement.cache_clear()
    write("Keinutuoli on torilla.", title="Keinutuoli ja penkki")
    topic = world.things["kokkola", "new topic"]
    for text in ("الكرسي keinutuoli هنا", "Keinutuolin " + "hyvinvointialueuudistus " * 20, "keinutuoli", "keinutuoli"):
        write(text)
    write("Kenen keinutuoli?", topic=topic)
    write("Naapurin keinutuoli.", topic=topic)
    write("Keinutuoli naapurissa.", at=neighbour)
    yield
    querying._statement.cache_clear()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing(as_role, look_at, common, look):
    with look_at(as_role("guest"), look) as page:
        found = [fault for path in ("/search", FILTERED, NOTHING) for fault in findings(page, path)]
    assert not found, "\n".join(found)


def test_on_a_phone_nothing_scrolls_sideways(as_role, look_at, common):
    with look_at(as_role("guest"), Look(width=320, language="ar")) as page:
        page.goto(page.address(FILTERED))
        assert is_narrow(page)
        box, button = (page.locator(f"main .search-row {tag}").bounding_box() for tag in ("input", "button"))
        assert button["x"] < box["x"], "the button stands where a line ends, which is on the left here"


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_something_is_found(as_role, look_at, common, scripting):
    with look_at(as_role("guest"), Look(language="en", scripting=scripting)) as page:
        page.goto(page.address("/search"))
        page.get_by_label("What are you looking for?").fill("keinutuoli")
        page.keyboard.press("Enter")
        page.get_by_text("More than 4 posts were found.").wait_for()
        assert page.locator(".hit").count() == 3
        page.get_by_role("link", name="More results").click()
        page.get_by_text("hyvinvointialueuudistus").wait_for()
        assert page.locator(".hit").count() == (4 if scripting else 1), "below the others, or on a page of its own"
        assert "naapurissa" not in page.inner_text("main")
        page.goto(page.address(FOUND))
        page.get_by_role("link", name="1 other post in this discussion").click()
        page.get_by_text("Keinutuoli on torilla.").wait_for()
        page.get_by_text("Only one discussion is searched.").wait_for()
        assert page.locator(".hit").count() == 3
        page.get_by_role("link", name="Keinutuoli ja penkki").last.click()
        page.wait_for_url("**/topics/**")


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_a_search_is_narrowed(as_role, look_at, common, scripting):
    with look_at(as_role("guest"), Look(language="en", scripting=scripting)) as page:
        page.goto(page.address(FOUND))
        page.get_by_text("Narrow the search").click()
        page.get_by_label("Who wrote").select_option(label="Official")
        page.locator("main").get_by_role("button", name="Search", exact=True).click()
        page.get_by_text("Nothing was found.").wait_for()
        assert page.get_by_label("Who wrote").is_visible(), "what narrows stays in sight"
        page.get_by_role("link", name="Search everywhere, without narrowing").click()
        page.get_by_text("More than 4 posts were found.").wait_for()

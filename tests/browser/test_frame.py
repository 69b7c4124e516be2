"""The head and foot in a browser: the logo in both themes, menus that are not cut, what is said after saving."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look
from tests.browser.test_axe import findings, is_narrow
from tests.core.test_logos import picture, upload

pytestmark = pytest.mark.database("sqlite")  # what the browser sees does not depend on the database
LOOKS = (Look(), Look("civic", "dark", "sv", 390), Look("contrast", "light", "fi", 390), Look("contrast", "dark", "ar"))
PHONES = (Look("civic", "light", "fi", 390), Look("contrast", "light", "fi", 390), Look("civic", "light", "fi", 320))
CUT = """() => [...document.querySelectorAll('header a, header button, .desk-nav a, .desk-nav summary, .tabs a')]
  .filter(e => e.getClientRects().length)
  .filter(e => { const r = e.getBoundingClientRect(); return r.left < 0 || r.right > innerWidth + 0.5 || r.width < 20 })
  .map(e => e.textContent.trim())"""


@pytest.mark.parametrize("light", [False, True], ids=["dark logo", "light logo"])
@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_the_logo_can_be_seen_in_every_look(as_role, look_at, look, light):
    admin = as_role("admin")
    upload(admin, picture(colour=(250, 250, 240, 255) if light else (20, 60, 120, 255), size=(900, 300)))
    with look_at(admin, look) as page:
        for path in ("/", "/staff/settings/logo"):
            assert findings(page, path) == []
            box = page.locator(".site-logo").bounding_box()
            assert 36 <= box["height"] <= 60
            assert 60 <= box["width"] <= look.width / 2
            assert page.evaluate("document.querySelector('.site-logo').naturalWidth") == 432
            ground = page.evaluate("getComputedStyle(document.querySelector('.site-logo')).backgroundColor")
            assert ground == ("rgba(0, 0, 0, 0)" if light else "rgb(255, 255, 255)")
            assert is_narrow(page)
            assert (
                page.get_by_role("banner")
                .get_by_role("link", name="Kokkola" if look.language != "sv" else "Karleby")
                .count()
            )


@pytest.mark.parametrize("look", PHONES, ids=str)
def test_nothing_of_a_menu_is_cut_on_a_phone(as_role, look_at, look):
    with look_at(as_role("admin"), look) as page:
        for path in ("/", "/staff/", "/staff/people", "/staff/settings/contact"):
            page.goto(page.address(path))
            assert page.evaluate(CUT) == [], path
            assert is_narrow(page), path
        page.get_by_role("group").locator("summary").click()
        assert page.evaluate(CUT) == []
        assert page.get_by_role("navigation", name="Henkilökunnan sivut").get_by_role("link").count() >= 10


@pytest.mark.parametrize("scripting", [True, False], ids=["with JavaScript", "without"])
@pytest.mark.parametrize("width", [1280, 390])
def test_what_was_done_is_said_where_it_is_seen(as_role, look_at, scripting, width):
    """The page opens at the section that was saved, far down: the sentence is in view all the same, and then goes."""
    with look_at(as_role("admin"), Look(width=width, scripting=scripting)) as page:
        page.goto(page.address("/staff/settings/members"))
        page.locator("main form button").first.click()
        said = page.get_by_role("status")
        said.wait_for()
        page.wait_for_timeout(400)
        assert page.url.endswith("#members")
        box = said.bounding_box()
        assert 0 <= box["y"] < 900
        assert page.locator("#members").bounding_box()["y"] >= box["y"] + box["height"] - 1, "it hides no heading"
        page.reload()
        assert said.count() == 0


@pytest.mark.parametrize("look", [Look(), Look("civic", "dark", "sv", 390)], ids=str)
def test_the_installations_texts(visitor, look_at, world, look):
    operator = visitor(tenant=None).sign_in_as(world.people["kokkola", "operator"])
    with look_at(operator, look) as page:
        for path in ("/about/privacy", "/about/contact", "/operator/texts", "/operator/texts/terms"):
            assert findings(page, path) == []
            assert is_narrow(page), path
            assert page.evaluate(CUT) == [], path

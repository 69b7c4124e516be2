"""The head on a phone: low, with the menu in a sheet that opens without a script; wide, the menu is a strip."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look
from tests.browser.test_axe import faults, is_narrow
from tests.browser.test_frame import CUT

pytestmark = pytest.mark.database("sqlite")  # what the browser sees does not depend on the database
LOWEST = 150  # px until a page's own matter begins
PHONES = (
    *(Look("civic", mode, language, 390) for mode in ("light", "dark") for language in ("fi", "sv")),
    Look("civic", "light", "ar", 390), Look("civic", "light", "fi", 320), Look("contrast", "dark", "fi", 390),
    Look("civic", "light", "fi", 390, scripting=False),
)  # fmt: skip
SMALL = """() => [...document.querySelectorAll('header a, header button')].filter(e => e.getClientRects().length)
  .filter(e => { const r = e.getBoundingClientRect(); return r.height < (e.closest('.languages') ? 24 : 44) || r.width < 24 })
  .map(e => e.textContent.trim())"""
RING = "parseFloat(getComputedStyle(document.activeElement).outlineWidth)"
SEEN = """() => { const link = document.activeElement, r = link.getBoundingClientRect();
  const there = document.elementFromPoint(r.x + r.width / 2, r.y + r.height / 2);
  return r.top >= 0 && r.bottom <= innerHeight && link.contains(there) }"""


@pytest.mark.parametrize("look", PHONES, ids=lambda look: f"{look}{'' if look.scripting else ' without scripts'}")
@pytest.mark.parametrize("role", ["guest", "admin"])
def test_the_menu_opens_and_closes_by_the_keyboard(as_role, look_at, look, role):
    with look_at(as_role(role), look) as page:
        page.goto(page.address("/forums/"))
        if (look.theme, look.width) == ("civic", 390):
            assert page.locator("main").bounding_box()["y"] <= LOWEST
        menu, button = page.locator("#site-menu"), page.locator(".head-row > .menu-button")
        links = menu.get_by_role("link")
        assert not menu.is_visible()
        assert page.evaluate(SMALL) == []
        button.focus()
        page.keyboard.press("Enter")
        menu.wait_for()
        assert page.evaluate(SMALL) == page.evaluate(CUT) == []
        assert is_narrow(page)
        assert look.scripting is False or faults(page) == []
        page.keyboard.press("Tab")  # the sheet's own button
        for n in range(links.count()):
            page.keyboard.press("Tab")
            assert links.nth(n).evaluate("link => link === document.activeElement")
            assert page.evaluate(RING) >= 3
            assert page.evaluate(SEEN)
        page.keyboard.press("Escape")
        assert not menu.is_visible()
        assert button.evaluate("button => button === document.activeElement"), "the focus is where it was"
        button.click()
        menu.get_by_role("button").click()
        assert not menu.is_visible()


@pytest.mark.parametrize("scripting", [True, False], ids=["with JavaScript", "without"])
def test_the_menu_leads_within_its_own_site(visitor, look_at, neighbour, scripting):
    for site in (visitor(), visitor(neighbour)):
        with look_at(site, Look(width=390, scripting=scripting)) as page:
            page.goto(page.address("/"))
            menu = page.locator("#site-menu")
            page.locator(".head-row > .menu-button").click()
            paths = menu.evaluate("menu => [...menu.querySelectorAll('a')].map(a => a.pathname)")
            assert {site.path_of(path) for path in ("/", "/forums/", "/promises/", "/search")} <= set(paths)
            assert all(path.startswith(site.path_of("/")) for path in paths)
            menu.get_by_role("link").nth(1).click()
            page.wait_for_url(page.address("/forums/"))
            assert not menu.is_visible()


@pytest.mark.parametrize("width", [640, 1280])
def test_a_wide_page_has_the_menu_in_a_strip(as_role, look_at, width):
    with look_at(as_role("admin"), Look(width=width)) as page:
        page.goto(page.address("/forums/"))
        assert page.locator(".menu-button:visible").count() == 0
        links = page.locator("#site-menu").get_by_role("link")
        assert links.count() >= 5
        assert all(link.is_visible() for link in links.all())
        assert page.evaluate(CUT) == []

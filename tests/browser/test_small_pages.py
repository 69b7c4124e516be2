"""Pages that are met by accident, and the drawer of signs under an editor, in Chromium: axe, narrow screens, no JavaScript."""

from __future__ import annotations

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import faults, findings, is_narrow

pytestmark = pytest.mark.database("sqlite")
DEAD = ("/confirm/x", "/new-password/x", "/invitation/x")


@pytest.mark.parametrize("look", [*LOOKS, Look(width=320)], ids=str)
def test_axe_finds_nothing_on_the_pages_of_dead_links(visitor, as_role, look_at, look):
    for who in (visitor(), as_role("resident")):
        with look_at(who, look) as page:
            for path in DEAD:
                found = findings(page, path)
                assert not found, "\n".join(found)
                assert is_narrow(page)


@pytest.mark.parametrize("look", [*LOOKS, Look(width=320, scripting=False)], ids=str)
def test_the_drawer_of_signs_opens_and_fits(as_role, look_at, world, look):
    with look_at(as_role("editor"), look) as page:
        for path in (f"/topics/{world.things['kokkola', 'topic']}", "/staff/texts/contact?language=fi"):
            page.goto(page.address(path))
            table = page.locator("details.signs table")
            assert not table.is_visible()
            page.locator("details.signs summary").click()
            assert table.is_visible()
            assert is_narrow(page)
            if look.scripting:
                assert not faults(page)

"""What is refused is said in the page's language and led to; only half a date is held back by the browser."""

from __future__ import annotations

import pytest
from tests.browser.conftest import Look
from tests.browser.test_axe import is_narrow

pytestmark = pytest.mark.database("sqlite")  # what the browser sees does not depend on the database


@pytest.mark.parametrize("look", [Look(), Look("civic", "dark", "sv", 390)], ids=str)
def test_the_box_leads_to_the_right_one_of_two_titles(as_role, look_at, world, look):
    with look_at(as_role("admin"), look) as page:
        page.goto(page.address(f"/topics/{world.things['kokkola', 'topic']}/care"))
        long = "pitkä " * 50
        page.fill("#rename-title", long)
        page.locator("form", has=page.locator("#rename-title")).locator("button").click()
        page.locator("#errors").wait_for()
        assert page.evaluate("document.activeElement.id") == "errors"
        assert page.input_value("#rename-title") == long, "nothing was cut"
        page.locator("#errors a").click()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.form.elements.act.value") == "rename"
        assert page.locator(".wrong").count() == 1
        assert is_narrow(page)


def test_an_empty_topic_is_answered_by_the_site(as_role, look_at, world):
    with look_at(as_role("resident"), Look(language="sv")) as page:
        page.goto(page.address(f"/forums/{world.things['kokkola', 'forum']}/new"))
        page.locator("main form > .actions button").first.click()
        page.locator("#errors").wait_for()
        assert page.get_attribute("#title", "aria-invalid") == "true"


def test_half_a_date_is_not_sent_as_none(as_role, look_at):
    with look_at(as_role("admin")) as page:
        page.goto(page.address("/staff/areas/keskusta"))
        page.locator("#last_day").click()
        page.keyboard.type("12")
        assert page.evaluate("document.getElementById('last_day').validity.badInput")
        sent = []
        page.on("request", lambda request: sent.append(request.method))
        page.locator("main form button").last.click()
        page.wait_for_timeout(300)
        assert sent == []
        assert page.evaluate("document.activeElement.id") == "last_day"

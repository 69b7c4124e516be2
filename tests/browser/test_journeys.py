"""Whole stories in Chromium, with scripting and without: sign up, write, quote, thank, edit, report, moderate."""

from __future__ import annotations

import re

import pytest
from tests.browser.conftest import Look

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture(params=[True, False], ids=["scripting", "no scripting"])
def look(request):
    return Look(language="en", scripting=request.param)


def test_a_newcomer_signs_up_and_writes(app, visitor, look_at, world, run_jobs, look):
    number = world.things["kokkola", "topic"]
    with look_at(visitor(), look) as page:
        page.goto(page.address(f"/topics/{number}"))
        page.get_by_role("link", name="Reply", exact=True).click()
        page.get_by_role("link", name="Make an account").click()
        page.get_by_label("E-mail address").fill("newcomer@example.fi")
        page.get_by_label("Password").fill("aurinko nousee idästä")
        page.get_by_label("Name shown to others").fill("Noora Newcomer")
        page.get_by_label(re.compile("terms of use")).check()
        page.get_by_role("button", name="Make an account").click()
        assert "Look at your mail" in page.inner_text("h1")
        run_jobs()
        mails = sorted((app.settings.instance / "mailbox").glob("*.eml"), key=lambda path: path.stat().st_mtime)
        link = re.search(
            r"https?://\S+/confirm/\S+", mails[-1].read_bytes().decode().replace("=\n", "").replace("=3D", "=")
        )
        page.goto(page.address(link[0].partition("/kokkola")[2]))
        page.get_by_role("button", name="Confirm and sign in").click()
        page.get_by_role("link", name="Noora Newcomer").wait_for()
        page.goto(page.address(f"/topics/{number}"))
        page.get_by_label("Your text").fill("Hello from a **newcomer**.")
        page.get_by_role("button", name="Send").click()
        assert "Hello from a newcomer." in page.inner_text(".posts")
        page.locator(".post", has_text="Hello from a newcomer.").get_by_role("link", name="Edit").click()
        page.get_by_label("Your text").fill("Hello from an old hand.")
        page.get_by_role("button", name="Save").click()
        assert "Hello from an old hand." in page.inner_text(".posts")
        assert "edited" in page.inner_text(".posts")


def test_a_resident_quotes_thanks_and_reports_and_a_moderator_hides(as_role, look_at, world, look):
    number = world.things["kokkola", "topic"]
    with look_at(as_role("resident"), look) as page:
        page.goto(page.address(f"/topics/{number}"))
        post = page.locator("#p2")
        post.get_by_role("button", name="Thanks").click()
        page.locator("#p2 .reaction.given").wait_for(state="detached")
        assert (
            page.locator("#p2 button[value=thanks]").get_attribute("aria-pressed") == "false"
        )  # the kit's resident had thanked
        page.locator("#p2").get_by_role("button", name="I agree").click()
        page.locator("#p2 button[value=agree][aria-pressed=true]").wait_for()
        page.locator("#p2").get_by_role("link", name="Quote").click()
        assert "an answer with" in page.get_by_label("Your text").input_value()
        page.get_by_role("button", name="Send").click()
        page.locator("#p2").get_by_role("link", name="Report").click()
        page.get_by_label("Somebody's private matters").check()
        page.get_by_role("button", name="Send to the moderators").click()
        assert "Thank you" in page.inner_text("h1")
    with look_at(as_role("moderator"), look) as page:
        page.goto(page.address(f"/topics/{number}"))
        page.locator("#p2").get_by_role("link", name="Moderate").click()
        page.get_by_label("Why is it hidden?").fill("Held a private phone number.")
        page.get_by_role("button", name="Hide the post").click()
    with look_at(as_role("guest"), look) as page:
        page.goto(page.address(f"/topics/{number}"))
        assert "Held a private phone number." in page.inner_text("#p2")
        assert "an answer with" not in page.inner_text("#p2")


def test_feedback_without_an_account_is_followed_by_its_code(as_role, look_at, look):
    with look_at(as_role("guest"), look) as page:
        page.goto(page.address("/"))
        page.get_by_role("complementary").get_by_role("link", name="Give feedback").click()
        page.get_by_label("Your feedback").fill("The bench at the shore is broken.")
        page.get_by_role("button", name="Send").click()
        code = page.inner_text(".code")
        page.get_by_role("link", name="Follow with the code").click()
        page.get_by_label("The code you were given").fill(code.lower().replace("-", " "))
        page.get_by_role("button", name="Show").click()
        assert "The bench at the shore is broken." in page.inner_text("main")


def test_the_language_switch_keeps_the_page(as_role, look_at, world):
    path = f"/topics/{world.things['kokkola', 'topic']}"
    with look_at(as_role("guest"), Look(language="fi")) as page:
        page.goto(page.address(path))
        page.get_by_role("link", name="Svenska").click()
        assert path in page.url
        assert page.evaluate("document.documentElement.lang") == "sv"
        page.goto(page.address("/"))
        assert page.evaluate("document.documentElement.lang") == "sv"


def test_everything_is_reached_by_keyboard(as_role, look_at, world):
    with look_at(as_role("resident"), Look(language="en")) as page:
        page.goto(page.address(f"/topics/{world.things['kokkola', 'topic']}"))
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        seen = set()
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement === document.body"):
                break  # past the last link
            style = page.evaluate(
                "(e => [e.innerText || e.name, getComputedStyle(e).outlineStyle])(document.activeElement)"
            )
            assert style[1] != "none", style
            seen.add(style[0])
        assert {"Give feedback", "Quote", "Send", "text"} <= seen

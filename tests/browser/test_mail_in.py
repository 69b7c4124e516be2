"""What a person sees of mail that comes in: their account when mail comes back, and the mark on a post, in Chromium with axe."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow

from talkoot import clock
from talkoot.conversations import posts
from talkoot.incoming import bounces
from talkoot.incoming.models import MailBounce

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def unreached(writing, world) -> None:
    """The resident's mail has come back too often."""
    said = "550 5.1.1 <resident@kokkola.example>: Recipient address rejected: User unknown in virtual mailbox table"
    person = world.people["kokkola", "resident"]
    with writing(None) as db:
        db.add(MailBounce(person_id=person, count=bounces.MOST, at=clock.now(), said=said))


@pytest.mark.parametrize("look", [*LOOKS, Look(width=320, scripting=False)], ids=str)
def test_the_account_says_that_mail_came_back_and_the_button_starts_it_again(as_role, look_at, unreached, look):
    with look_at(as_role("resident"), look) as page:
        if look.scripting:
            found = findings(page, "/account")
            assert not found, "\n".join(found)
        page.goto(page.address("/account"))
        page.screenshot(path=f"tests/out/mail-in-account-{look}.png", full_page=True)
        assert is_narrow(page)
        page.locator("form[action$='mail-works'] button").click()
        page.locator(".said").wait_for()
        assert page.locator("form[action$='mail-works']").count() == 0


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_a_post_that_came_by_mail_is_marked(app, writing, town, world, client, look_at, look):
    with writing(town) as db:
        new = posts.NewPost(world.members["kokkola", "resident"], "Hei!", uuid4(), "fi", channel="mail")
        posts.add(db, app.registry, world.things["kokkola", "conversation"], new)
    with look_at(client, look) as page:
        found = findings(page, f"/topics/{world.things['kokkola', 'topic']}")
        assert not found, "\n".join(found)
        page.screenshot(path=f"tests/out/mail-in-topic-{look}.png", full_page=True)
        assert page.locator(".post-foot .chip").count() == 1

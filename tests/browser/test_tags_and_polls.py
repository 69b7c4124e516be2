"""Tags, filtered lists and polls in Chromium: axe in three looks, narrow pages, and voting with scripting and without."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import findings, is_narrow

from talkoot import clock
from talkoot.conversations import posts
from talkoot_polls import polls, voting

pytestmark = pytest.mark.database("sqlite")


@pytest.fixture
def ask(app, writing, town, world):
    """`ask("ranked")`: a poll of this kind under the town's public topic, in which somebody has voted; returns its number."""

    def make(kind):
        ways = ("By the sea, along the old railway embankment", "By the road", "Not at all")
        asked = polls.Asked(
            "Which way should it go?", ways, kind, None, True, "always", clock.now() + timedelta(days=7)
        )
        with writing(town) as db:
            post = posts.get(db, world.things["kokkola", "post"])
            number = polls.begin(db, app.registry, post, world.members["kokkola", "resident"], asked, "en")
            voting.vote(db, polls.get(db, number).id, world.members["kokkola", "clerk"], [1])
            return number

    return make


@pytest.mark.parametrize("look", LOOKS, ids=str)
@pytest.mark.parametrize("role", ["guest", "resident", "admin"])
def test_axe_finds_nothing(as_role, look_at, world, ask, role, look):
    number, topic = ask("ranked"), world.things["kokkola", "topic"]
    forum, tag, closed = (world.things["kokkola", name] for name in ("forum", "tag", "poll"))
    paths = [f"/topics/{topic}", "/polls/", f"/polls/{number}"]
    if role == "guest":
        paths += [f"/forums/{forum}/?state=open&sort=replies", "/topics/", f"/tags/{tag}/", "/forums/"]
    if role == "resident":
        paths += [f"/forums/{forum}/new", f"/topics/{topic}/tags", f"/polls/{closed}/votes", f"/polls/{closed}/care"]
        paths += [f"/polls/new/{world.things['kokkola', 'polled post']}"]
    if role == "admin":
        paths += ["/tags/manage", f"/tags/{tag}/manage"]
    with look_at(as_role(role), look) as page:
        found = [fault for path in paths for fault in findings(page, path)]
    assert not found, "\n".join(found)


def test_on_a_phone_nothing_scrolls_sideways(as_role, look_at, world, ask):
    ask("ranked")
    forum, topic, tag = (world.things["kokkola", name] for name in ("forum", "topic", "tag"))
    with look_at(as_role("resident"), Look(width=320)) as page:
        for path in (f"/forums/{forum}/", f"/topics/{topic}", f"/tags/{tag}/", f"/forums/{forum}/new", "/polls/"):
            page.goto(page.address(path))
            assert is_narrow(page), path


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_a_member_votes(as_role, look_at, world, ask, scripting):
    ask("single")
    with look_at(as_role("official"), Look(language="en", scripting=scripting)) as page:
        page.goto(page.address(f"/topics/{world.things['kokkola', 'topic']}"))
        page.locator(".poll").get_by_label("By the road").check()
        page.get_by_role("button", name="Vote", exact=True).click()
        said = page.get_by_text("Your vote is in." if scripting else "You have voted.")
        said.wait_for()
        assert page.locator(".poll .best td").all_inner_texts() == ["2", "100\u00a0%"]
        if scripting:
            assert "/topics/" in page.url, "without leaving the discussion"
            assert said.evaluate("node => node === document.activeElement")


@pytest.mark.parametrize("scripting", [True, False], ids=["scripting", "no scripting"])
def test_a_list_is_filtered(look_at, client, world, scripting):
    with look_at(client, Look(language="en", scripting=scripting)) as page:
        page.goto(page.address("/topics/"))
        page.get_by_role("link", name="Questions").click()
        page.get_by_label("Show", exact=True).select_option(label="Waiting for an answer of the body")
        page.get_by_label("Order", exact=True).select_option(label="Most replies first")
        page.get_by_role("button", name="Show").click()
        page.wait_for_url("**state=waiting**")
        assert "kind=question" in page.url
        assert "sort=replies" in page.url
        assert page.get_by_role("link", name="Katuvalot").count() == 1
        page.get_by_role("link", name="Liikenne").click()
        assert page.inner_text("h1") == "Liikenne"

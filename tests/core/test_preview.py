"""The preview: made by the renderer that saves, saving nothing, and as guarded as saving."""

from __future__ import annotations

import pytest
from tests.core.test_mentions import link

from talkoot.conversations.rendering import LONGEST
from talkoot.testing.rows import differences, every_row

ATTACK = "<script>alert(1)</script> [x](javascript:alert(1)) ![x](https://evil.test/x.png)"


@pytest.fixture
def topic(world):
    return f"/topics/{world.things['kokkola', 'topic']}"


def paths(world):
    return {
        "reply": f"/topics/{world.things['kokkola', 'topic']}/reply",
        "topic": f"/forums/{world.things['kokkola', 'forum']}/new",
        "edit": f"/posts/{world.things['kokkola', 'post']}/edit",
    }


@pytest.mark.parametrize("form", ["reply", "topic", "edit"])
def test_the_form_comes_back_with_the_preview_and_the_text(app, as_role, world, form):
    who, before = as_role("resident"), every_row(app.settings)
    page = who.submit(paths(world)[form], text=f"**bold** @Clerk Testinen {ATTACK}", preview="1")
    assert page.status_code == 200
    shown = page.text.partition('<div class="prose">')[2].partition("</section>")[0]
    assert "<strong>bold</strong>" in shown
    assert link(world.members["kokkola", "clerk"], "Clerk Testinen").replace("talkoot:", "/kokkola/") in shown
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert "<img" not in shown
    assert "**bold** @Clerk Testinen &lt;script&gt;" in page.text
    assert differences(before, every_row(app.settings)) == {}


@pytest.mark.parametrize("form", ["reply", "topic", "edit"])
def test_an_empty_text_has_no_preview(as_role, world, form):
    page = as_role("resident").submit(paths(world)[form], text="> ", preview="1")
    assert page.status_code == 422
    assert 'href="#text"' in page.text


def test_what_is_chosen_stays_chosen(as_role, world):
    page = (
        as_role("resident").submit(paths(world)["topic"], title="A bench", kind="idea", text="Here", preview="1").text
    )
    assert 'value="A bench"' in page
    assert 'value="idea" checked' in page


def test_a_preview_keeps_the_version_that_is_edited(app, as_role, world):
    """Else the one who saved in between would be written over."""
    who, path = as_role("resident"), paths(world)["edit"]
    version = who.get(path).text.partition('name="version" value="')[2].partition('"')[0]
    other = as_role("resident")
    other.submit(path, text="Saved meanwhile")
    page = who.submit(path, text="Mine", preview="1", version=version)
    assert f'name="version" value="{version}"' in page.text


def test_a_part_of_a_page_for_the_script(as_role, topic):
    who = as_role("resident")
    sent = {"csrf_token": who.token_of(topic), "text": "**bold**"}
    answer = who.post("/preview", data=sent)
    assert "<strong>bold</strong>" in answer.text
    assert "<html" not in answer.text
    for text in ("", "> ", "x" * (LONGEST + 1)):
        assert who.post("/preview", data={**sent, "text": text}).status_code == 422


def test_a_preview_needs_the_token(as_role):
    who = as_role("resident")
    assert who.post("/preview", data={"text": "x"}).status_code == 400
    guest = as_role("guest")
    assert who.post("/preview", data={"text": "x", "csrf_token": guest.token_of("/feedback")}).status_code == 400


@pytest.mark.parametrize(("role", "status"), [("guest", 401), ("stranger", 303)])
def test_only_members_are_shown_one(as_role, role, status):
    who = as_role(role)
    sent = {"csrf_token": who.token_of("/feedback"), "text": "@Clerk Testinen"}
    answer = who.post("/preview", data=sent)
    assert answer.status_code == status
    assert "mention" not in answer.text

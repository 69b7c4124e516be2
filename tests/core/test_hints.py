"""Hints on forms: before the field they are about and bound to it; what was written is still there when a form is refused."""

from __future__ import annotations

import re
from html import unescape
from uuid import uuid4

import pytest

from talkoot.conversations import mentions, rendering
from talkoot.conversations.rendering import Known
from talkoot.people import names
from talkoot_forums.models import Topic

EDITORS = ("topic", "reply", "new", "edit", "staff")


def paths(world, slug="kokkola"):
    t = {name: thing for (where, name), thing in world.things.items() if where == slug}
    return {
        "topic": f"/topics/{t['topic']}",
        "reply": f"/topics/{t['topic']}/reply",
        "new": f"/forums/{t['forum']}/new",
        "edit": f"/posts/{t['post']}/edit",
        "flag": f"/posts/{t['second post']}/flag",
        "staff": "/staff/texts/contact?language=fi",
        "feedback": "/feedback",
        "follow": "/feedback/follow",
        "sign-up": "/sign-up",
        "password": "/account/password",
    }


def english(path):
    return f"{path}{'&' if '?' in path else '?'}lang=en"


@pytest.fixture
def opened(as_role, world, visitor):
    """`opened(name)`: the page as somebody who may see it sees it."""

    def open_page(name):
        role = {"staff": "editor", "sign-up": "guest"}.get(name, "resident")
        response = as_role(role).get(english(paths(world)[name]))
        assert response.status_code == 200
        return response.text

    return open_page


@pytest.mark.parametrize("name", [*EDITORS, "flag", "feedback", "follow", "sign-up", "password"])
def test_each_hint_stands_before_its_field_and_belongs_to_it(opened, name):
    body = opened(name).partition("<main")[2].partition("</main>")[0]
    hints = re.findall(r'<p class="help" id="([^"]+)"', body)
    assert hints
    for hint in hints:
        field = re.search(rf'<(input|textarea|select|fieldset)[^>]*aria-describedby="[^"]*\b{hint}\b', body)
        assert field, hint
        first = body.index("<input", field.end()) if field[1] == "fieldset" else field.start()
        assert body.index(f'id="{hint}"') < first, hint


@pytest.mark.parametrize("name", EDITORS)
def test_an_editor_says_the_plain_thing_and_keeps_the_signs_in_a_drawer(opened, name):
    body = opened(name)
    assert "Leave an empty line between paragraphs." in body
    drawer = re.search(r'<details class="signs">\s*<summary>([^<]+)</summary>', body)
    assert drawer, "closed, and opened without JavaScript"
    assert ("## Opening hours" in body) == (name == "staff")


def test_the_examples_come_out_as_they_are_shown(opened):
    """What the drawer promises is what the renderer does."""
    body = opened("reply")
    drawer = body[body.index('<details class="signs">') : body.index("</details>")]
    pairs = re.findall(r"<tr><td><code[^>]*>(.*?)</code></td><td>(.*?)</td></tr>", drawer)
    assert len(pairs) == 6
    people = {names.key("Anna Example"): uuid4()}
    for signs, shown in pairs:
        source = unescape(re.sub("<br>", "\n", signs))
        made = rendering.render(rendering.clean(source), Known(mentions.Called(people)))
        tags = set(re.findall(r"<(\w+)", made)) - {"p"}
        assert tags == (set(re.findall(r"<(\w+)", shown)) or {"a"}), source
        if "<" in shown:
            assert re.sub(r"<[^>]+>|\s", "", made) == re.sub(r"<[^>]+>|\s", "", shown)


@pytest.mark.parametrize("language", ["fi", "sv", "en"])
def test_the_search_of_the_front_page_has_its_hint_outside_of_the_field(visitor, language):
    """In the field it was cut on a telephone, and gone with the first letter."""
    page = visitor(None).get(f"/?lang={language}").text
    field = re.search(r'<input type="search"[^>]*>', page)
    assert "placeholder" not in field[0]
    assert 'aria-describedby="q-help"' in field[0]
    assert re.search(r'<p class="help" id="q-help">[^<]{10,}</p>', page[: field.start()])


# --- what was written stays -------------------------------------------------------------------------------------------


def test_a_report_without_a_reason_keeps_the_words(as_role, world, neighbour):
    answer = as_role("resident").submit(english(paths(world)["flag"]), text="It names my <child>.")
    assert answer.status_code == 422
    assert "It names my &lt;child&gt;.</textarea>" in answer.text
    again = as_role("resident").submit(english(paths(world)["flag"]), reason="made up", text="Words")
    assert again.status_code == 422
    assert " checked" not in again.text


def test_feedback_that_is_refused_keeps_area_and_choice(as_role, world):
    area = world.things["kokkola", "area"].id
    answer = as_role("resident").submit("/feedback?lang=en", text="  ", area=str(area), named="1")
    assert answer.status_code == 422
    assert f'<option value="{area}" selected>' in answer.text
    assert 'name="named" value="1" checked' in answer.text
    theirs = world.things["kronoby", "area"].id
    foreign = as_role("resident").submit("/feedback?lang=en", text="  ", area=str(theirs))
    assert " selected" not in foreign.text
    assert str(theirs) not in foreign.text


def test_a_code_that_is_not_found_can_be_mended(visitor):
    answer = visitor().submit("/feedback/follow?lang=en", code='K7PX4-"QM2')
    assert answer.status_code == 404
    assert 'value="K7PX4-&#34;QM2"' in answer.text


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "words"), [("fi", "2\u00a0000 vastausta"), ("sv", "2\u00a0000 svar"), ("en", "2,000 replies")]
)
def test_large_numbers_are_written_as_the_pages_language_writes_them(
    visitor, writing, town, neighbour, world, language, words
):
    for site, count in ((town, 2001), (neighbour, 3001)):
        with writing(site) as db:
            db.find(Topic, number=world.things[site.slug, "topic"]).post_count = count
    head = visitor().get(f"{paths(world)['topic']}?lang={language}").text.partition('class="topic-head"')[2]
    assert words in head.partition("</header>")[0]
    listed = visitor().get(f"/forums/{world.things['kokkola', 'forum']}/?lang={language}").text
    assert re.sub(r"<[^>]+>", "", listed).count(words) == 1

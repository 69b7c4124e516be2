"""The editor in a browser: its buttons and keys, the preview, whom an @ means, quoting what is selected, and drafts."""

from __future__ import annotations

import pytest
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import faults

pytestmark = pytest.mark.database("sqlite")
ENGLISH = Look(language="en")


@pytest.fixture
def topic(world):
    return f"/topics/{world.things['kokkola', 'topic']}"


@pytest.fixture
def written(as_role, look_at, topic):
    """A page of the topic with somebody writing in its form; what is in the form afterwards."""
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(topic))
        yield page


def text(page):
    return page.locator("#text").input_value()


def select(page, start, end):
    page.evaluate("([start, end]) => document.getElementById('text').setSelectionRange(start, end)", [start, end])


# --- the buttons ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("Control+b", "a **lamp** is dark"),
        ("Control+i", "a *lamp* is dark"),
        ("Control+k", "a [lamp](https://) is dark"),
    ],
)
def test_keys_write_the_signs_and_undo_takes_them_back(written, key, expected):
    area = written.locator("#text")
    area.fill("")
    area.press_sequentially("a lamp is dark")
    select(written, 2, 6)
    area.press(key)
    assert text(written) == expected
    area.press("Control+z")
    assert text(written) == "a lamp is dark"


def test_a_sign_pressed_twice_is_taken_away(written):
    area = written.locator("#text")
    area.fill("a lamp is dark")
    select(written, 2, 6)
    area.press("Control+b")
    area.press("Control+b")
    assert text(written) == "a lamp is dark"


@pytest.mark.parametrize(
    ("name", "expected"),
    [("List", "Hello\n\n- lamps\n- roads"), ("Quotation", "Hello\n\n> lamps\n> roads")],
)
def test_buttons_for_lines(written, name, expected):
    written.locator("#text").fill("Hello\nlamps\nroads")
    select(written, 8, 15)
    written.get_by_role("button", name=name, exact=True).click()
    assert text(written) == expected


def test_the_toolbar_is_one_stop_and_arrows_go_on(written):
    bold = written.get_by_role("button", name="Bold")
    assert bold.get_attribute("tabindex") == "0"
    assert written.locator("[role=toolbar] [tabindex='0']").count() == 1
    bold.focus()
    seen = []
    for key in ("ArrowRight", "ArrowRight", "End", "ArrowRight", "ArrowLeft", "Home"):
        written.keyboard.press(key)
        seen.append(written.evaluate("document.activeElement.dataset.act"))
    assert seen == ["italic", "list", "link", "bold", "link", "bold"]
    written.locator("#text").fill("lamp")
    select(written, 0, 4)
    bold.focus()
    written.keyboard.press("Enter")
    assert text(written) == "**lamp**"


def test_arrows_follow_the_reading_direction(as_role, look_at, topic):
    with look_at(as_role("resident"), Look(language="ar")) as page:
        page.goto(page.address(topic))
        page.locator("[data-act=bold]").focus()
        page.keyboard.press("ArrowLeft")
        assert page.evaluate("document.activeElement.dataset.act") == "italic"


def test_headings_where_they_are_allowed(as_role, look_at):
    with look_at(as_role("editor"), ENGLISH) as page:
        page.goto(page.address("/staff/texts/contact?language=fi"))
        page.locator("#text").fill("Opening hours")
        page.get_by_role("button", name="Heading").click()
        assert text(page) == "## Opening hours"


# --- the preview ----------------------------------------------------------------------------------------------------


def test_a_preview_in_place(written):
    written.locator("#text").fill("**Dark** lamps, @Official Testinen")
    written.get_by_role("button", name="Preview").click()
    shown = written.locator(".preview-place")
    shown.get_by_text("Dark").wait_for()
    assert shown.locator("strong").inner_text() == "Dark"
    assert "/people/" in shown.locator("a.mention").get_attribute("href")
    assert shown.get_attribute("aria-live") == "polite"
    written.locator("#text").fill("> ")
    written.get_by_role("button", name="Preview").click()
    shown.get_by_text("Write something first.").wait_for()


# --- mentions -------------------------------------------------------------------------------------------------------


def test_an_at_sign_finds_people_by_keyboard(written):
    area = written.locator("#text")
    area.press_sequentially("Thanks @mod", delay=20)
    options = written.get_by_role("option")
    options.first.wait_for()
    assert options.first.inner_text().startswith("Moderator Testinen")
    assert area.get_attribute("aria-activedescendant") == options.first.get_attribute("id")
    area.press("Enter")
    assert text(written) == "Thanks @Moderator Testinen "
    assert options.count() == 0


def test_arrows_choose_and_escape_closes(written):
    area = written.locator("#text")
    area.press_sequentially("@testi", delay=20)
    options = written.get_by_role("option")
    options.first.wait_for()
    assert options.count() == 8
    area.press("ArrowDown")
    second = options.nth(1)
    assert second.get_attribute("aria-selected") == "true"
    area.press("ArrowUp")
    area.press("ArrowUp")
    assert options.nth(7).get_attribute("aria-selected") == "true"
    assert written.locator("[data-found]").inner_text() == "8 people found"
    area.press("Escape")
    assert written.locator(".people-found").is_hidden()
    assert text(written) == "@testi"


def test_a_finger_chooses_too(written):
    written.locator("#text").press_sequentially("@cler", delay=20)
    written.get_by_role("option").first.click()
    assert text(written) == "@Clerk Testinen "


# --- quoting what is selected ---------------------------------------------------------------------------------------


def select_in(page, place, end):
    page.evaluate(
        """([place, end]) => {
          const words = document.querySelector(`${place} .prose p`).firstChild;
          const range = document.createRange();
          range.setStart(words, 0);
          range.setEnd(words, end);
          const selection = document.getSelection();
          selection.removeAllRanges();
          selection.addRange(range);
        }""",
        [place, end],
    )


def test_words_selected_in_a_post_are_quoted(written, world):
    written.locator("#text").fill("I think")
    select_in(written, "#p2", 9)
    button = written.get_by_role("button", name="Quote", exact=True)
    button.wait_for()
    written.evaluate("document.querySelector('.quote-selection').previousElementSibling.focus?.()")
    button.focus()
    written.keyboard.press("Enter")
    assert text(written) == "I think\n\n> an answer\n\n"
    assert written.locator(".reply [name=quote]").input_value() == str(world.things["kokkola", "second post"])
    assert button.is_hidden()


def test_the_posts_own_link_quotes_what_is_selected(written, topic):
    select_in(written, "#p2", 9)
    written.locator("#p2").get_by_role("link", name="Quote").click()
    assert text(written) == "> an answer\n\n"
    assert written.url.endswith(topic) or topic in written.url
    written.evaluate("document.getSelection().removeAllRanges()")
    written.locator("#p2").get_by_role("link", name="Quote").click()
    written.wait_for_url("**/reply?quote=*")


# --- drafts ---------------------------------------------------------------------------------------------------------


def saved(page):
    page.locator(".draft-state").get_by_text("Draft saved").wait_for()


def test_a_draft_survives_a_reload_and_is_on_another_device(as_role, look_at, topic, world):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(topic))
        page.locator("#text").press_sequentially("Half a thought")
        saved(page)
        page.goto(page.address("/"))
        page.goto(page.address(topic))
        assert text(page) == "Half a thought"
        page.get_by_text("This is your draft").wait_for()
        page.get_by_role("button", name="Bold").click()
        assert text(page) == "Half a thought****", "one goes on at its end"
        page.keyboard.press("Control+z")
        saved(page)
        assert page.get_by_text("This is your draft").count() == 0, "which said when it was saved before"
    with look_at(as_role("resident"), ENGLISH) as other:
        other.goto(other.address(topic))
        assert text(other) == "Half a thought"
        other.get_by_role("button", name="Send").click()
        other.locator(".post").get_by_text("Half a thought").wait_for()
        assert text(other) == ""


@pytest.mark.parametrize("pause", [0, 1150, 1210, 2000])
def test_what_is_sent_leaves_no_draft(as_role, look_at, topic, pause):
    """Also when the draft is on its way in the moment the button is pressed."""
    who = as_role("resident")
    with look_at(who, ENGLISH) as page:
        page.goto(page.address(topic))
        page.locator("#text").fill(f"Sent after {pause}")
        page.wait_for_timeout(pause)
        page.get_by_role("button", name="Send").click()
        page.locator(".post").get_by_text(f"Sent after {pause}").wait_for()
        assert text(page) == ""
    assert "Sent after" not in who.get("/drafts").text


def test_nothing_is_lost_between_two_devices(as_role, look_at, topic):
    with look_at(as_role("resident"), ENGLISH) as phone, look_at(as_role("resident"), ENGLISH) as desk:
        phone.goto(phone.address(topic))
        desk.goto(desk.address(topic))
        phone.locator("#text").press_sequentially("On the bus")
        saved(phone)
        desk.locator("#text").press_sequentially("At home")
        desk.get_by_text("on another device").wait_for()
        assert text(desk) == "At home"
        desk.get_by_role("button", name="Show that text").click()
        assert text(desk) == "On the bus"
        desk.locator("#text").press("Control+z")
        assert text(desk) == "At home"
        saved(desk)
        phone.locator("#text").press_sequentially(" now")
        phone.get_by_text("on another device").wait_for()
        with phone.expect_response("**/drafts"):
            phone.get_by_role("button", name="Go on with this one").click()
        desk.goto(desk.address(topic))
        assert text(desk) == "On the bus now"


def test_the_page_that_is_left_saves_what_was_just_typed(as_role, look_at, topic):
    who = as_role("resident")
    with look_at(who, ENGLISH) as page:
        page.goto(page.address(topic))
        page.locator("#text").press_sequentially("Just typed")
        with page.expect_request("**/drafts"):
            page.evaluate("window.dispatchEvent(new PageTransitionEvent('pagehide'))")
        saved(page)
        assert "Just typed" in who.get(topic).text


def test_a_new_topic_with_its_title_is_kept(as_role, look_at, world):
    path = f"/forums/{world.things['kokkola', 'forum']}/new"
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.get_by_label("Title").fill("A bench")
        page.get_by_label("Idea").check()
        assert page.get_by_role("button", name="Save as draft").count() == 0, "the script saves by itself"
        page.locator("#text").press_sequentially("At the shop.")
        saved(page)
        page.goto(page.address("/drafts"))
        page.get_by_role("link", name="New topic in").click()
        assert page.get_by_label("Title").input_value() == "A bench"
        assert page.get_by_label("Idea").is_checked()
        page.get_by_role("button", name="Discard the draft").click()
        assert page.get_by_label("Title").input_value() == ""


# --- without scripting ----------------------------------------------------------------------------------------------


def test_without_scripting_there_are_buttons(as_role, look_at, topic):
    with look_at(as_role("resident"), Look(language="en", scripting=False)) as page:
        page.goto(page.address(topic))
        assert page.locator("[role=toolbar]").is_hidden()
        page.locator("#text").fill("**Dark** lamps")
        page.get_by_role("button", name="Preview").click()
        assert page.locator(".preview strong").inner_text() == "Dark"
        assert text(page) == "**Dark** lamps"
        page.get_by_role("button", name="Save as draft").click()
        page.get_by_text("Saved as a draft").wait_for()
        assert text(page) == "**Dark** lamps"
        page.get_by_role("button", name="Send").click()
        assert page.locator(".post strong").last.inner_text() == "Dark"
        assert text(page) == ""


# --- axe ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_while_writing(as_role, look_at, topic, look):
    who = as_role("resident")
    with look_at(who, look) as page:
        page.goto(page.address(topic))
        page.locator("#text").fill("Hello")
        page.locator("button[name=preview]").click()
        page.locator(".preview-place .preview").wait_for()
        page.locator("#text").press_sequentially(" @test", delay=20)
        page.get_by_role("option").first.wait_for()
        select_in(page, "#p1", 5)
        assert not faults(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.locator("#text").fill("A thought")
        page.locator(".draft-state:not(:empty)").wait_for()
        page.goto(page.address("/drafts"))
        assert page.locator(".row").count() == 1
        assert not faults(page)

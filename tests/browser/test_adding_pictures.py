"""Adding a picture in the browser: by the button, by pasting and by dropping, refused, with scripting off; and axe."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from tests.browser.conftest import LOOKS, Look
from tests.browser.test_axe import faults
from tests.core.photos import WORDS, photo

pytestmark = pytest.mark.database("sqlite")
ENGLISH = Look(language="en")
GIVE = """async ([kind, data, type]) => {
  const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
  const files = new DataTransfer();
  files.items.add(new File([bytes], "photo.jpg", { type }));
  const text = document.querySelector("textarea[name=text]");
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: files, bubbles: true, cancelable: true })
    : new DragEvent("drop", { dataTransfer: files, bubbles: true, cancelable: true });
  text.dispatchEvent(event);
}"""


@pytest.fixture
def path(world):
    return f"/topics/{world.things['kokkola', 'topic']}/reply"


@pytest.fixture
def file():
    """As it is given to a field; of one on the disk the browser would not tell the test what is in it."""
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo()}


def text_of(page):
    return page.locator("textarea[name=text]").input_value()


def put(page, words=WORDS):
    page.get_by_label("What is in the picture?").fill(words)
    page.get_by_role("button", name="Put it into the text").click()


def test_a_picture_is_chosen_told_of_and_posted(as_role, look_at, path, file):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.get_by_label("Your text").fill("Before")
        page.get_by_role("button", name="Add a picture").click()
        page.get_by_label("Photograph or drawing").set_input_files(file)
        page.locator("dialog canvas:visible").wait_for()
        put(page)
        page.get_by_text("The picture is in your text.").wait_for(state="attached")
        assert text_of(page).startswith(f"Before\n\n![{WORDS}](file:")
        page.get_by_role("button", name="Send", exact=True).click()
        shown = page.get_by_role("img", name=WORDS)
        shown.wait_for()
        shown.scroll_into_view_if_needed()
        page.wait_for_function("() => document.querySelector('.prose img').complete")
        assert shown.evaluate("image => image.naturalWidth") == 960


@pytest.mark.parametrize("way", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(as_role, look_at, path, way):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.evaluate(GIVE, [way, base64.b64encode(photo()).decode(), "image/jpeg"])
        page.get_by_role("dialog").wait_for()
        assert page.evaluate("document.activeElement.name") == "picture_words"
        put(page)
        page.get_by_text("The picture is in your text.").wait_for(state="attached")
        assert text_of(page).startswith(f"![{WORDS}](file:")


def test_a_picture_comes_to_the_end_of_a_draft_that_was_begun_earlier(as_role, look_at, path, file):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.get_by_label("Your text").fill("Before")
        page.locator(".draft-state").get_by_text("Draft saved").wait_for()
        page.reload()
        page.get_by_role("button", name="Add a picture").click()
        page.get_by_label("Photograph or drawing").set_input_files(file)
        put(page)
        page.get_by_text("The picture is in your text.").wait_for(state="attached")
        assert text_of(page).startswith(f"Before\n\n![{WORDS}](file:")


def test_what_is_refused_is_said_and_the_text_stays(as_role, look_at, path):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.get_by_label("Your text").fill("My words")
        page.evaluate(GIVE, ["drop", base64.b64encode(b"no picture").decode(), "image/jpeg"])
        page.get_by_role("button", name="Put it into the text").click()
        page.get_by_text("Tell in a few words what is in the picture").wait_for()
        put(page)
        page.locator("#picture-error").get_by_text("This file is none, or it is damaged").wait_for()
        assert text_of(page).strip() == "My words"


def test_a_photograph_is_made_smaller_before_it_travels(as_role, look_at, path, reading, town):
    """The net of a village is slow upwards; and what a phone has written into it does not leave the phone."""
    noise = Image.effect_noise((2600, 1900), 90).convert("RGB")
    out = io.BytesIO()
    noise.save(out, "JPEG", quality=95)
    sent = []
    with look_at(as_role("resident"), ENGLISH) as page:
        page.on("request", lambda request: sent.append(len(request.post_data_buffer or b"")))
        page.goto(page.address(path))
        page.evaluate(GIVE, ["drop", base64.b64encode(out.getvalue()).decode(), "image/jpeg"])
        put(page)
        page.get_by_text("The picture is in your text.").wait_for(state="attached")
    assert 50_000 < max(sent) < len(out.getvalue()) * 0.7


def test_the_keyboard_is_enough(as_role, look_at, path):
    with look_at(as_role("resident"), ENGLISH) as page:
        page.goto(page.address(path))
        page.get_by_role("button", name="Add a picture").focus()
        page.keyboard.press("Enter")
        page.get_by_role("dialog").wait_for()
        page.keyboard.press("Escape")
        page.get_by_role("dialog").wait_for(state="hidden")
        assert page.evaluate("document.activeElement.name") == "text"


def test_without_scripting_the_form_does_it(as_role, look_at, path, file):
    with look_at(as_role("resident"), Look(language="en", scripting=False)) as page:
        page.goto(page.address(path))
        page.get_by_label("Your text").fill("Before")
        page.get_by_text("Add a picture").click()
        page.get_by_label("Photograph or drawing").set_input_files(file)
        put(page)
        page.get_by_text("The picture is in your text, at its end.").wait_for()
        assert text_of(page).startswith(f"Before\n\n![{WORDS}](file:")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("img", name=WORDS).wait_for()


def test_the_key_enter_in_the_title_sends_the_text(as_role, look_at, world):
    """And does not press the button of the picture, which stands before that of the form."""
    with look_at(as_role("resident"), Look(language="en", scripting=False)) as page:
        page.goto(page.address(f"/forums/{world.things['kokkola', 'forum']}/new"))
        page.get_by_label("Your text").fill("Some words")
        page.get_by_label("Title").fill("A title")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="A title").wait_for()


@pytest.mark.parametrize("look", LOOKS, ids=str)
def test_axe_finds_nothing_in_the_form_and_in_the_dialog(as_role, look_at, path, look):
    with look_at(as_role("resident"), look) as page:
        page.goto(page.address(path))
        assert faults(page) == []
        page.evaluate(GIVE, ["drop", base64.b64encode(photo()).decode(), "image/jpeg"])
        page.locator("dialog canvas:visible").wait_for()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_wide_picture_is_no_wider_than_the_text(as_role, look_at, path):
    with look_at(as_role("resident"), Look(language="en", width=320)) as page:
        page.goto(page.address(path))
        page.evaluate(GIVE, ["drop", base64.b64encode(photo(size=(2400, 600))).decode(), "image/jpeg"])
        put(page)
        page.get_by_text("The picture is in your text.").wait_for(state="attached")
        page.get_by_role("button", name="Send", exact=True).click()
        page.get_by_role("img", name=WORDS).wait_for()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

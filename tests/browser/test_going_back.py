"""Back, forward and reload around a form that was refused, in Chromium and over a real connection: no text is lost.

Pages of who is signed in are kept nowhere (`no-store`), the answers to their forms included. Alone, that makes Chromium show
an error page of its own when somebody goes back to such an answer.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from talkoot.testing.towns import PASSWORD

pytestmark = pytest.mark.database("sqlite")
TEXT = "A long text\n\nthat took an hour to write."


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args: Any) -> None:
        """Nothing: pytest shows what matters."""


@pytest.fixture
def served(app: Any, world: Any) -> Iterator[str]:
    """The town's address on a server of its own. (Pages that the tests answer themselves are never in the browser's cache.)"""
    server = make_server("localhost", 0, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = False  # or closing it would not wait for what is being answered
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.port}/kokkola"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def signed_in(browser: Any, served: str) -> Callable[..., Any]:
    """`with signed_in() as page:` a resident's browser."""

    @contextmanager
    def opened(*, scripting: bool = True) -> Iterator[Any]:
        context = browser.new_context(java_script_enabled=scripting, reduced_motion="reduce")
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{served}/sign-in?lang=en")
        page.get_by_label("E-mail address").fill("resident@kokkola.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Resident Testinen").wait_for()
        yield page
        context.close()

    return opened


FORMS = {  # by address: what is filled in, the long text last; and the button
    "forums/kylat/new": ({"Title": "   ", "Your text": TEXT}, "Publish"),
    "account/profile": ({"Name shown to others": "Official Testinen", "About me": TEXT}, "Save"),
}


def refused(page, served, form="forums/kylat/new"):
    """Send a form that is refused; returns the field of the long text."""
    fields, button = FORMS[form]
    page.goto(f"{served}/{form}")
    for label, text in fields.items():
        page.get_by_label(label).fill(text)
    page.get_by_role("button", name=button).click()
    page.locator("#errors").wait_for()
    page.wait_for_load_state()  # the script that keeps what was written comes with it
    return page.get_by_label(label)


@pytest.mark.parametrize("form", FORMS)
def test_going_back_and_forward_loses_no_text(signed_in, served, form):
    with signed_in() as page:
        page.goto(f"{served}/forums/")
        field = refused(page, served, form)
        answer = page.url
        page.goto(f"{served}/about/terms")
        for move in (page.go_back, page.go_back, page.go_forward, page.reload):  # the answer, the form, the answer
            move()
            assert page.url == answer
            assert field.input_value() == TEXT
        page.go_forward()
        assert page.url.endswith("/about/terms")


def test_what_was_written_last_is_what_is_there(signed_in, served):
    """After the refusal somebody goes on writing, and looks something up."""
    with signed_in() as page:
        field = refused(page, served)
        field.fill(f"{TEXT} And more.")
        page.goto(f"{served}/about/terms")
        page.go_back()
        assert field.input_value() == f"{TEXT} And more."


def test_a_form_found_again_can_be_sent(signed_in, served):
    with signed_in() as page:
        field = refused(page, served)
        page.goto(f"{served}/about/terms")
        page.go_back()
        page.get_by_label("Title").fill("Lamps")
        assert field.input_value() == TEXT
        page.get_by_role("button", name="Publish").click()
        page.get_by_role("heading", name="Lamps").wait_for()
        assert "took an hour to write" in page.locator(".posts").inner_text()
        page.go_back()
        assert page.title().startswith("New topic"), "and going back over it shows no error page"


def test_another_form_is_not_filled_with_it(signed_in, served, world):
    with signed_in() as page:
        refused(page, served)
        page.goto(f"{served}/topics/{world.things['kokkola', 'topic']}/reply")
        assert page.get_by_label("Your text").input_value() == ""
        page.goto(f"{served}/forums/kylat/new")
        assert page.get_by_label("Your text").input_value() == ""


def test_no_password_is_kept(browser, served):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{served}/sign-up?lang=en")
    page.get_by_label("E-mail address").fill("newcomer@example.fi")
    page.get_by_label("Password").fill("seven green herons")
    page.get_by_role("button", name="Make an account").click()
    page.locator("#errors").wait_for()
    page.wait_for_load_state()
    kept = page.evaluate("JSON.stringify(history.state)")
    assert "newcomer@example.fi" in kept
    assert "herons" not in kept
    context.close()


def test_without_scripting_the_text_is_in_the_form_before_the_answer(signed_in, served):
    """Going back from the answer finds it; at the answer itself Chromium then asks whether to send the form again."""
    with signed_in(scripting=False) as page:
        field = refused(page, served)
        page.go_back()
        assert field.input_value() == TEXT
        assert page.locator("#errors").count() == 0
        with pytest.raises(Exception, match="ERR_CACHE_MISS"):
            page.go_forward()


def test_the_answer_itself_is_kept_nowhere(as_role):
    """What Chromium keeps it would also show when the session has ended on the server, to whoever sits there then."""
    answer = as_role("resident").submit("/forums/kylat/new", title="   ", kind="idea", text=TEXT)
    assert answer.status_code == 422
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert TEXT.splitlines()[0] in answer.text


@pytest.mark.parametrize("scripting", [True, False])
def test_thanking_after_the_session_has_ended_says_so(signed_in, served, world, scripting):
    """Sent without leaving the page, it would otherwise be refused without a word."""
    topic = f"{served}/topics/{world.things['kokkola', 'topic']}"
    with signed_in(scripting=scripting) as page:
        page.goto(topic)
        page.context.clear_cookies(name="__Host-talkoot")
        page.locator("button.reaction[form=act]").first.click()
        page.get_by_role("link", name="Open the page again").click()
        page.wait_for_url(topic)

"""What those who have signed in ask for, as lines of load."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from tests.bench import data
from tests.bench.browser import Browser

from talkoot.config import Settings

SIGNED_IN = "signed-in topic, half of it new"
FRONT = "signed-in home"
NEWS = "new for you"
MEMBERS_POLL = "new replies to a members' topic? none (304)"


def lines(settings: Settings, port: int, topics: Sequence[str], closed: Sequence[str]) -> dict[str, list[str]]:
    """Requests by name; somebody signs in for it in each municipality of these topics. `closed`: topics for members only."""
    first = {path.split("/")[1]: path for path in reversed(topics)}
    cookies = {slug: cookie(settings, port, slug, path) for slug, path in first.items()}

    def signed_in(path: str) -> str:
        return f"{path}\tCookie={cookies[path.split('/')[1]]}"

    polls = []
    for path in (f"{topic}/newest" for topic in closed if topic.split("/")[1] in cookies):
        known = Browser(port).get(path, Cookie=cookies[path.split("/")[1]]).headers["ETag"]
        polls.append(f"{signed_in(path)}\tIf-None-Match={known}")
    return {
        SIGNED_IN: [signed_in(path) for path in topics],
        FRONT: [signed_in(f"/{slug}/") for slug in cookies],
        NEWS: [signed_in(f"/{slug}/new/") for slug in cookies],
        MEMBERS_POLL: polls,
    }


def cookie(settings: Settings, port: int, slug: str, path: str) -> str:
    """The cookies of somebody who has signed in and seen this page."""
    browser = Browser(port)
    browser.cookies["__Host-talkoot"] = data.sign_in(settings, slug, "localhost")
    page = browser.get(path)
    assert f"/{slug}/account" in page.text, "the page knows who has signed in"
    return _cookies(browser)


def _cookies(browser: Browser) -> str:
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def form(settings: Settings, port: int, topic: str, text: str) -> str:
    """A filled form for a reply, as a line for post.lua."""
    browser = Browser(port)
    browser.cookies["__Host-talkoot"] = data.sign_in(settings, topic.split("/")[1], "localhost", writes=True)
    path, fields = browser.form(f"{topic}/reply", text=text)
    fields.pop("submission")
    body = urlencode({**fields, "text": fields.pop("text")}, doseq=True)
    return "\t".join((path, _cookies(browser), body))

"""The remembered language: a cookie as closed as the session's, and one more part of what the page cache keeps pages by."""

from __future__ import annotations

from http.cookies import SimpleCookie

import pytest

from talkoot.people import sessions
from talkoot.web.request import LANGUAGE_COOKIE


def language_of(page) -> str:
    return page.text.partition('<html lang="')[2][:2]


def test_the_choice_is_kept_as_closed_as_a_cookie_can_be(visitor, address):
    response = visitor(by=address).get("/?lang=sv")
    (header,) = response.headers.getlist("Set-Cookie")
    morsel = SimpleCookie(header)[LANGUAGE_COOKIE]
    assert LANGUAGE_COOKIE.startswith("__Host-"), "a sibling site cannot plant it, nor any page over plain http"
    assert morsel.value == "sv"
    assert morsel["secure"] is True
    assert morsel["httponly"] is True
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Lax", "/", "")


def test_it_is_remembered_on_every_site_of_the_host(visitor, neighbour):
    who = visitor()
    who.get("/?lang=en")
    assert language_of(who.get("/forums/")) == "en"
    beside = visitor(neighbour)
    beside.set_cookie(LANGUAGE_COOKIE, "en", domain="localhost")
    assert language_of(beside.get("/")) == "en"


@pytest.mark.parametrize("value", ["ar", "xx", "", "a;b", "x" * 2000])
def test_a_language_the_site_does_not_speak_is_none(visitor, value):
    who = visitor()
    who.set_cookie(LANGUAGE_COOKIE, value, domain="localhost")
    assert language_of(who.get("/")) == "fi"


def test_a_guest_with_a_choice_gets_pages_from_memory_in_that_language(visitor, page_cache):
    """One page for each language, and the cookie's name must not look like a session's to the cache."""
    assert sessions.COOKIE not in LANGUAGE_COOKIE
    for _ in range(2):
        for language in ("fi", "sv", "en"):
            who = visitor()
            who.set_cookie(LANGUAGE_COOKIE, language, domain="localhost")
            page = who.get("/forums/")
            assert language_of(page) == language
            assert page.headers["ETag"]
    assert len(page_cache.pages._kept) == 3

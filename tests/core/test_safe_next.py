"""Where one is led after signing in: on this site only, whatever was asked for."""

from __future__ import annotations

import pytest
from flask import g

from talkoot.web import here

ELSEWHERE = [
    "",
    "https://evil.test",
    "http:evil.test",
    "//evil.test",
    "///evil.test",
    "/\\evil.test",
    "\\\\evil.test",
    "/\t/evil.test",
    "/\n/evil.test",
    "javascript:alert(1)",
    "data:text/html,x",
    " https://evil.test",
    "https:/evil.test",
    "/kokkola/\r\nSet-Cookie: x=1",
    "/kokkola\\..\\kronoby",
    "/kronoby/",
    "/kokkolaX/",
    "kokkola/forums/",
    "/\u200bevil",
    "/kokkola/\u202e",
    "evil.test/kokkola/",
    "?next=//evil.test",
    "#x",
    "@evil.test",
    "/kokkola/../kronoby/",
    "/kokkola/..//evil.test",
    "/kokkola/./../kronoby/",
    "/kokkola/%2e%2e/kronoby/",
]
HERE = ["/kokkola/", "/kokkola/forums/", "/kokkola/topics/1?page=3", "/kokkola/topics/1?q=ä", "/kokkola/topics/1#p3"]


@pytest.fixture
def at_home(app, town):
    with app.test_request_context("/sign-in", base_url="http://localhost:8000/kokkola"):
        g.tenant, g.app = town, app
        yield


@pytest.mark.parametrize("target", ELSEWHERE)
def test_elsewhere_becomes_the_front(at_home, target):
    assert here.safe_next(target) == "/kokkola/"


@pytest.mark.parametrize("target", HERE)
def test_a_page_of_this_site_is_kept(at_home, target):
    assert here.safe_next(target) == target


def test_nothing_becomes_the_front(at_home):
    assert here.safe_next(None) == "/kokkola/"


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_signing_in_leads_nowhere_else(visitor, target, address):
    from talkoot.testing.towns import PASSWORD

    who = visitor(by=address)
    response = who.submit(f"/sign-in?next={target}", email="resident@kokkola.example", password=PASSWORD)
    assert response.status_code == 303
    assert response.headers["Location"] == ("/kokkola/" if address == "path" else "/")

"""robots.txt and the icon of every host: what crawlers may read, by host name and by path; what no site can be called."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.core.test_resolver import ask

from talkoot.errors import InvalidError
from talkoot.routes import BOTH, BOTH_ENDPOINTS, INSTALLATION
from talkoot.tenants import registering
from talkoot.tenants.slugs import RESERVED

KOKKOLA, MAIN = "kokkola.localhost:8000", "localhost:8000"
CLOSED = (
    "/sign-in", "/sign-in?next=/kokkola/", "/sign-up", "/forgotten", "/new-password/abc", "/confirm/abc", "/invitation/abc",
    "/account", "/account/profile", "/join", "/mailbox", "/staff/", "/staff/log", "/people/0189-aa", "/feedback",
    "/feedback?about=/topics/1/x", "/feedback/follow", "/posts/0189-aa/edit", "/posts/0189-aa/flag?x=1",
    "/posts/0189-aa/history", "/forums/kylat/new", "/topics/1/reply", "/topics/1/reply?quote=2",
    "/?q=x", "/?page=2&q=x",
)  # fmt: skip
OPEN = (
    "/", "/about/privacy", "/about/rules", "/areas/keskusta/", "/forums/", "/forums/kylat/", "/forums/kylat/?page=2",
    "/topics/1/katuvalot", "/topics/1/reply-to-the-mayor", "/topics/1/?page=2", "/topics/1/sign-in-does-not-work", "/promises/",
    "/promises/1", "/posts/0189-aa", "/feed.atom", "/logo/abc.png", "/?lang=sv", "/noticeboard/",
)  # fmt: skip


def robots(app, host):
    status, headers, body = ask(app, host, "/robots.txt")
    assert (status, headers["Content-Type"]) == (200, "text/plain; charset=utf-8")
    return body


def closed(robots_txt, path):
    """Whether the file closes a path, as RFC 9309 reads it: a pattern is a beginning; `*` is anything, `$` the end."""
    lines = robots_txt.splitlines()
    assert lines[0] == "User-agent: *"
    assert {line.partition(" ")[0] for line in lines[1:]} == {"Disallow:"}
    patterns = [line.removeprefix("Disallow: ") for line in lines[1:]]
    escaped = [re.escape(pattern).replace(r"\*", ".*").replace(r"\$", "$") for pattern in patterns]
    return any(re.match(pattern, path) for pattern in escaped)


@pytest.mark.parametrize("host", [KOKKOLA, "kronoby.localhost:8000", "forum.kokkola.example"])
def test_a_site_by_host(app, host):
    found = robots(app, host)
    assert [path for path in CLOSED if not closed(found, path)] == []
    assert [path for path in OPEN if closed(found, path)] == []


def test_sites_by_path(app):
    """A crawler asks the root only, so it speaks of all sites below."""
    found = robots(app, MAIN)
    assert [path for path in CLOSED if not closed(found, f"/kokkola{path}")] == []
    assert [path for path in OPEN if closed(found, f"/kronoby{path}")] == []
    assert ask(app, MAIN, "/kokkola/robots.txt")[0] == 404


def test_the_installations_own_site(app):
    found = robots(app, MAIN)
    for path in ("/operator/", "/operator/sites/kokkola", "/find?q=x", "/find.json", "/sign-in", "/account/profile"):
        assert closed(found, path), path
    for path in ("/", "/kokkola/", "/about/privacy", "/?lang=sv", "/static/core/talkoot.css"):
        assert not closed(found, path), path


def test_every_form_is_closed_and_every_page_that_is_only_read_is_open(app):
    """Also those of plugins, and of pages that come later."""
    found = robots(app, KOKKOLA)
    private = ("account", "confirm", "find", "invitation", "mailbox", "mentions", "my", "new-password", "operator")
    private += ("people", "staff")
    for rule in app.url_map.iter_rules():
        methods, first = rule.methods or set(), rule.rule.split("/")[1].partition(".")[0]
        if "GET" not in methods or rule.endpoint in ("followup.promise", "conversations.versions"):
            continue
        path = re.sub("<[^>]+>", "1", rule.rule)
        assert closed(found, path) == ("POST" in methods or first in private), rule


@pytest.mark.parametrize("host", [KOKKOLA, MAIN])
def test_a_demo_is_not_crawled_at_all(app, monkeypatch, host):
    monkeypatch.setattr(app, "settings", replace(app.settings, demo=True))
    assert robots(app, host) == "User-agent: *\nDisallow: /\n"


def test_an_unknown_host_has_none(app):
    assert ask(app, "unknown.example", "/robots.txt")[0] == 404
    assert ask(app, "unknown.example", "/favicon.ico")[0] == 404


@pytest.mark.parametrize("path", ["/robots.txt", "/favicon.ico"])
@pytest.mark.parametrize("host", [KOKKOLA, MAIN])
def test_they_cost_no_cookie_and_may_be_kept(app, host, path):
    _, headers, _ = ask(app, host, path)
    assert "Set-Cookie" not in headers
    assert headers["Cache-Control"].startswith("public, max-age=")


@pytest.mark.parametrize(
    ("host", "path"), [(KOKKOLA, "/favicon.ico"), (MAIN, "/favicon.ico"), (MAIN, "/kokkola/favicon.ico")]
)
def test_the_icon(app, host, path):
    status, headers, _ = ask(app, host, path)
    assert status == 302
    address, _, query = headers["Location"].partition("?")
    status, headers, body = ask(app, host, address, QUERY_STRING=query)
    assert (status, headers["Content-Type"].partition(";")[0]) == (200, "image/svg+xml")
    assert body.startswith("<svg ")
    assert "<script" not in body


@pytest.mark.parametrize("by", ["path", "host"])
def test_every_page_names_the_same_icon(app, visitor, by):
    for page in (visitor(by=by).get("/"), visitor(tenant=None).get("/")):
        icon = re.search(r'<link rel="icon" href="([^"]+)" type="image/svg\+xml">', page.text)[1]
        assert icon == ask(app, MAIN, "/favicon.ico")[1]["Location"]


# --- names that no site can have ----------------------------------------------------------------------------------


def test_no_site_hides_a_page_of_the_installation(app):
    here = {
        rule.rule.split("/")[1]
        for rule in app.url_map.iter_rules()
        if rule.endpoint.partition(".")[0] in INSTALLATION | BOTH or rule.endpoint in BOTH_ENDPOINTS
    }
    assert here - {""} <= RESERVED
    assert {"robots.txt", "favicon.ico", "static", "healthz", "readyz", "metrics"} <= RESERVED


@pytest.mark.parametrize(
    "slug", ["robots.txt", "favicon.ico", "sign-in", "join", "Kokkola", "a b", "a/b", "ä", "-a", ""]
)
def test_a_site_cannot_be_called(writing, slug):
    with writing(None) as db, pytest.raises(InvalidError):
        registering.add(db, kind="municipality", names={"fi": "!"}, languages=("fi",), slug=slug)

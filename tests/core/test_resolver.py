"""Which tenant an address means: exact, without a default, and nothing but the Host header is believed."""

from __future__ import annotations

import pytest

from talkoot.tenants import registering, resolver


def ask(app, host="localhost:8000", path="/", **environ):
    """Status, headers and body of a bare WSGI request; the environment is exactly what is given here."""
    from werkzeug.test import run_wsgi_app

    base = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "10.3.0.1",
        "wsgi.input": None,
        **environ,
    }
    if host is not None:
        base["HTTP_HOST"] = host
    body, status, headers = run_wsgi_app(app, base, buffered=True)
    return int(status.split()[0]), headers, b"".join(body).decode()


@pytest.mark.parametrize(
    ("host", "path", "lang"),
    [
        ("localhost:8000", "/kokkola/", "fi"),
        ("localhost:8000", "/kronoby/", "sv"),
        ("127.0.0.1:8000", "/kokkola/", "fi"),
        ("[::1]:8000", "/kokkola/", "fi"),
        ("kokkola.localhost:8000", "/", "fi"),
        ("kronoby.localhost:8000", "/", "sv"),
        ("forum.kokkola.example", "/", "fi"),
        ("forum.kronoby.example:443", "/", "sv"),
        ("FORUM.Kokkola.EXAMPLE", "/", "fi"),
        ("KOKKOLA.LOCALHOST:8000", "/", "fi"),
        ("localhost", "/kokkola/", "fi"),
    ],
)
def test_both_kinds_of_address(app, host, path, lang):
    status, _, body = ask(app, host, path)
    assert status == 200
    assert f'<html lang="{lang}"' in body
    assert ("CANARY-B" in body) == (lang == "sv")


@pytest.mark.parametrize(
    "host",
    [
        "unknown.example",
        "kokkola.example",
        "kokkola",
        "forum.kokkola.example.evil.test",
        "evil-localhost",
        "localhost.evil.test",
        "nowhere.localhost",
        "a.kokkola.localhost",
        "10.0.0.1",
        "[::2]",
        "0x7f.1",
        "2130706433",
        "xn--kokkola-9za.example",
        "keski-pohjanmaa.example",
    ],
)
@pytest.mark.parametrize("path", ["/", "/kokkola/"])
def test_an_unknown_host_is_404(app, host, path):
    status, headers, body = ask(app, host, path)
    assert status == 404
    assert "Kokkola" not in body
    assert "CANARY-B" not in body
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "kokkola localhost",
        "localhost:port",
        "localhost:8000:8000",
        "localhost:123456",
        "local_host",
        "-localhost",
        "localhost-",
        ".localhost",
        "localhost..",
        "a..b",
        "localhost/kokkola",
        "user@localhost",
        "localhost,evil.test",
        "localhost\x00",
        "localhost\r\nX: y",
        "löcalhost",
        "[::1",
        "::1",
        "[::1]x",
        "[fe80::1%25eth0]",
        "a" * 300,
        "localhost#",
        "localhost?x",
        "*",
        "%6cocalhost",
    ],
)
def test_a_malformed_host_is_400(app, host):
    status, _, body = ask(app, host, "/kokkola/")
    assert status == 400
    assert "Kokkola" not in body


def test_no_host_at_all_is_400(app):
    assert ask(app, None, "/kokkola/")[0] == 400


@pytest.mark.parametrize("host", ["localhost.", "kokkola.localhost.", "forum.kokkola.example.", "localhost.:8000"])
def test_a_trailing_dot_is_not_another_name_for_a_site(app, host):
    """It would be another origin for the browser: other cookies, another cache, the same pages."""
    status, _, body = ask(app, host, "/kokkola/")
    assert status in (400, 404)
    assert "Kokkola" not in body


FORGED = {
    "HTTP_X_FORWARDED_HOST": "forum.kronoby.example",
    "HTTP_X_FORWARDED_SERVER": "forum.kronoby.example",
    "HTTP_X_HOST": "forum.kronoby.example",
    "HTTP_FORWARDED": "host=forum.kronoby.example;proto=https",
    "HTTP_X_ORIGINAL_HOST": "forum.kronoby.example",
    "HTTP_X_ORIGINAL_URL": "/kronoby/",
    "HTTP_X_REWRITE_URL": "/kronoby/",
    "HTTP_X_FORWARDED_PREFIX": "/kronoby",
    "HTTP_X_SCRIPT_NAME": "/kronoby",
    "HTTP_X_FORWARDED_PORT": "1",
    "SERVER_NAME": "forum.kronoby.example",
    "SCRIPT_NAME": "/kronoby",
}


@pytest.mark.parametrize("header", FORGED)
def test_a_forged_header_changes_nothing(app, header):
    status, _, body = ask(app, "forum.kokkola.example", "/", **{header: FORGED[header]})
    assert status == 200
    assert "CANARY-B" not in body
    assert "kronoby" not in body.lower().replace("keski-pohjanmaa", "")


@pytest.mark.parametrize(
    "path",
    [
        "//kronoby/",
        "/./kronoby/",
        "/kokkola/../kronoby/",
        "/kokkola//kronoby/",
        "/kokkola/%2e%2e/kronoby/",
        "/KRONOBY/",
    ],
)
def test_a_crooked_path_leads_nowhere_else(app, path):
    status, headers, body = ask(app, "localhost:8000", path)
    assert "CANARY-B" not in body
    assert status in (404, 308, 301)
    assert "//kronoby" not in headers.get("Location", "")


def test_an_absolute_request_line_does_not_name_the_host(app):
    """`GET http://forum.kronoby.example/ HTTP/1.1` with another Host header: a server may put the whole into PATH_INFO."""
    status, _, body = ask(app, "forum.kokkola.example", "http://forum.kronoby.example/")
    assert status == 404
    assert "CANARY-B" not in body


def test_tenants_live_under_a_path_on_main_hosts_only(app):
    assert ask(app, "forum.kokkola.example", "/kronoby/")[0] == 404
    assert ask(app, "kokkola.localhost:8000", "/kokkola/")[0] == 404


def test_the_other_languages_name_redirects(app):
    status, headers, _ = ask(app, "localhost:8000", "/karleby/forums/", QUERY_STRING="lang=sv")
    assert (status, headers["Location"]) == (308, "/kokkola/forums/?lang=sv")
    assert ask(app, "localhost:8000", "/karleby")[1]["Location"] == "/kokkola/"


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/KOKKOLA/", "/kokkola/"),
        ("/Kokkola", "/kokkola/"),
        ("/kOKKOLA/forums/Kylat?/", "/kokkola/forums/Kylat%3F/"),
        ("/KARLEBY/forums/", "/kokkola/forums/"),
        ("/KRONOBY/", "/kronoby/"),
    ],
)
def test_capitals_lead_to_the_canonical_address(app, path, target):
    status, headers, body = ask(app, "localhost:8000", path, QUERY_STRING="lang=sv")
    assert (status, headers["Location"]) == (308, f"{target}?lang=sv")
    assert "CANARY-B" not in body
    assert ask(app, "localhost:8000", target)[0] in (200, 404), "and not back again"


@pytest.mark.parametrize("path", ["/NOWHERE/", "/Kokkola-/", "/KOKKOLA.fi/", "/\u212aokkola/", "/SIGN-IN"])
def test_capitals_of_what_is_not_there_stay_404(app, path):
    assert ask(app, "localhost:8000", path.encode().decode("latin-1"))[0] == 404


def test_capitals_under_a_sites_own_host_are_paths_of_that_site(app):
    assert ask(app, "forum.kokkola.example", "/KOKKOLA/")[0] == 404
    assert ask(app, "forum.kokkola.example", "/KRONOBY/")[0] == 404


@pytest.mark.parametrize("rest", ["/evil.test/", "//evil.test", "/\\evil.test", "/%0d%0aX: y"])
def test_a_redirect_stays_on_this_site(app, rest):
    status, headers, _ = ask(app, "localhost:8000", f"/karleby{rest}")
    assert status == 308
    assert headers["Location"].startswith("/kokkola/")
    assert "\n" not in headers["Location"]


def test_a_site_without_its_slash_is_led_to_it(app):
    status, headers, _ = ask(app, "localhost:8000", "/kokkola", QUERY_STRING="q=1")
    assert (status, headers["Location"]) == (308, "/kokkola/?q=1")


def test_a_closed_tenant_is_gone(app, writing, town):
    from talkoot import clock

    with writing(None) as db:
        registering.change(db, town.id, closed_at=clock.now())
    for host, path in (
        ("localhost:8000", "/kokkola/"),
        ("forum.kokkola.example", "/"),
        ("kokkola.localhost:8000", "/"),
        ("localhost:8000", "/karleby/"),
    ):
        assert ask(app, host, path)[0] == 404


def test_a_removed_host_is_gone(app, writing, town):
    with writing(None) as db:
        registering.remove_host(db, town.id, "forum.kokkola.example")
    assert ask(app, "forum.kokkola.example")[0] == 404


def test_one_host_cannot_serve_two_tenants(app, writing, neighbour):
    from talkoot.errors import InvalidError

    with writing(None) as db, pytest.raises(InvalidError):
        registering.add_host(db, neighbour.id, "Forum.Kokkola.example", main_hosts=())


def test_links_of_a_page_stay_below_its_address(as_role, address):
    """`url_for` writes the prefix by path, and none by host."""
    page = as_role("resident", by=address).get("/forums/").text
    assert ('href="/kokkola/forums/' in page) == (address == "path")
    assert ('href="/forums/' in page) == (address == "host")


def test_the_canonical_address_is_one(app):
    """The same page by path and by host names one address for search engines and feeds."""
    pages = [
        ask(app, host, path)[2]
        for host, path in (("localhost:8000", "/kokkola/forums/"), ("kokkola.localhost:8000", "/forums/"))
    ]
    found = {page.partition('rel="canonical" href="')[2].partition('"')[0] for page in pages}
    assert found == {"http://localhost:8000/kokkola/forums/"}


def test_the_resolver_is_short():
    import inspect

    assert len(inspect.getsource(resolver).splitlines()) <= 100, "it is the trusted base (DESIGN 5.1)"


def test_installation_pages_are_not_on_a_tenants_site(client):
    assert client.get("/find").status_code == 404
    assert client.get("/operator/").status_code == 404


def test_tenant_pages_are_not_on_the_installations_site(visitor):
    assert visitor(None).get("/forums/").status_code == 404
    assert visitor(None).get("/staff/").status_code == 404

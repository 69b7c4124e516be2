"""What is logged of a request: never what a mailed link holds, for it signs somebody in."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from talkoot.people import links
from talkoot.people.models import Person
from talkoot.web.paths import without_secrets
from talkoot.web.watchdog import Watchdog


@pytest.fixture
def token(app, reading, town, world):
    """As in a mail to the town's resident: it would open the page that chooses a new password."""
    with reading(None) as db:
        person = db.get(Person, world.people["kokkola", "resident"])
    return links.sign(app.settings, "reset", town, person=str(person.id), nonce=person.nonce)


@pytest.fixture
def written(logs):
    """Everything logged so far, as one text."""
    return lambda: repr(logs)


def requests(logs):
    return [(line["tenant"], line["path"], line["status"]) for line in logs if line["event"] == "request"]


def test_a_mailed_links_page_is_logged_as_its_route(visitor, logs, written, token, address):
    answer = visitor(by=address).get(f"/new-password/{token}")
    assert answer.status_code == 200
    assert requests(logs) == [("kokkola", "/new-password/<token>", 200)]
    assert token not in written()


@pytest.mark.parametrize("path", ["/confirm/{}", "/invitation/{}", "/new-password/{}/", "/nothing/{}", "/{}"])
def test_nor_is_it_written_where_it_leads_nowhere(visitor, neighbour, logs, written, token, path):
    for tenant in (neighbour, None):
        assert visitor(tenant).get(path.format(token)).status_code == 404
    assert len(requests(logs)) == 2
    assert token.rpartition(".")[2] not in written()


def test_other_pages_are_logged_as_they_are(visitor, neighbour, logs, world):
    visitor().get(f"/topics/{world.things['kokkola', 'topic']}?page=1")
    visitor(neighbour).get("/forums/a-forum-with-a-very-long-name-indeed-it-is/x.y.z")
    assert [path for _, path, _ in requests(logs)] == [
        "/topics/1",
        "/forums/a-forum-with-a-very-long-name-indeed-it-is/x.y.z",
    ]


def test_the_browser_does_not_repeat_it_in_the_next_requests_referer(visitor, token):
    """Proxies write that header into their logs; the Origin header, which forms are checked by, stays."""
    assert visitor().get(f"/new-password/{token}").headers["Referrer-Policy"] == "strict-origin"
    assert visitor().get("/sign-in").headers["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_a_page_that_breaks_is_logged_without_it(app, visitor, logs, written, token, monkeypatch):
    monkeypatch.setitem(app.view_functions, "people.new_password", lambda token: 1 // 0)
    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    assert visitor().get(f"/new-password/{token}").status_code == 500
    assert [line["path"] for line in logs if line["event"] == "unexpected"] == ["/new-password/<token>"]
    assert token not in written()


def test_nor_does_the_watchdog_write_it(token, monkeypatch):
    said = []
    monkeypatch.setattr("talkoot.web.watchdog.os.kill", lambda *_: None)
    monkeypatch.setattr("talkoot.web.watchdog.os._exit", lambda _: None)
    dog = Watchdog(limit=0.02, grace=0.0)
    dog.begin(f"/kokkola/new-password/{token}")
    time.sleep(0.03)
    dog._watch(said.append)
    assert "/kokkola/new-password/…; this worker ends" in said[0]


@pytest.mark.parametrize("purpose", ["confirm", "reset", "invite"])
def test_every_kind_of_link_is_known_by_its_shape(app, town, neighbour, purpose):
    for tenant in (town, neighbour, None):
        made = links.sign(app.settings, purpose, tenant, person="x" * 36, nonce="y" * 32)
        assert without_secrets(f"/kokkola/a/{made}") == "/kokkola/a/…"
    assert without_secrets("/static/core/talkoot.min.css") == "/static/core/talkoot.min.css"


def test_an_error_of_the_database_does_not_tell_what_was_written(reading, town, neighbour):
    for tenant in (town, neighbour):
        with reading(tenant) as db, pytest.raises(DBAPIError) as failed:
            db.execute(text("SELECT no_such_column, :written"), {"written": "anna@example.fi"})
        assert "no_such_column" in str(failed.value)
        assert "anna" not in str(failed.value)

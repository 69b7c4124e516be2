"""A process that began while its database could not be read: it says so in the installation's look, and recovers by itself."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import DatabaseError, OperationalError

PATHS = (
    "/",
    "/kokkola/",
    "/KOKKOLA",
    "/kokkola/topics/1",
    "/sign-in",
    "/operator/",
    "/no-such-town/",
    "/about/privacy",
)
FAULTS = {
    "does not answer": OperationalError("SELECT", None, Exception("connection refused")),
    "cannot be read": DatabaseError("SELECT", None, Exception("file is not a database")),
}


class Away:
    """The directory as it is in a process that has just begun, with a database that is away until `back()`."""

    def __init__(self, app, monkeypatch, fault):
        self.asked, self.app, self.monkeypatch = 0, app, monkeypatch
        self.real = app.database.connect
        app.directory.forget()
        self.fault = fault
        monkeypatch.setattr(app.database, "connect", self.refuse)

    def refuse(self):
        self.asked += 1
        raise self.fault

    def back(self):
        self.monkeypatch.setattr(self.app.database, "connect", self.real)


@pytest.fixture(params=FAULTS)
def away(request, app, monkeypatch, visitor):  # `visitor` asked who lives where while that could be known
    return Away(app, monkeypatch, FAULTS[request.param])


@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_503_in_the_installations_look(away, visitor, app, path):
    answer = visitor(tenant=None).get(path, headers={"Accept-Language": "sv"})
    assert answer.status_code == 503
    assert answer.mimetype == "text/html"
    assert (answer.headers["Retry-After"], answer.headers["Cache-Control"]) == ("10", "no-store")
    assert '<html lang="sv"' in answer.text
    assert app.settings.installation_name in answer.text
    assert 'class="site-foot"' in answer.text
    assert "Kokkola" not in answer.text, "no site is known yet"
    assert "connection refused" not in answer.text


@pytest.mark.parametrize("host", ["kokkola.localhost", "forum.kokkola.example", "unknown.example"])
def test_under_any_host_name_too(away, visitor, town, host):
    guest = visitor(tenant=None)
    guest.host = host
    assert guest.get("/").status_code == 503


def test_the_pages_own_style_sheet_comes_all_the_same(away, visitor):
    guest = visitor(tenant=None)
    sheet = guest.get("/").text.partition('href="/colours/')[2].partition('"')[0]
    assert guest.get(f"/colours/{sheet}").status_code == 200
    with guest.get("/static/core/talkoot.css") as static:
        assert static.status_code == 200


def test_what_was_written_is_given_back(away, visitor):
    answer = visitor().post("/topics/1/reply", data={"text": "A text that took me an hour to write."})
    assert answer.status_code == 503
    assert "A text that took me an hour to write." in answer.text


def test_it_recovers_by_itself(away, visitor, app):
    assert visitor().get("/").status_code == 503
    away.back()
    answer = visitor().get("/")
    assert answer.status_code == 200
    assert "Kokkola" in answer.text
    assert app.directory._away is None


def test_the_page_that_says_so_is_not_remembered(away, visitor, page_cache):
    assert visitor().get("/").status_code == 503
    away.back()
    assert visitor().get("/").status_code == 200


def test_a_database_that_is_away_is_asked_once_a_second_and_not_by_every_visitor(away, visitor, app):
    app.directory.max_age = 60.0
    try:
        assert [visitor().get("/").status_code for _ in range(5)] == [503] * 5
        assert away.asked == 1
    finally:
        app.directory.max_age = 0.0


def test_it_is_told_in_the_log_with_its_cause(away, visitor, logs):
    visitor().get("/")
    told = [event for event in logs if event["event"] == "database_away"]
    assert len(told) == 1
    assert told[0]["error"] == type(away.fault).__name__
    assert told[0]["detail"] in ("connection refused", "file is not a database")

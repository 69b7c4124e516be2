"""Security headers on whatever is answered, and what the content security policy must never allow."""

from __future__ import annotations

import pytest

from talkoot.testing.crawling import crawl, plain_paths
from talkoot.web.headers import CSP, HEADERS

YEAR = 365 * 24 * 3600


def lacking(response) -> list[str]:
    return [name for name, value in HEADERS if response.headers.get(name) != value]


def directives() -> dict[str, list[str]]:
    parts = (part.split() for part in CSP.split(";"))
    return {name: values for name, *values in parts}


@pytest.mark.parametrize("role", ["guest", "admin"])
def test_every_answer_has_them(app, as_role, role):
    answers = crawl(as_role(role), plain_paths(app))
    assert len(answers) > 20
    assert {path: lacking(response) for path, response in answers.items() if lacking(response)} == {}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nowhere", 404),
        ("/staff/", 303),
        ("/static/nothing.css", 404),
        ("/healthz", 200),
        ("/readyz", 200),
        ("/colours/1b5e8c.css", 200),
    ],
)
def test_answers_that_are_no_pages_have_them_too(visitor, path, status):
    response = visitor(by="host").get(path)
    assert response.status_code == status
    assert lacking(response) == []


def test_refusals_have_them(as_role):
    who = as_role("resident")
    refused = [who.post("/feedback", data={}), who.delete("/feedback"), who.get("/", base_url="http://nowhere.example")]
    assert [response.status_code for response in refused] == [400, 405, 404]
    assert [lacking(response) for response in refused] == [[], [], []]


def test_the_policy_lets_nothing_in_from_elsewhere():
    policy = directives()
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == ["'none'"]
    assert "object-src" not in policy, "falls back to default-src 'none'"
    assert set().union(*policy.values()) <= {"'self'", "'none'", "data:"}, "no unsafe-inline, no unsafe-eval, no host"
    assert [name for name, values in policy.items() if "data:" in values] == ["img-src"]


def test_https_is_remembered_for_a_year_and_http_never_promises_it(visitor):
    said = visitor().get("/", base_url="https://forum.kokkola.example").headers["Strict-Transport-Security"]
    assert int(said.partition("max-age=")[2].partition(";")[0]) >= YEAR
    assert "Strict-Transport-Security" not in visitor().get("/").headers

"""What monitoring asks: whether the process lives, whether it can serve, its numbers, and who may have them."""

from __future__ import annotations

import dataclasses

import pytest
from sqlalchemy.exc import OperationalError

ELSEWHERE = "198.51.100.7"


@pytest.fixture
def ask(app):
    """A request as the server hands it over, from this address with this Authorization header."""

    def request(path, network="127.0.0.1", authorization="", **headers):
        environ = {
            "PATH_INFO": path,
            "REMOTE_ADDR": network,
            "HTTP_AUTHORIZATION": authorization,
            "wsgi.url_scheme": "http",
            **headers,
        }
        said = []
        body = b"".join(app.wsgi_app(environ, lambda status, _headers: said.append(status)))
        return said[0][:3], body.decode()

    return request


@pytest.fixture
def token(app, monkeypatch):
    """`token("…")`: what monitoring has to know from now on."""

    def choose(words):
        monkeypatch.setattr(app, "settings", dataclasses.replace(app.settings, metrics_token=words))

    return choose


def test_it_lives_and_it_can_serve(app, ask, monkeypatch):
    assert (ask("/healthz")[0], ask("/readyz")[0]) == ("200", "200")

    def away():
        raise OperationalError("SELECT", None, Exception())

    monkeypatch.setattr(app.database, "connect", away)
    assert (ask("/healthz")[0], ask("/readyz")[0]) == ("200", "503")


def test_numbers_are_for_this_machine_and_for_who_knows_the_token(ask, token):
    assert ask("/metrics")[0] == "200"
    assert ask("/metrics", ELSEWHERE)[0] == "403"
    assert ask("/metrics", ELSEWHERE, "Bearer ")[0] == "403", "none is set"
    token("a long token")
    assert ask("/metrics", ELSEWHERE, "Bearer a long token")[0] == "200"
    assert ask("/metrics", ELSEWHERE, "Bearer another")[0] == "403"
    assert ask("/metrics", HTTP_X_FORWARDED_FOR=ELSEWHERE)[0] == "403", "somebody behind a proxy on this machine"


@pytest.mark.parametrize("sent", ["\u00e4\u00f6", "\u00c3\u00a4", "\x80\xff"])
def test_a_token_of_other_letters_is_compared_and_not_an_error(ask, token, sent):
    """Servers hand headers over as Latin-1, whatever bytes came."""
    token("a long token")
    assert ask("/metrics", ELSEWHERE, f"Bearer {sent}")[0] == "403"
    token("pitkä")
    assert ask("/metrics", ELSEWHERE, f"Bearer {'pitkä'.encode().decode('latin-1')}")[0] == "200"

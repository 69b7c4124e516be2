"""An error page gives back what somebody had written, and never a password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wtforms import PasswordField

import talkoot
from talkoot.web import errors
from talkoot.web.forms import Form

PASSPHRASE = "kolme pitkää sanaa peräkkäin"


def forms(kind=Form):
    for below in kind.__subclasses__():
        yield below
        yield from forms(below)


def password_fields(app):  # whose start imports every form
    return sorted(
        {(form.__name__, field.name) for form in forms() for field in form() if isinstance(field, PasswordField)}
    )


@pytest.fixture
def expired(as_role, visitor):
    """The page after a form that has become old was sent with these fields."""

    def send(path, **fields):
        found = [who.post(path, data={"csrf_token": "old", **fields}) for who in (as_role("resident"), visitor())]
        assert {answer.status_code for answer in found} == {400}
        return "".join(answer.text for answer in found)

    return send


def test_what_was_written_is_given_back(expired):
    assert "A post that took an hour" in expired("/topics/1/reply", text="A post that took an hour to write.")


def test_no_password_of_any_form_is(app, monkeypatch, expired):
    with app.test_request_context():
        monkeypatch.setattr("talkoot.web.here.language", lambda: "fi")
        fields = password_fields(app)
    assert ("PasswordForm", "old") in fields
    assert {name for _, name in fields} <= set(errors.secrets())
    page = expired("/account/password", **{name: PASSPHRASE for _, name in fields}, other=f"kept: {PASSPHRASE}")
    assert page.count(PASSPHRASE) == page.count(f"kept: {PASSPHRASE}") > 0


def test_nor_one_that_a_template_asks_for_without_a_form():
    """Every field of that kind in core's templates has a name that errors know."""
    folder = Path(talkoot.__file__).parent / "templates"
    fields = [
        tag
        for path in folder.rglob("*.html")
        for tag in re.findall(r"<input[^>]*type=\"password\"[^>]*>", path.read_text())
    ]
    named = {name for tag in fields for name in re.findall(r'name="([a-z_]+)"', tag)}
    assert named <= set(errors.secrets())


def test_nor_a_plugins(app, expired):
    class Pin(Form):
        secret_word = PasswordField()

    assert PASSPHRASE not in expired("/topics/1/reply", secret_word=PASSPHRASE)
    assert PASSPHRASE in expired("/topics/1/reply", other_word=PASSPHRASE)
    assert Pin


def test_nor_when_the_database_is_away_or_the_limit_is_reached(visitor, monkeypatch):
    """The other pages that give texts back."""
    from sqlalchemy.exc import OperationalError

    from talkoot.errors import TooManyError

    guest = visitor()
    token = guest.token_of("/sign-in")
    for error, status in ((OperationalError("", None, Exception()), 503), (TooManyError(60), 429)):

        def fail(*_, error=error, **__):
            raise error

        monkeypatch.setattr("talkoot.people.pages.signing_in._authenticated", fail)
        answer = guest.post(
            "/sign-in", data={"csrf_token": token, "email": "x" * 30 + "@example.fi", "password": PASSPHRASE}
        )
        assert answer.status_code == status
        assert "x" * 30 in answer.text
        assert PASSPHRASE not in answer.text

"""An error page gives back what somebody had written, and never a password."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from wtforms import PasswordField

import talkoot
from talkoot.testing.visitors import ADDRESSES
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


def test_a_short_text_and_a_title_too(expired):
    page = expired(
        "/forums/kylat/new", text="Yes.", title="Lamps", kind="question", next="/kokkola/forums/kylat/new?x=1"
    )
    kept = re.findall(r"<textarea[^>]*>\n([^<]*)</textarea>", page)
    assert kept == ["Yes.", "Lamps"] * 2


def test_no_text_is_promised_where_there_was_none(as_role, visitor, world):
    act = f"/posts/{world.things['kokkola', 'post']}/reactions?lang=en"
    for who, fields, status in (
        (as_role("resident"), {"give": "thanks"}, 400),
        (as_role("resident"), {"give": "thanks", "post": str(world.things["kokkola", "post"])}, 400),
        (visitor(), {"give": "thanks", "csrf_token": None}, 401),
    ):
        fields = {**fields, "csrf_token": who.token_of("/sign-in?lang=en") if status == 401 else "old"}
        answer = who.post(act, data=fields)
        assert answer.status_code == status
        assert "Your text" not in answer.text
        assert "try once more" in answer.text
        written = who.post(act, data={**fields, "text": "Yes."})
        assert written.status_code == status
        assert "Your text is below" in written.text


@pytest.fixture
def ways_on(visitor):
    """The links that the page of an old form offers, below the site's own address."""

    def found(path, by="path", came_from=None, status=400, **fields):
        guest = visitor(by=by)
        answer = guest.post(path, data=fields, headers={"Referer": came_from} if came_from else {})
        assert answer.status_code == status
        links = re.findall(r'<a class="button[^"]*" href="([^"]*)"', answer.text.partition('"error-page"')[2])
        return [link.removeprefix(guest.prefix) for link in links[: answer.text.count("To the front page") + 1]]

    return found


@pytest.mark.parametrize("by", ADDRESSES)
def test_the_page_of_the_form_is_one_press_away(ways_on, by):
    assert ways_on("/topics/1/reply", by)[0] == "/topics/1/reply"
    assert ways_on("/people/nobody-there/reply", by, status=404)[0] == "/", "no form, no link"


def test_a_form_without_a_page_of_its_own_leads_where_it_was(ways_on, world):
    act = f"/posts/{world.things['kokkola', 'post']}/reactions"
    here, home = "http://localhost:8000/kokkola", "/"
    assert ways_on(act, came_from=f"{here}/topics/1")[0] == "/topics/1"
    for elsewhere in (
        None,
        "http://evil.example/kokkola/topics/1",
        "http://localhost:8000/kronoby/topics/1",
        f"{here}/",
    ):
        assert ways_on(act, came_from=elsewhere)[0] == home, elsewhere


def test_who_signs_in_again_comes_back_to_the_form(visitor, world):
    guest, number = visitor(), world.things["kokkola", "topic"]
    answer = guest.post(f"/topics/{number}/reply", data={"csrf_token": guest.token_of("/sign-in"), "text": "Yes."})
    assert answer.status_code == 401
    assert f'href="/kokkola/sign-in?next=/kokkola/topics/{number}/reply"' in answer.text


def test_a_text_too_long_is_counted_and_kept_whole(as_role, world):
    """No browser cuts it before it is sent: who pastes would not see what is missing."""
    who, path = as_role("resident"), f"/topics/{world.things['kokkola', 'topic']}/reply"
    assert "maxlength" not in "".join(re.findall(r"<textarea[^>]*>", who.get(path).text + who.get("/feedback").text))
    written = "ord " * 7501 + "end"
    answer = who.submit(path, text=written)
    assert answer.status_code == 422
    assert written in answer.text
    assert re.search(r"30.007", answer.text)

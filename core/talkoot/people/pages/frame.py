"""What the pages of accounts share: forms and their answers, asking for a password, signing a browser in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, request, session

from talkoot.db.engine import commit
from talkoot.errors import ForbiddenError, InvalidError
from talkoot.people import lifetimes, lockout, passwords, sessions
from talkoot.people.models import Person
from talkoot.web import here, limits
from talkoot.web.pagecache import STORED
from talkoot.web.render import page

people = Blueprint("people", __name__)
_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def on_loopback() -> bool:
    """Whether this request came to an address of this very computer."""
    host = str(request.environ["talkoot.host"])
    return host in _LOOPBACK or host.endswith(".localhost")


def is_right(form: Any, *checks: Callable[[], object]) -> bool:
    """Whether nothing is wrong with a form that was sent. Everything is told at once, beside the fields.

    `checks` are what subject functions ask for: each raises InvalidError. Of a field that is wrong already they say no more.
    """
    form.validate()
    for check in checks:
        try:
            check()
        except InvalidError as error:
            if error.field not in form.errors:
                form.refuse(error)
    return not form.errors


def form_page(template: str, form: Any, **context: Any) -> Response:
    """The form's page; with 422 when it was sent and refused."""
    status = 422 if request.method == "POST" else 200
    if g.pop("keep_failure", False):
        commit(here.db())
    return make_response(page(template, form=form, **context), status)


def unstored(answer: Response | str) -> Response:
    """The same page, kept by no cache: going back to it shows how things are by then."""
    request.environ.pop(STORED, None)
    response = make_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def has_password(person: Person | None, address: str, password: str) -> bool:
    """Whether somebody may sign in who has written this password. Failures are counted, also of unknown addresses.

    The count is committed by form_page(), so that it outlasts the refusal; raises TooManyError while the account waits.
    """
    db = here.db()
    account, network = lockout.keys(here.app().settings.secret_key, address, limits.address())
    lockout.check(db, account, network)
    right = passwords.matches(person.password_hash if person else None, password)
    if person is None or not right or person.blocked_at is not None or not _demo_allowed(person):
        return _failed(account, network)
    lockout.forget(db, account)
    if person.password_hash and passwords.needs_rehash(person.password_hash):
        person.password_hash = passwords.make_hash(password)
    return True


def _failed(account: str, network: str) -> bool:
    lockout.note_failure(here.db(), account, network)
    here.db().quiet = True
    g.keep_failure = True
    return False


def _demo_allowed(person: Person) -> bool:
    settings = here.app().settings
    return not person.demo or (settings.demo and (settings.demo_anywhere or on_loopback()))


def signed_in(person: Person, target: str) -> Response:
    """A new session (an old one's cookie is worth nothing any more) and a fresh form cookie."""
    if person.blocked_at:
        raise ForbiddenError
    db = here.db()
    if old := here.actor().session:
        sessions.end(db, old)
    value = sessions.start(db, person.id, request.environ["talkoot.host"], request.headers.get("User-Agent", ""))
    session.clear()
    response = make_response(redirect(target, 303))
    response.set_cookie(
        sessions.COOKIE,
        value,
        max_age=int(lifetimes.RESIDENT.whole.total_seconds()),  # the row says when it ends earlier
        path="/",
        secure=True,
        httponly=True,
        samesite="Lax",
    )
    return response

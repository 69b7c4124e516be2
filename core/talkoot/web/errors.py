"""One page for each kind of error, in the tenant's look; what somebody wrote is given back to them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import structlog
from flask import Response, g, make_response, redirect, request, url_for
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from werkzeug.exceptions import HTTPException
from wtforms import PasswordField
from wtforms.form import BaseForm

from talkoot import i18n
from talkoot.access.actor import Actor
from talkoot.errors import DatabaseAwayError, ForbiddenError, InvalidError, NotFoundError, TooManyError
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.web import here, logs
from talkoot.web.csrf import FIELD, ExpiredFormError
from talkoot.web.here import JoinNeededError, SignInNeededError
from talkoot.web.render import page
from talkoot.web.request import SAFE

if TYPE_CHECKING:
    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.web")
NOT_TEXT = {FIELD, "submission", "code", "next", "endpoint", "p256dh", "auth"}
WRITTEN = {"text", "title"}  # given back however short; of other fields only what is too long to be a choice


def init_app(app: Talkoot) -> None:
    """Handlers, most of them one line."""
    app.register_error_handler(NotFoundError, lambda e: error_page(404, *e.args[:1]))
    app.register_error_handler(ForbiddenError, lambda _e: error_page(403))
    app.register_error_handler(InvalidError, _invalid)
    app.register_error_handler(TooManyError, _too_many)
    app.register_error_handler(ExpiredFormError, _expired)
    app.register_error_handler(SignInNeededError, _sign_in)
    app.register_error_handler(JoinNeededError, lambda _e: redirect(url_for("people.join", next=_return_path()), 303))
    app.register_error_handler(DatabaseAwayError, _database_away)
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(PoolTimeoutError, _database_away)
    app.register_error_handler(DataError, _cannot_be_held)
    app.register_error_handler(DBAPIError, _database_error)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def error_page(status: int, message: str = "", again: str = "") -> Response:
    """The page for a status; needs no database, so that it also works when that is away. `again`: the form's page, to be linked."""
    g.setdefault("tenant", request.environ.get("talkoot.tenant"))
    g.setdefault("language", g.tenant.language if g.tenant else "en")
    i18n.speak(g.language)
    g.setdefault("actor", _visitor() if status == 404 else Actor(policy=g.app.policy))
    response = make_response(
        page("errors/error.html", status=status, message=message, again=again, texts=_texts()), status
    )
    response.headers["Cache-Control"] = "no-store"
    return response


def _visitor() -> Actor:
    """Who follows a link that leads nowhere: nobody is to think that they were signed out. A guest when it cannot be read."""
    try:
        return here.actor() if request.method in SAFE else Actor(policy=g.app.policy)
    except (DBAPIError, PoolTimeoutError):
        return Actor(policy=g.app.policy)


def _texts() -> list[str]:
    """What the visitor had written in the form that failed."""
    if request.method in SAFE:
        return []
    try:
        hidden = NOT_TEXT.union(secrets())
        sent = [(name, value) for name, value in request.form.items() if name not in hidden and not parse_id(value)]
        return [value for name, value in sent if len(value) > 20 or (name in WRITTEN and value.strip())]
    except HTTPException:
        return []


def secrets(form: type[BaseForm] = BaseForm) -> Iterator[str]:
    """The names under which any form here asks for a password: what is written there is never shown again."""
    for name in dir(form):
        if issubclass(getattr(getattr(form, name), "field_class", object), PasswordField):
            yield name
    for kind in form.__subclasses__():
        yield from secrets(kind)


def _invalid(error: InvalidError) -> Response:
    return error_page(422, error.message)


def _too_many(error: TooManyError) -> Response:
    response = error_page(429)
    response.headers["Retry-After"] = str(error.retry_after)
    return response


def _expired(_error: ExpiredFormError) -> Response:
    return error_page(
        400,
        gettext(
            "The form had become old, or you have signed in or out in between. Your text is below; open the page again and send it."
        )
        if _texts()
        else gettext(
            "The form had become old, or you have signed in or out in between. Open the page again and try once more."
        ),
        _form_page(),
    )


def _sign_in(_error: SignInNeededError) -> Response:
    if request.method in SAFE:
        return redirect(url_for("people.sign_in", next=_return_path()), 303)  # type: ignore[return-value]
    return error_page(
        401,
        gettext("You are not signed in any more. Your text is below: sign in, open the page again and send it.")
        if _texts()
        else gettext("You are not signed in any more. Sign in and try once more."),
        _form_page(),
    )


def _return_path() -> str:
    """Where to come back to: this page, or the one the form was on."""
    if request.method in SAFE:
        return request.script_root + request.full_path.rstrip("?")
    return _form_page() or f"{request.script_root}/"


def _form_page() -> str:
    """The page of this site that the sent form was on: its own address, else where the browser came from; or empty."""
    if _can_be_opened():
        target = request.script_root + request.full_path.rstrip("?")
    else:
        came = urlsplit(request.referrer or "")
        target = came.path if came.netloc.lower() == request.host.lower() else ""
    home = f"{request.script_root}/"
    return "" if (safe := here.safe_next(target)) == home else safe


def _can_be_opened() -> bool:
    """Whether the address a form was sent to is a page as well."""
    adapter = g.app.create_url_adapter(request)
    try:
        return bool(adapter.match(method="GET"))
    except HTTPException:
        return False


def _database_away(error: Exception) -> Response:
    cause = error.__cause__ if isinstance(error, DatabaseAwayError) else error
    log.error("database_away", error=type(cause).__name__, detail=str(getattr(cause, "orig", cause))[:200])
    if (db := g.pop("db", None)) is not None:
        db.invalidate()
    response = error_page(503)
    response.headers["Retry-After"] = "10"
    return response


def _cannot_be_held(error: DataError) -> Response:
    """What was sent has what no column of PostgreSQL takes, such as a NUL in an address or a choice: the sender's mistake."""
    log.warning("cannot_be_held", path=logs.path(), endpoint=request.endpoint, error=type(error.orig).__name__)
    return error_page(400)


def _database_error(error: DBAPIError) -> Response:
    return _database_away(error) if error.connection_invalidated else _unexpected(error)


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    response = error_page(error.code)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.exception("unexpected", path=logs.path(), endpoint=request.endpoint, error=type(error).__name__)
    if g.app.testing:
        raise error
    return error_page(500)

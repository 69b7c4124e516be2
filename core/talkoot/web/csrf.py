"""Cross-site request forgery: a signed token with a time, its key that of one session and one tenant.

The token of another tenant, of another person, or from before signing in is therefore no token. Browsers that say where
a request comes from (Origin, Sec-Fetch-Site) are believed when they say "elsewhere".
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Request, abort, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf.csrf import generate_csrf, validate_csrf
from itsdangerous import BadSignature, TimestampSigner
from markupsafe import Markup
from wtforms.validators import ValidationError

from talkoot.errors import TalkootError
from talkoot.ids import new_id
from talkoot.people import sessions
from talkoot.web.request import SAFE

if TYPE_CHECKING:
    from talkoot.app import Talkoot

FIELD = "csrf_token"
EIGHT_HOURS = 8 * 3600
# Programs post to these, without a session: what they send is signed, or goes to a signed link (RFC 8058); no cookie counts.
SIGNED = frozenset({"incoming.webhook", "notices.unsubscribe"})


class ExpiredFormError(TalkootError):
    """The form is too old or was made before signing in or out; the page shown gives the text back."""


class FormSession(SecureCookieSessionInterface):
    """Flask's session, which only guests' forms use: most requests bring no such cookie, and there is nothing to verify."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def init_app(app: Talkoot) -> None:
    """Cookie settings, and the check of every form before anything reads it."""
    app.session_interface = FormSession()
    app.config.update(
        SECRET_KEY=app.settings.secret_key,
        SECRET_KEY_FALLBACKS=list(app.settings.secret_key_fallbacks),
        SESSION_COOKIE_NAME="__Host-talkoot-form",
        SESSION_COOKIE_SECURE=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        MAX_FORM_MEMORY_SIZE=500_000,
        MAX_FORM_PARTS=1000,
        MAX_CONTENT_LENGTH=2_000_000,
        WTF_CSRF_SSL_STRICT=False,
    )

    @app.before_request
    def protect() -> None:
        if request.method in SAFE or request.blueprint is None or request.endpoint in SIGNED:
            return
        _refuse_other_sites()
        token = request.form.get(FIELD) or request.headers.get("X-CSRFToken")
        try:
            _check(token)
        except (ValidationError, BadSignature) as error:
            raise ExpiredFormError from error
        if any("\0" in sent for field in request.form.items(multi=True) for sent in field):
            abort(400)  # SQLite would keep what PostgreSQL refuses


def token() -> str:
    """The token for a form on this page. A guest's sets a cookie; who has signed in has a secret in a cookie already."""
    found: str | None = g.get("csrf_token")  # where Flask-WTF keeps it too
    if found is None:
        if sessions.COOKIE in request.cookies:
            found = g.csrf_token = _signer().sign(FIELD).decode()
        else:
            found = generate_csrf(secret_key=_key())
    return found


def _check(given: str | None) -> None:
    """Raises ValidationError or BadSignature when the token is missing, somebody else's, or eight hours old."""
    if sessions.COOKIE in request.cookies:
        _signer().unsign(given or "", max_age=EIGHT_HOURS)
    else:
        validate_csrf(given, secret_key=_key(), time_limit=EIGHT_HOURS)


def _signer() -> TimestampSigner:
    return TimestampSigner(_key(), salt=FIELD)


def fields() -> Markup:
    """The hidden fields of every form: the token, and the key that makes sending twice the same as once."""
    return Markup(  # noqa: S704 a signed token and an id, both of letters and digits
        f'<input type="hidden" name="csrf_token" value="{token()}">'
        f'<input type="hidden" name="submission" value="{new_id()}">'
    )


def _key() -> str:
    cookie = request.cookies.get(sessions.COOKIE, "")
    whose = f"csrf|{g.tenant.id if g.tenant else 0}|{hashlib.sha256(cookie.encode()).hexdigest()}"
    return hmac.digest(g.app.settings.secret_key.encode(), whose.encode(), "sha256").hex()


def _refuse_other_sites() -> None:
    site = request.headers.get("Sec-Fetch-Site")
    if site in ("cross-site", "same-site"):
        raise ExpiredFormError
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc.lower() != request.host.lower():
        raise ExpiredFormError

"""The way of a request inside Flask: tenant, plugin, language, session; and closing what was opened."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import structlog
from flask import g, request
from werkzeug.routing import IntegerConverter, Map

from talkoot import clock, i18n
from talkoot.errors import DatabaseAwayError, NotFoundError
from talkoot.people import sessions
from talkoot.routes import BOTH, BOTH_ENDPOINTS, INSTALLATION
from talkoot.tenants.resolver import AWAY

if TYPE_CHECKING:
    from flask import Response

    from talkoot.app import Talkoot


class NumberConverter(IntegerConverter):
    """`<number:n>` in a route: a whole number that every database can hold; anything else is no such page."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=2**31 - 1)


SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
LANGUAGE_COOKIE = "__Host-language"  # not "__Host-talkoot…": the page cache stays away from whatever holds that
log = structlog.get_logger("talkoot.web")


def init_app(app: Talkoot) -> None:
    """Install the steps in the order in which a request takes them."""
    app.url_map.converters["number"] = NumberConverter

    @app.before_request
    def enter() -> None:
        g.app = app
        g.tenant = request.environ["talkoot.tenant"]
        g.stamps = {g.tenant.id} if g.tenant else set()
        g.language = _language(app)
        i18n.speak(g.language)
        if (away := request.environ.get(AWAY)) and request.endpoint != "front.colours":  # that page's own style sheet
            raise DatabaseAwayError from away
        _gate(app)

    @app.after_request
    def leave(response: Response) -> Response:
        _remember_language(response)
        if seen := g.get("session_due"):
            response.call_on_close(lambda: _mark_seen(app, seen))
        if response.mimetype == "text/html":
            response.headers.add("Vary", "HX-Request, Cookie")
            if g.get("actor") is not None and not g.actor.is_guest:
                response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @app.teardown_request
    def close(_error: BaseException | None) -> None:
        if (db := g.pop("db", None)) is not None:
            db.close()


def _gate(app: Talkoot) -> None:
    """Only endpoints that live here: the installation's or a tenant's, and of plugins that are on. Else 404, before any code."""
    name = (request.blueprint or "").partition(".")[0]  # of a nested blueprint the outermost
    if not name or name in BOTH or request.endpoint in BOTH_ENDPOINTS:
        return
    if name in INSTALLATION:
        if g.tenant is not None:
            raise NotFoundError
    elif g.tenant is None or (name in app.registry.plugins and name not in g.tenant.plugins):
        raise NotFoundError


def _language(app: Talkoot) -> str:
    known = g.tenant.languages if g.tenant else app.settings.installation_languages
    for wish in (request.args.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if wish in known:
            return str(wish)
    if g.tenant is None:  # only the installation's own front page asks the browser (DESIGN 4)
        return request.accept_languages.best_match(known) or known[0]
    return str(known[0])


def _remember_language(response: Response) -> None:
    wish = request.args.get("lang")
    if wish and wish == g.get("language") and request.cookies.get(LANGUAGE_COOKIE) != wish:
        response.set_cookie(
            LANGUAGE_COOKIE, wish, max_age=365 * 24 * 3600, path="/", secure=True, httponly=True, samesite="Lax"
        )


def _mark_seen(app: Talkoot, id_hash: bytes) -> None:
    try:
        with app.database.session(None, writing=True) as db:
            db.quiet = True
            sessions.mark_seen(db, id_hash)
    except Exception as error:
        log.warning("seen_not_written", error=repr(error))


def due(seen_at: datetime) -> bool:
    """Whether it is time to write when a session was last seen."""
    return clock.now() - seen_at > sessions.SEEN_EVERY

"""What members ask again and again, such as whether anybody has replied, is answered "unchanged" before Flask.

An answer of somebody's own is still the same while nobody has written anything in the tenant and they are who they were.
The one statement that finds who has signed in tells both, at each request: whoever has signed out, has been blocked or
has lost a right is not answered here but by Flask, as is whoever asks after something has been hidden.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.http import parse_cookie

from talkoot.access.actor import Actor
from talkoot.people import sessions
from talkoot.tenants.resolver import PRESENT
from talkoot.tenants.tenant import Tenant
from talkoot.web import here
from talkoot.web.pagecache import CACHED
from talkoot.web.request import due

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from talkoot.app import Talkoot

WEIGHT = 1_000  # about what an answer takes in memory
CACHE_CONTROL = ("Cache-Control", "private, no-cache")


class Given(NamedTuple):
    """An answer that somebody was given: its ETag, and what it was true for."""

    etag: str
    tenant: Tenant  # another one as soon as a setting or a plugin of it changes, or the day
    stamp: int | None
    actor: Actor


def own(response: Response) -> Response:
    """An answer of one's own, which pages ask for now and then: with an ETag, and remembered so as not to be made again."""
    name, value = CACHE_CONTROL
    response.headers[name] = value
    response.add_etag()
    given = Given(response.headers["ETag"], here.tenant(), here.db().stamp, here.actor())
    here.app().database.memory.keep(_key(request.environ), given, WEIGHT)
    response.make_conditional(request)
    return response


class UnchangedMiddleware:
    """A WSGI layer that knows what `own` has remembered."""

    def __init__(self, inner: WSGIApplication, app: Talkoot) -> None:
        self.inner, self.app = inner, app
        self._answered = CACHED.labels("own, not modified")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        given = self._given(environ)
        if given is None or not self._is_true(given, environ):
            return self.inner(environ, start_response)
        self._answered.inc()
        start_response("304 Not Modified", [("ETag", given.etag), CACHE_CONTROL])
        return []

    def _given(self, environ: WSGIEnvironment) -> Given | None:
        """What was answered last, if that is what the browser has, and as far as one can tell without a question."""
        known = environ.get("HTTP_IF_NONE_MATCH")
        if known is None or environ["REQUEST_METHOD"] != "GET" or sessions.COOKIE not in environ.get("HTTP_COOKIE", ""):
            return None
        tenant: Tenant | None = environ["talkoot.tenant"]
        given: Given | None = self.app.database.memory.get(_key(environ))
        if given is None or given.tenant is not tenant or given.etag not in known:
            return None
        return given if environ[PRESENT][1].get(given.tenant.id) == given.stamp else None

    def _is_true(self, given: Given, environ: WSGIEnvironment) -> bool:
        """Whether they are who they were and nothing has been written; False also where Flask has something to do or to say."""
        cookie = parse_cookie(environ).get(sessions.COOKIE, "")
        try:
            with self.app.database.connect(given.tenant) as connection:
                found = sessions.who(connection, given.tenant, cookie, environ["talkoot.host"], self.app.policy)
        except SQLAlchemyError:
            return False
        if found is None or due(found.seen_at):
            return False
        return (found.actor, found.stamp) == (given.actor, given.stamp)


def _key(environ: WSGIEnvironment) -> Hashable:
    """Which answer it is: everything of a request that a view may look at but for what the stamp and the actor tell."""
    asked = (environ[name] for name in ("talkoot.host", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING"))
    return "unchanged", *asked, environ.get("HTTP_HX_REQUEST"), sessions.hash_of(environ.get("HTTP_COOKIE", ""))

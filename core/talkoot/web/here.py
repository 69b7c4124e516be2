"""What a view asks for: the session, the tenant, who is there, and whether they may. The only door to Flask's `g`."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from flask import Response, g, redirect, request, url_for

from talkoot.access.actor import Actor, Scope
from talkoot.audit import log as audit
from talkoot.conversations.fragments import Around
from talkoot.db import TenantSession
from talkoot.errors import ForbiddenError, NotFoundError, TalkootError
from talkoot.ids import new_id, parse_id
from talkoot.people import sessions
from talkoot.tenants.tenant import Tenant
from talkoot.web import request as web_request

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.registry import Registry


ACCOUNT_PAGES = {"sign-in", "sign-up", "confirm", "forgotten", "new-password", "invitation", "mailbox"}


class SignInNeededError(TalkootError):
    """The page is for people who have signed in; the handler shows the sign-in page and keeps what was written."""


class JoinNeededError(TalkootError):
    """The person is signed in but not yet a member of this tenant."""


def app() -> Talkoot:
    return g.app  # type: ignore[no-any-return]


def registry() -> Registry:
    return app().registry


def tenant() -> Tenant:
    """The tenant of this address; raises NotFoundError on the installation's own site."""
    found: Tenant | None = g.tenant
    if found is None:
        raise NotFoundError
    return found


def language() -> str:
    """The language of the page being made."""
    return g.language  # type: ignore[no-any-return]


def db() -> TenantSession:
    """The request's one session, opened at its first use: reading on GET, writing otherwise."""
    found: TenantSession | None = g.get("db")
    if found is None:
        found = g.db = app().database.open(g.tenant, writing=request.method not in web_request.SAFE)
    return found


def actor() -> Actor:
    """Who is there; a guest when there is no valid session. One statement, once."""
    found: Actor | None = g.get("actor")
    if found is None:
        found = g.actor = _find_actor()
    return found


def _find_actor() -> Actor:
    if cookie := request.cookies.get(sessions.COOKIE):
        host = request.environ["talkoot.host"]
        if found := sessions.who(db().connection(), g.tenant, cookie, host, app().policy):
            db().stamp = found.stamp
            if web_request.due(found.seen_at):
                g.session_due = found.actor.session
            return found.actor
    return Actor(policy=app().policy)


def require(permission: str, *scopes: Scope) -> Actor:
    """The actor if the act is allowed; else SignInNeeded, JoinNeeded or ForbiddenError (403)."""
    who = actor()
    if who.may(permission, *scopes):
        return who
    if who.is_guest:
        raise SignInNeededError
    if who.membership_id is None and "member" in who.policy[permission]:
        raise JoinNeededError
    raise ForbiddenError(permission)


def require_person() -> Actor:
    """The actor if anybody has signed in."""
    if actor().is_guest:
        raise SignInNeededError
    return actor()


def member_id(permission: str, *scopes: Scope) -> UUID:
    """The membership under which the act is done."""
    who = require(permission, *scopes)
    if who.membership_id is None:
        raise JoinNeededError
    return who.membership_id


def submission() -> UUID:
    """The idempotency key of what is posted: the same form with the same words is the same, with other words another.

    Who goes back in the browser may find the form as it was, its key included, and write something new. A form that lost
    its key gets a new one and is then not protected.
    """
    key = parse_id(request.form.get("submission", ""))
    if key is None:
        return new_id()
    said = repr([(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"])
    # The part that tells the time stays: keys of a moment lie side by side in the index.
    return UUID(bytes=key.bytes[:8] + blake2b(said.encode(errors="replace"), digest_size=8).digest())


def around(**values: Any) -> Around:
    """What the posts shown to this visitor have in common (conversations/fragments.py)."""
    return Around(request.script_root, language(), tenant().time_zone, actor(), **values)


def note(action: str, thing: tuple[str, UUID] | None = None, reason: str = "") -> None:
    """A line in the tenant's log, in the request's transaction."""
    audit.note(db(), action, actor=actor().membership_id, thing=thing, reason=reason)


def go(endpoint: str, anchor: str | None = None, **values: Any) -> Response:
    """Redirect after a post (303), so that reloading does not send it again."""
    return redirect(url_for(endpoint, _anchor=anchor, **values), 303)  # type: ignore[return-value]


def came_from() -> str:
    """The page of this site on which the link here was pressed; empty when unknown or when it was about the account."""
    came = urlsplit(request.referrer or "")
    if request.method not in web_request.SAFE or came.netloc.lower() != request.host.lower():
        return ""
    inside = came.path.removeprefix(request.script_root).lstrip("/").partition("/")[0]
    return "" if inside in ACCOUNT_PAGES else came.path + (f"?{came.query}" if came.query else "")


def safe_next(target: str | None) -> str:
    """A path on this site to return to; whatever could lead elsewhere becomes the site's front (security.md row 21)."""
    home = f"{request.script_root}/"
    if (
        not target
        or not target.startswith("/")
        or target.startswith("//")
        or any(c in target for c in "\\\t\r\n")
        or not target.isprintable()
        or {".", ".."} & set(unquote(target.partition("?")[0]).split("/"))  # another tenant's site lies beside this one
    ):
        return home
    return target if target.startswith(home) else home

"""Which tenant a request is for: exact lookup, no default, fails closed. The trusted base of the isolation, kept short.

By host: `kokkola.example.fi/…`. By path, on the installation's main hosts only: `example.fi/kokkola/…`; the prefix moves
to SCRIPT_NAME, so that `url_for` just works. Nothing but the Host header is believed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from sqlalchemy.exc import SQLAlchemyError

from talkoot.tenants.directory import Directory, Snapshot
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

AWAY = "talkoot.away"  # environ key: why no tenant is known; every page then says that the database is away
PRESENT = "talkoot.present"  # environ key: the snapshot the tenant was found in, and its stamps
HOST = re.compile(r"(?P<name>[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:]{2,45}\])(?::(?P<port>[0-9]{1,5}))?")


@dataclass(frozen=True)
class Found:
    """What an address means: a tenant (None: the installation's own site) and how many path characters name it."""

    tenant: Tenant | None
    prefix: str = ""
    redirect_to: str | None = None


def host_name(header: str) -> str | None:
    """The host of a Host header without its port, lower case; None when it is not a host name (RFC 9110 7.2)."""
    match = HOST.fullmatch(header.lower())
    return match["name"] if match and ".." not in match["name"] else None


def find(snapshot: Snapshot, main_hosts: Iterable[str], host: str, path: str) -> Found | None:
    """The tenant or the installation's site at this host and path; None: nothing lives there."""
    if host in snapshot.by_host:
        return Found(snapshot.by_host[host])
    label, _, parent = host.partition(".")
    if parent == "localhost" and label in snapshot.by_slug:  # for trying out by host name without DNS
        return Found(snapshot.by_slug[label])
    if host not in main_hosts:
        return None
    first, slash, rest = path.removeprefix("/").partition("/")
    known = snapshot.by_slug.get(first.lower()) or snapshot.by_alias.get(first.lower())
    if known is None:
        return Found(None)
    if first == known.slug and slash:
        return Found(known, f"/{first}")
    return Found(known, redirect_to=f"/{known.slug}/{rest}")  # in capitals, by another name, without its slash


class TenantMiddleware:
    """Puts the tenant into the WSGI environment under `talkoot.tenant`, or answers 400, 404 or a redirect itself."""

    def __init__(self, app: WSGIApplication, directory: Directory, main_hosts: Iterable[str]) -> None:
        self.app, self.directory, self.main_hosts = app, directory, frozenset(main_hosts)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host = host_name(environ.get("HTTP_HOST", ""))
        if host is None:
            return _plain(start_response, "400 Bad Request", "This address is not valid.")
        path = environ.get("PATH_INFO", "")
        try:
            present = self.directory.present()
        except SQLAlchemyError as error:  # started before its database: it says so in the installation's look
            environ |= {"talkoot.tenant": None, "talkoot.host": host, "SCRIPT_NAME": ""}
            environ |= {AWAY: error, PRESENT: (None, {})}
            return self.app(environ, start_response)
        found = find(present[0], self.main_hosts, host, path)
        if found is None:
            return _plain(start_response, "404 Not Found", "No municipality has its pages at this address.")
        if found.redirect_to is not None:
            query = environ.get("QUERY_STRING", "")
            target = quote(found.redirect_to.encode("latin-1")) + (f"?{query}" if query else "")
            return _plain(start_response, "308 Permanent Redirect", target, [("Location", target)])
        environ["talkoot.tenant"] = found.tenant
        environ[PRESENT] = present
        environ["talkoot.host"] = host
        environ["SCRIPT_NAME"] = found.prefix
        environ["PATH_INFO"] = path[len(found.prefix) :]
        return self.app(environ, start_response)


def _plain(start: StartResponse, status: str, body: str, headers: list[tuple[str, str]] | None = None) -> list[bytes]:
    data = f"{body}\n".encode()
    start(status, [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(data))), *(headers or [])])
    return [data]

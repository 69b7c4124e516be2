"""Push services of the browsers' makers: which of them are talked to, and handing one message over."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from functools import lru_cache
from http.client import HTTPSConnection
from importlib.util import find_spec
from urllib.parse import urlsplit

from talkoot.config import Settings

LONGEST = 1000
SECONDS = 5
PLAIN = re.compile(r"[!-~]+")  # what an address is written with; a space or a line's end would reach into the request
HOST = re.compile(r"([a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63}")  # of another the look-up raises what no network does


def is_offered(settings: Settings) -> bool:
    """Whether members can be told by push here: there is a key, and the extra is installed."""
    return bool(settings.push_secret) and is_installed()


@lru_cache(maxsize=1)
def is_installed() -> bool:
    """Whether the extra `push` is."""
    return all(find_spec(package) for package in ("cryptography", "http_ece", "py_vapid"))


def is_known(settings: Settings, endpoint: str) -> bool:
    """Whether this is an address at a push service that the installation talks to.

    Browsers name the address, so anybody may name any: only https on its own port at a listed host is ever asked
    (security.md row 22).
    """
    if len(endpoint) > LONGEST or not PLAIN.fullmatch(endpoint):
        return False
    try:
        url = urlsplit(endpoint)
        right = url.scheme == "https" and url.port in (None, 443) and "@" not in url.netloc and not url.fragment
    except ValueError:
        return False
    host = url.hostname or ""
    return right and bool(HOST.fullmatch(host)) and any(_is_at(host, listed) for listed in settings.push_hosts)


def _is_at(host: str, listed: str) -> bool:
    """`*.example.com` stands for every host below it."""
    return host.endswith(listed[1:]) if listed.startswith("*.") else host == listed


def post(endpoint: str, headers: Mapping[str, str], body: bytes) -> int:
    """Hand a message over; returns the status. Follows no redirect, reads no answer, raises OSError or HTTPException."""
    url = urlsplit(endpoint)
    connection = _connection(url.hostname or "")
    try:
        connection.request("POST", f"{url.path or '/'}{'?' if url.query else ''}{url.query}", body, dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def _connection(host: str) -> HTTPSConnection:
    return HTTPSConnection(host, timeout=SECONDS, context=ssl.create_default_context())

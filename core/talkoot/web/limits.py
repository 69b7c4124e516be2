"""Coarse limits per visitor's network in each worker, so that one cannot drown the rest. Sign-in has rows of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from flask import g, request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from talkoot.errors import TooManyError
from talkoot.people import lockout, sessions
from talkoot.web.request import SAFE

if TYPE_CHECKING:
    from talkoot.app import Talkoot

WRITES = parse("120/minute")
PICTURES = parse("60/hour")  # by member: refused ones cost as much as others
MOST_SENT = 24_000_000  # bytes of a form with a picture, of members; more than a picture may have, so that it is told
SWEPT_EVERY = 30  # seconds
BY_ENDPOINT: dict[str, RateLimitItem] = {
    "people.sign_up": parse("20/hour"),
    "people.forgotten": parse("20/hour"),
    "contributions.give": parse("30/hour"),
}
# Counted by a limit of their own only: pages that write nothing but cost more than others, and what pages send by
# themselves, which is not to keep a writer out of a house or a library with many readers.
APART: dict[str, RateLimitItem] = {
    "search.found": parse("120/minute"),
    "conversations.mentionable": parse("240/minute"),  # who writes names asks a few times each; nobody lists a town
    "conversations.keep_draft": parse("300/minute"),
}


class SweptMemory(MemoryStorage):
    """The library's memory, swept twice a minute: by itself it starts a thread at every hit that looks at all visitors."""

    _scheduling = threading.Lock()  # else two requests at once start the same timer, which is an error for the second

    def _MemoryStorage__schedule_expiry(self) -> None:  # noqa: N802 the library's private name
        with self._scheduling:
            if not self.timer.is_alive():
                sweep: Any = self._MemoryStorage__expire_events  # type: ignore[attr-defined]
                self.timer = threading.Timer(SWEPT_EVERY, sweep)
                self.timer.daemon = True
                self.timer.start()


def init_app(app: Talkoot) -> None:
    """Count every request that may write, and those that read what has a limit of its own."""
    app.limiter = MovingWindowRateLimiter(SweptMemory())

    @app.before_request
    def count() -> None:
        endpoint, reads = request.endpoint or "", request.method in SAFE
        if reads and not (endpoint in APART and request.query_string):
            return
        network = lockout.network(address())
        if special := APART.get(endpoint) or BY_ENDPOINT.get(endpoint):
            hit(special, endpoint, network)
        if endpoint not in APART:
            hit(WRITES, "writes", network)
        # By the cookie's name: asking whose it is would hold the database, SQLite's for all who write, while the form is read.
        # Whoever makes one up has 24 MB put into a temporary file, which takes less than half a second and no memory.
        if request.mimetype == "multipart/form-data" and sessions.COOKIE in request.cookies:
            request.max_content_length = MOST_SENT


def hit(limit: RateLimitItem, *what: str) -> None:
    """Count something; raises TooManyError when it was once too often."""
    limiter: MovingWindowRateLimiter = g.app.limiter
    if not limiter.hit(limit, *what):
        raise TooManyError(limit.get_expiry())


def apart(endpoint: str, rate: str) -> None:
    """Count what is sent to this endpoint apart from other writes: `apart("forums.topic_read", "1200/minute")`."""
    APART[endpoint] = parse(rate)


def address() -> str:
    """The visitor's address: the peer's, or what the configured proxies wrote; nothing a visitor can forge."""
    return request.remote_addr or ""

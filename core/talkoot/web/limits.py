"""Coarse limits per visitor's network in each worker, so that one cannot drown the rest. Sign-in has rows of its own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from flask import request
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from talkoot.errors import TooManyError
from talkoot.people import lockout
from talkoot.web.request import SAFE

if TYPE_CHECKING:
    from talkoot.app import Talkoot

WRITES = parse("120/minute")
SWEPT_EVERY = 30  # seconds
BY_ENDPOINT: dict[str, RateLimitItem] = {
    "people.sign_up": parse("20/hour"),
    "people.forgotten": parse("20/hour"),
    "contributions.give": parse("30/hour"),
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
    """Count every request that may write."""
    limiter = MovingWindowRateLimiter(SweptMemory())

    @app.before_request
    def count() -> None:
        if request.method in SAFE:
            return
        network = lockout.network(address())
        special = BY_ENDPOINT.get(request.endpoint or "")
        if special and not limiter.hit(special, request.endpoint or "", network):
            raise TooManyError(special.get_expiry())
        if not limiter.hit(WRITES, "writes", network):
            raise TooManyError(60)


def address() -> str:
    """The visitor's address: the peer's, or what the configured proxies wrote; nothing a visitor can forge."""
    return request.remote_addr or ""

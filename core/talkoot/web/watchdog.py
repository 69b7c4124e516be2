"""Ends a web worker whose request hangs: a thread cannot be interrupted, so its process makes room for a fresh one.

Used by gunicorn's settings (deploy/gunicorn.conf.py, `talkoot run`). The worker stops taking requests, finishes those
that do move, and leaves; gunicorn starts another. Imports nothing of the application: it is read before metrics are.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

LIMIT = 30.0  # seconds a request may take
GRACE = 3.0  # seconds in which connections already taken get their turn, before the process ends


class Watchdog:
    """Knows which requests are running in this worker and since when. One per worker process."""

    def __init__(self, say: Callable[[str], None], *, limit: float = LIMIT, grace: float = GRACE) -> None:
        self.say, self.limit, self.grace = say, limit, grace
        self._running: dict[int, tuple[float, str]] = {}  # by thread: since when, which path

    def begin(self, path: str) -> None:
        """A request begins in this thread."""
        self._running[threading.get_ident()] = (time.monotonic(), path)

    def end(self) -> None:
        """The request of this thread is answered."""
        self._running.pop(threading.get_ident(), None)

    def watch(self) -> None:
        """Start watching, in a thread of its own."""
        threading.Thread(target=self._watch, name="watchdog", daemon=True).start()

    def hanging(self) -> list[str]:
        """Paths of the requests that have passed the limit."""
        since = time.monotonic() - self.limit
        return [path for started, path in list(self._running.values()) if started < since]

    def _watch(self) -> None:
        step = min(1.0, self.limit / 4)
        while not (hanging := self.hanging()):
            time.sleep(step)
        paths = ", ".join(hanging)
        self.say(f"a request has taken more than {self.limit:.0f} s: {paths}; this worker ends and another begins")
        os.kill(os.getpid(), signal.SIGTERM)  # gunicorn: take no more, finish what is running
        time.sleep(self.grace)
        while len(self._running) > len(self.hanging()):
            time.sleep(step)
        self.say("only hanging requests are left; leaving")
        os._exit(1)  # an ordinary exit would wait for the hanging threads


def install(settings: dict[str, Any], *, limit: float = LIMIT, grace: float = GRACE) -> None:
    """Add gunicorn's hooks (post_worker_init, pre_request, post_request) to a settings module's names."""
    dogs: list[Watchdog] = []

    def post_worker_init(worker: Any) -> None:
        dogs[:] = [Watchdog(worker.log.error, limit=limit, grace=grace)]
        dogs[0].watch()

    def pre_request(_worker: Any, request: Any) -> None:
        dogs[0].begin(request.path)

    def post_request(_worker: Any, _request: Any, _environ: Any, _response: Any) -> None:
        dogs[0].end()

    settings.update(post_worker_init=post_worker_init, pre_request=pre_request, post_request=post_request)

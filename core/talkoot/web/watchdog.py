"""Ends a web worker whose request hangs: a thread cannot be interrupted, so its process makes room for a fresh one.

Used by gunicorn's settings (deploy/gunicorn.conf.py, `talkoot run`). The worker stops taking requests, finishes those
that do move, and leaves; gunicorn starts another. Imports nothing that counts: it is read before metrics are.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable

from talkoot.web.paths import without_secrets

LIMIT = 30.0  # seconds a request may take
GRACE = 3.0  # seconds in which connections already taken get their turn, before the process ends


class Watchdog:
    """Knows which requests are running in this process and since when. Made before the fork, started after it."""

    def __init__(self, limit: float = LIMIT, grace: float = GRACE) -> None:
        self.limit, self.grace = limit, grace
        self._running: dict[int, tuple[float, str]] = {}  # by thread: since when, which path

    def begin(self, path: str) -> None:
        """A request begins in this thread."""
        self._running[threading.get_ident()] = (time.monotonic(), path)

    def end(self) -> None:
        """The request of this thread is answered."""
        self._running.pop(threading.get_ident(), None)

    def watch(self, say: Callable[[str], None]) -> None:
        """Start watching, in a thread of its own; `say` takes the two lines it may have for the log."""
        threading.Thread(target=self._watch, args=(say,), name="watchdog", daemon=True).start()

    def hanging(self) -> list[str]:
        """Paths of the requests that have passed the limit."""
        since = time.monotonic() - self.limit
        return [path for started, path in list(self._running.values()) if started < since]

    def _watch(self, say: Callable[[str], None]) -> None:
        step = min(1.0, self.limit / 4)
        while not (hanging := self.hanging()):
            time.sleep(step)
        paths = ", ".join(without_secrets(path) for path in hanging)
        say(f"a request has taken more than {self.limit:.0f} s: {paths}; this worker ends and another begins")
        os.kill(os.getpid(), signal.SIGTERM)  # gunicorn: take no more, finish what is running
        time.sleep(self.grace)
        while len(self._running) > len(self.hanging()):
            time.sleep(step)
        say("only hanging requests are left; leaving")
        os._exit(1)  # an ordinary exit would wait for the hanging threads

"""Jobs on their way to the workers. Those of a moment go together: an entry in the queue costs as much as rendering a post.

A failure here loses nothing, nor does a process that ends before its moment is over: the relay looks at the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock, Timer
from uuid import UUID

import structlog

log = structlog.get_logger("talkoot.jobs")
GATHERED_S = 0.05
MOST = 4  # in one entry: its jobs are done one after the other, and who stops the worker waits for them


class Handover:
    """Gathers the ids of committed outbox rows and hands them to `deliver`, a moment later and some at a time."""

    def __init__(self, deliver: Callable[[list[str]], object]) -> None:
        self._deliver = deliver
        self._gathered: list[str] = []
        self._lock = Lock()

    def take(self, ids: Iterable[UUID]) -> None:
        """Hand these over soon."""
        new = [str(identity) for identity in ids]
        try:
            with self._lock:
                if new and not self._gathered:
                    Timer(GATHERED_S, self.flush).start()
                self._gathered += new
        except RuntimeError as error:  # no thread is to be had
            log.warning("queue_away", error=repr(error))

    def flush(self) -> None:
        """Hand over what has been gathered, now; never raises."""
        with self._lock:
            going, self._gathered = self._gathered, []
        try:
            for first in range(0, len(going), MOST):
                self._deliver(going[first : first + MOST])
        except Exception as error:
            log.warning("queue_away", error=repr(error))

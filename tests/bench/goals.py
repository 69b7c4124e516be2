"""The rows of the table and what each is held against."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.members import FRONT, MEMBERS_POLL, SIGNED_IN

BARE = "bare: Flask, SQLAlchemy Core, Jinja"
HEALTH = "gunicorn alone (/healthz)"
UNCHANGED = "anonymous topic, unchanged (304)"
POLL = "new replies to a public topic? none (304)"
COLD = "anonymous topic, cold"
DIGEST = "digest of six notices, in the worker"
FEW, MANY = "search for words in fewer than 300 posts", "search for words in 300 to 1,000 posts"
TELLING = "reply put into the index and told to its followers, in the worker"
# Milliseconds on a machine whose bare page takes 2.1 to 2.6 of them, and times a bare page of the same topics: that holds
# on any machine.
GOALS: dict[str, tuple[float | None, float | None]] = {
    "anonymous topic, warm": (0.3, 0.15),
    "anonymous topic list, warm": (0.3, 0.15),
    "anonymous home, warm": (0.3, 0.15),
    UNCHANGED: (0.2, None),
    SIGNED_IN: (3.5, 1.4),
    FRONT: (3.5, 1.65),
    POLL: (0.2, 0.1),
    MEMBERS_POLL: (1, 0.47),
    "reply of 200 characters": (5, 2.35),  # with its jobs in the outbox: the index of search, and who is told
    "reply of 1,000 characters": (6, 2.8),
    COLD: (None, 1.5),
    DIGEST: (4, 1.9),
    FEW: (5, 2.35),
    MANY: (5, 2.35),
}


@dataclass(frozen=True)
class Row:
    """A figure and its goal (at most); without a goal it is told for comparison."""

    name: str
    value: float
    unit: str = "ms"
    goal: float | None = None

    @property
    def verdict(self) -> str:
        return "" if self.goal is None else "ok" if self.value <= self.goal else "over"

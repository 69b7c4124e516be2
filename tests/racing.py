"""Two people at once: threads that start together, and somebody who acts in the middle of another's transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest


def in_parallel(work: Callable[[int], Any], times: int) -> list[Any]:
    """Run `work(n)` in threads that start together; returns what they returned or raised."""
    start, results = threading.Barrier(times), [None] * times

    def run(n: int) -> None:
        start.wait()
        try:
            results[n] = work(n)
        except Exception as error:
            results[n] = error  # type: ignore[call-overload]

    threads = [threading.Thread(target=run, args=(n,)) for n in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


@contextmanager
def in_the_middle(
    monkeypatch: pytest.MonkeyPatch, module: Any, name: str, work: Callable[[], Any], seconds: float = 0.5
) -> Iterator[list[Any]]:
    """Begin `work()` in another thread when the function `name` of `module` has first run, and give it time to get through.

    Time enough when nothing holds it up; where a lock does, it must get the lock before its own patience ends (2 s).

    What it returned or raised is in the list at the end of the block, which must hold the whole transaction.
    """
    results: list[Any] = []
    original = getattr(module, name)

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:
            results.append(error)

    other = threading.Thread(target=run)

    def held_up(*args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(module, name, original)
        result = original(*args, **kwargs)
        other.start()
        other.join(seconds)
        return result

    monkeypatch.setattr(module, name, held_up)
    yield results
    other.join(30)

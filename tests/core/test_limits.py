"""The coarse limits of writing: counted per network, and looking at one visitor costs the same however many there are."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from limits import parse
from limits.strategies import MovingWindowRateLimiter

from talkoot.web import limits


@pytest.fixture
def memory(monkeypatch):
    made = limits.SweptMemory()
    made.timer.join()  # the sweep that every start makes
    yield made
    made.timer.cancel()


def test_each_network_has_its_own_count(memory):
    limiter, three = MovingWindowRateLimiter(memory), parse("3/minute")
    assert [limiter.hit(three, "writes", "198.51.100.0") for _ in range(5)] == [True, True, True, False, False]
    assert limiter.hit(three, "writes", "203.0.113.0")


def test_many_visitors_start_one_sweep(memory, monkeypatch):
    started = []
    monkeypatch.setattr(
        threading.Thread, "start", lambda thread, start=threading.Thread.start: (started.append(thread), start(thread))
    )
    limiter = MovingWindowRateLimiter(memory)
    for n in range(300):
        limiter.hit(parse("3/minute"), "writes", f"10.0.{n // 250}.{n % 250}")
    assert len(started) == 1
    assert started[0].daemon, "a worker that ends does not wait for it"


class MetByTwo(limits.SweptMemory):
    """A memory in which a request that sets the timer waits a moment for another that sets it too."""

    met = threading.Barrier(2, timeout=0.3)

    @property
    def timer(self):
        return self.__dict__["timer"]

    @timer.setter
    def timer(self, timer):
        self.__dict__["timer"] = timer
        if timer.interval == limits.SWEPT_EVERY:
            with suppress(threading.BrokenBarrierError):
                self.met.wait()


def test_two_requests_at_once_start_one_sweep():
    """With two, the second failed: a timer can be started once."""
    memory = MetByTwo()
    memory.timer.join()
    limiter = MovingWindowRateLimiter(memory)
    with ThreadPoolExecutor(2) as two:
        hits = [two.submit(limiter.hit, parse("3/minute"), "writes", f"198.51.{n}.0") for n in range(2)]
        assert [hit.result() for hit in hits] == [True, True]
    memory.timer.cancel()


def test_what_has_expired_is_swept(memory, monkeypatch):
    monkeypatch.setattr(limits, "SWEPT_EVERY", 0.05)
    limiter = MovingWindowRateLimiter(memory)
    limiter.hit(parse("3/minute"), "writes", "198.51.100.0")
    limiter.hit(parse("1/second"), "writes", "203.0.113.0")
    for event in next(events for key, events in memory.events.items() if "203.0.113.0" in key):
        event.expiry -= 5
    memory.timer.join()
    assert [key for key, events in memory.events.items() if events and "203" in key] == []
    assert [key for key, events in memory.events.items() if events and "198" in key]

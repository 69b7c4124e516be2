"""Calls plugins' hooks so that a broken one costs its own part of the page and nothing else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import structlog
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from talkoot.errors import IsolationError

if TYPE_CHECKING:
    from talkoot.db import TenantSession
    from talkoot.tenants.tenant import Tenant

SLOW_SECONDS = 0.5
SKIP_SECONDS = 600.0

log = structlog.get_logger("talkoot.plugins")
FAILURES = Counter("talkoot_hook_failures", "Hook calls that raised or were slow", ["plugin", "hook", "why"])
_left_out: ContextVar[int] = ContextVar("talkoot_left_out", default=0)


class WroteWhileReadingError(RuntimeError):
    """Objects were changed, or a job was left, in a session that only reads; that was dropped."""


def left_out() -> int:
    """How many parts of plugins were left out so far here: what was made while it grew is not whole, and is kept nowhere."""
    return _left_out.get()


def failed(plugin: str, hook: str, tenant: Tenant) -> None:
    """Count and log the exception that is being handled as trouble of this plugin."""
    _left_out.set(left_out() + 1)
    FAILURES.labels(plugin, hook, "raised").inc()
    log.exception("plugin_trouble", plugin=plugin, hook=hook, tenant=tenant.slug, why="raised")


class HookGuard:
    """Remembers, per plugin and tenant, which hooks are skipped for the next ten minutes because they were slow."""

    def __init__(self, *, trace: bool = False) -> None:
        self.trace = trace
        self.slow_seconds = SLOW_SECONDS
        self._skipped_until: dict[tuple[str, int, str], float] = {}

    def call(
        self,
        plugin: str,
        tenant: Tenant,
        hook: str,
        run: Callable[[], Any],
        db: TenantSession | None = None,
        check: Callable[[Any], None] = lambda _result: None,
    ) -> Any:
        """What `run` returns when `check` does not object to it; None when either raised or the hook is being skipped.

        `db` is the session that `run` works with, if any.
        """
        key = (plugin, tenant.id, hook)
        if self._skipped_until and self._is_skipped(key):
            _left_out.set(left_out() + 1)
            return None
        started = time.perf_counter()
        try:
            result = contained(run, db)
            check(result)
        except IsolationError:
            raise
        except Exception:
            failed(plugin, hook, tenant)
            return None
        finally:
            self._watch(key, tenant, time.perf_counter() - started)
        return result

    def _watch(self, key: tuple[str, int, str], tenant: Tenant, seconds: float) -> None:
        plugin, _, hook = key
        if self.trace:
            log.info("hook", plugin=plugin, hook=hook, tenant=tenant.slug, ms=round(seconds * 1000, 2))
        if seconds > self.slow_seconds:
            self._skipped_until[key] = time.monotonic() + SKIP_SECONDS
            FAILURES.labels(plugin, hook, "slow").inc()
            log.error(
                "plugin_trouble", plugin=plugin, hook=hook, tenant=tenant.slug, why="slow", seconds=round(seconds, 2)
            )

    def _is_skipped(self, key: tuple[str, int, str]) -> bool:
        until = self._skipped_until.get(key)
        if until is None:
            return False
        if time.monotonic() < until:
            return True
        del self._skipped_until[key]
        return False


def contained(run: Callable[[], Any], db: TenantSession | None) -> Any:
    """Run it; a generator is run to its end here, so that what it raises is caught here too.

    A failed statement would leave a PostgreSQL transaction unusable for everybody after it: where the session writes, a
    savepoint keeps what others wrote; where it reads, the transaction begins anew.
    """
    try:
        with db.begin_nested() if db is not None and db.writing else nullcontext():
            result = run()
            if isinstance(result, Iterator):
                result = list(result)
        if db is not None and not db.writing and (db.new or db.dirty or db.deleted):
            raise WroteWhileReadingError("objects were changed on a page that only reads")
    except (SQLAlchemyError, WroteWhileReadingError):
        if db is not None and not db.writing:
            db.rollback()
        raise
    return result

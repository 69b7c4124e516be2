"""Calls plugins' hooks so that a broken one costs its own part of the page and nothing else."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pluggy
import structlog
from prometheus_client import Counter

from talkoot.errors import IsolationError

if TYPE_CHECKING:
    from talkoot.tenants.tenant import Tenant

SLOW_SECONDS = 0.5
SKIP_SECONDS = 600.0

log = structlog.get_logger("talkoot.plugins")
FAILURES = Counter("talkoot_hook_failures", "Hook calls that raised or were slow", ["plugin", "hook", "why"])


class HookGuard:
    """Remembers, per plugin and tenant, which hooks are skipped for the next ten minutes because they were slow."""

    def __init__(self, *, trace: bool = False) -> None:
        self.trace = trace
        self._skipped_until: dict[tuple[str, int, str], float] = {}

    def call(self, plugin: str, tenant: Tenant, hook: str, impl: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
        """The hook's result; None when it raised or is being skipped."""
        key = (plugin, tenant.id, hook)
        if self._skipped_until and self._is_skipped(key):
            return None
        started = time.perf_counter()
        try:
            return impl.function(*[arguments[name] for name in impl.argnames])
        except IsolationError:
            raise
        except Exception:
            FAILURES.labels(plugin, hook, "raised").inc()
            log.exception("plugin_trouble", plugin=plugin, hook=hook, tenant=tenant.slug, why="raised")
            return None
        finally:
            self._watch(key, tenant, time.perf_counter() - started)

    def _watch(self, key: tuple[str, int, str], tenant: Tenant, seconds: float) -> None:
        plugin, _, hook = key
        if self.trace:
            log.info("hook", plugin=plugin, hook=hook, tenant=tenant.slug, ms=round(seconds * 1000, 2))
        if seconds > SLOW_SECONDS:
            self._skipped_until[key] = time.monotonic() + SKIP_SECONDS
            FAILURES.labels(plugin, hook, "slow").inc()
            log.error("plugin_trouble", plugin=plugin, hook=hook, tenant=tenant.slug, why="slow", seconds=round(seconds, 2))

    def _is_skipped(self, key: tuple[str, int, str]) -> bool:
        until = self._skipped_until.get(key)
        if until is None:
            return False
        if time.monotonic() < until:
            return True
        del self._skipped_until[key]
        return False

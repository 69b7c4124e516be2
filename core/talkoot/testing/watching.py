"""Listens to what the application sends to its database while tests run: counts it, and fails what no tenant is named in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event

from talkoot.db.model import tenant_tables
from talkoot.errors import IsolationError
from talkoot.testing.statements import unbound

CONTROL = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "SET LOCAL", "COMMIT", "PRAGMA")


@dataclass
class Watch:
    """What was seen: statements that named no tenant, and those counted while somebody counts."""

    allowed: int = 0
    offences: list[str] = field(default_factory=list)
    counting: list[list[str]] = field(default_factory=list)


_watch = Watch()


def begin() -> None:
    """Listen to every engine of this process; beginning again changes nothing."""
    if not event.contains(Engine, "before_cursor_execute", _look):
        event.listen(Engine, "before_cursor_execute", _look)


def offences() -> list[str]:
    """The statements without a tenant since the last call."""
    found, _watch.offences = _watch.offences, []
    return found


@contextmanager
def unwatched() -> Iterator[None]:
    """For tests that attack on purpose, to see what the layers behind this one do."""
    _watch.allowed += 1
    try:
        yield
    finally:
        _watch.allowed -= 1


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements sent inside the block, without BEGIN, SET LOCAL, COMMIT and savepoints."""
    seen: list[str] = []
    _watch.counting.append(seen)
    try:
        yield seen
    finally:
        _watch.counting.remove(seen)


def _look(connection: Connection, _cursor: Any, statement: str, _parameters: Any, _context: Any, _many: bool) -> None:
    if "talkoot_tenant" not in connection.get_execution_options():  # migrations and bulk load, as the owner
        return
    if not statement.lstrip().upper().startswith(CONTROL):
        for seen in _watch.counting:
            seen.append(statement)
    if not _watch.allowed and (tables := _unbound(statement)):
        _watch.offences.append(f"{', '.join(tables)}: {' '.join(statement.split())}")
        raise IsolationError(f"a statement names no tenant for {_watch.offences[-1]}")


@lru_cache(maxsize=5000)
def _unbound(statement: str) -> tuple[str, ...]:
    return tuple(unbound(statement, _tenant_owned(len(tenant_tables()))))


@lru_cache(maxsize=8)
def _tenant_owned(_how_many: int) -> frozenset[str]:
    """By their number, because tests declare plugins, and so tables, of their own."""
    return frozenset(table.name for table in tenant_tables())

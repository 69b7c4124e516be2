"""Every row of the database as its owner sees it, to prove that something changed nothing, or nothing of others."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, inspect, select

from talkoot.config import Settings
from talkoot.db.engine import owner_engine
from talkoot.db.model import Base

Rows = dict[str, list[tuple[Any, ...]]]
_engines: dict[str, Engine] = {}  # kept for their compiled statements; connections are closed each time


def every_row(settings: Settings, tenant_id: int | None = None) -> Rows:
    """Table → its rows, sorted; `tenant_id`: only the rows of one tenant, in the tables that have a tenant_id."""
    engine = _engine(settings)
    try:
        with engine.connect() as connection:
            present = set(inspect(connection).get_table_names())
            found: Rows = {}
            for table in Base.metadata.sorted_tables:
                if table.name not in present or (tenant_id is not None and "tenant_id" not in table.c):
                    continue
                query = select(table) if tenant_id is None else select(table).where(table.c.tenant_id == tenant_id)
                found[table.name] = sorted((tuple(row) for row in connection.execute(query)), key=repr)
            return found
    finally:
        engine.dispose()


def _engine(settings: Settings) -> Engine:
    if settings.owner_url not in _engines:
        _engines[settings.owner_url] = owner_engine(settings)
    return _engines[settings.owner_url]


def differences(before: Rows, after: Rows) -> dict[str, tuple[int, int]]:
    """Table → (rows gone, rows new); a changed row is both. Empty when nothing changed."""
    return {
        name: (
            len([r for r in before[name] if r not in after[name]]),
            len([r for r in after[name] if r not in before[name]]),
        )
        for name in before
        if before[name] != after[name]
    }

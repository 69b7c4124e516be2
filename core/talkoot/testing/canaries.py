"""Canaries: a row in every tenant-owned table of a tenant, with its mark in every text column, plugins' tables included.

A byte of the mark in an answer made for another tenant is a leak.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Connection,
    Date,
    Float,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    inspect,
)

from talkoot.config import Settings
from talkoot.db.engine import owner_engine
from talkoot.db.model import Base, Id, UtcDateTime, is_tenant_owned, tenant_tables
from talkoot.testing.towns import MARK

NUMBER = 7_000_001  # in every whole-number column: no row of the towns has it
Planted = dict[str, dict[str, Any]]  # table → the values of its canary


def plant(settings: Settings, tenant_id: int, tables: list[Table] | None = None) -> Planted:
    """Add a canary to each table (default: all tenant-owned ones), parents first, as the database's owner."""
    engine = owner_engine(settings)
    planted: Planted = {}
    with engine.begin() as connection:
        present = set(inspect(connection).get_table_names())  # tests declare plugins, and so tables, of their own
        for table in tables or [table for table in tenant_tables() if table.name in present]:
            planted[table.name] = _plant_one(connection, table, tenant_id, planted)
    engine.dispose()
    return planted


def _plant_one(connection: Connection, table: Table, tenant_id: int, planted: Planted) -> dict[str, Any]:
    values: dict[str, Any] = {}
    keys = _foreign(table, planted)
    for column in table.columns:
        values[column.name] = keys.get(column.name, _value(table, column))
    values["tenant_id"] = tenant_id
    connection.execute(insert(table).values(**values))
    return values


def _foreign(table: Table, planted: Planted) -> dict[str, Any]:
    """Columns that point at other rows: at the canary of that table; into installation tables they stay empty."""
    found: dict[str, Any] = {}
    for constraint in table.constraints:
        if isinstance(constraint, ForeignKeyConstraint):
            target = constraint.referred_table
            for element in constraint.elements:
                own_row = is_tenant_owned(target) and target.name in planted
                found[element.parent.name] = planted[target.name][element.column.name] if own_row else None
    return found


def _value(table: Table, column: Column[Any]) -> Any:
    kind = column.type
    if isinstance(kind, Id):
        return uuid4()
    if isinstance(kind, UtcDateTime | Date):
        return (
            None
            if column.nullable
            else datetime.now(UTC)
            if isinstance(kind, UtcDateTime)
            else datetime.now(UTC).date()
        )
    if isinstance(kind, Boolean):
        return bool(getattr(column.default, "arg", False))
    if isinstance(kind, JSON):
        return _json(table, column)
    if isinstance(kind, Integer | Float):
        return NUMBER
    text = _text(table, column)
    return text.encode() if isinstance(kind, LargeBinary) else text


def _text(table: Table, column: Column[Any]) -> str:
    if allowed := _allowed(table, column.name):
        return allowed
    mark = f"{MARK}-{table.name}.{column.name}"
    if column.name == "slug":
        mark = re.sub(r"[^a-z0-9]+", "-", mark.lower())
    return mark[: column.type.length] if isinstance(column.type, String) and column.type.length else mark


def _allowed(table: Table, column: str) -> str | None:
    """The first value that a CHECK (column IN …) lets in."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint) and (
            match := re.match(rf"{column} IN \('(\w+)'", str(constraint.sqltext))
        ):
            return match[1]
    return None


def _json(table: Table, column: Column[Any]) -> Any:
    mark = f"{MARK}-{table.name}.{column.name}"
    for mapper in Base.registry.mappers:
        if mapper.local_table is table and "list" in str(mapper.class_.__annotations__.get(column.key, "")):
            return [mark]
    return dict.fromkeys(("fi", "sv", "en"), mark)


def ids(planted: Planted) -> list[UUID]:
    """The ids of all canaries."""
    return [values["id"] for values in planted.values() if "id" in values]


def slugs(planted: Planted) -> list[str]:
    """The slugs of all canaries that have one."""
    return [values["slug"] for values in planted.values() if "slug" in values]

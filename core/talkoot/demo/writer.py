"""Writes many rows quickly as the database's owner: COPY on PostgreSQL, one prepared INSERT on SQLite.

Rows are kept until there are enough of them and then written table by table, parents before children. Values are Python
ones; the columns' own types turn them into what each database stores.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table
from sqlalchemy.sql.elements import quoted_name

from talkoot.db.model import Base

BLOCK = 20_000  # rows kept before they are written
Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Field:
    """A column: what stands in it when nothing is given, and how a value is turned into the database's."""

    name: str
    default: Callable[[], Any]
    convert: Convert | None


class BulkWriter:
    """Collects rows and writes them in blocks over one connection, in its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self._fields: dict[str, list[_Field]] = {}
        self._rows: dict[str, list[Mapping[str, Any]]] = {}
        self._kept = 0
        self.written = 0

    def add(self, table: Table, row: Mapping[str, Any]) -> None:
        """Keep a row; columns that are left out get their model's default, or NULL."""
        rows = self._rows.get(table.name)
        if rows is None:
            self._fields[table.name] = [self._field(column) for column in table.columns]
            rows = self._rows[table.name] = []
        rows.append(row)
        self._kept += 1
        if self._kept >= BLOCK:
            self.flush()

    def flush(self) -> None:
        """Write what is kept, parents before children."""
        for table in Base.metadata.sorted_tables:
            if rows := self._rows.get(table.name):
                names = [field.name for field in self._fields[table.name]]
                self._write(table.name, names, zip(*self._columns(table.name, rows), strict=True))
                self.written += len(rows)
                rows.clear()
        self._kept = 0

    def _columns(self, table: str, rows: Sequence[Mapping[str, Any]]) -> list[list[Any]]:
        """The rows as columns in the database's values."""
        columns = []
        for field in self._fields[table]:
            name, default, convert = field.name, field.default, field.convert
            values = [row[name] if name in row else default() for row in rows]
            columns.append([v if v is None else convert(v) for v in values] if convert else values)
        return columns

    def _write(self, table: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
        if self._connection.dialect.name == "sqlite":
            places = ", ".join("?" * len(names))
            self._driver.executemany(f'INSERT INTO "{table}" ({", ".join(names)}) VALUES ({places})', rows)  # noqa: S608
            return
        with self._driver.cursor() as cursor, cursor.copy(f'COPY "{table}" ({", ".join(names)}) FROM STDIN') as copy:
            for row in rows:
                copy.write_row(row)

    def _field(self, column: Column[Any]) -> _Field:
        default: Any = column.default
        make: Callable[[], Any]
        if default is None:
            make = _nothing
        elif default.is_callable:  # SQLAlchemy wraps a function without arguments so that it takes its context
            make = _called(default.arg)
        else:
            make = _constant(default.arg)
        return _Field(quoted_name(column.name, None), make, self._converter(column))

    def _converter(self, column: Column[Any]) -> Convert | None:
        if isinstance(column.type, JSON):
            return _json
        if self._connection.dialect.name != "sqlite":
            return None  # psycopg knows UUID, datetime and date
        return column.type.dialect_impl(self._connection.dialect).bind_processor(self._connection.dialect)


def _nothing() -> None:
    return None


def _constant(value: Any) -> Callable[[], Any]:
    return lambda: value


def _called(function: Callable[[Any], Any]) -> Callable[[], Any]:
    return lambda: function(None)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if value else "[]" if isinstance(value, list) else "{}"

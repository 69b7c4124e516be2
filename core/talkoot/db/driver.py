"""psycopg as SQLAlchemy uses it here, without what nobody looks at."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any, overload

import psycopg
from psycopg import Column


class PostgresConnection(psycopg.Connection[Any]):
    """A PostgreSQL connection that ends a reading transaction by COMMIT: there is nothing to undo in it, and after a
    ROLLBACK the driver forgets its prepared statements, so that every statement would be planned anew (2 ms a page).
    """

    reading = False

    def rollback(self) -> None:
        if self.reading:
            self.commit()
        else:
            super().rollback()


class PostgresCursor(psycopg.Cursor[Any]):
    """A cursor that describes the columns of a result when they are looked at. SQLAlchemy asks after every statement and
    looks at those of a new one: of a page that reads 70 columns that was a twentieth.
    """

    @property
    def description(self) -> Any:
        result = self.pgresult
        return Columns(self, result.nfields) if result is not None and result.nfields else super().description

    def described(self) -> list[Column]:
        """The columns of the present result as psycopg describes them."""
        return super().description or []


class Columns(Sequence[Column]):
    """The columns of a cursor's present result."""

    def __init__(self, cursor: PostgresCursor, count: int) -> None:
        self._cursor, self._count = cursor, count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> Column: ...

    @overload
    def __getitem__(self, index: slice) -> list[Column]: ...

    def __getitem__(self, index: int | slice) -> Column | list[Column]:
        return self._described[index]

    @cached_property
    def _described(self) -> list[Column]:
        return self._cursor.described()

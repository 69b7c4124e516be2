"""Tables that people sort by clicking a column's head: an ordinary link, so it works without JavaScript."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import request

T = TypeVar("T")
Key = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """A column: `key` None means that it cannot be sorted by. A row whose key is None comes last either way."""

    name: str
    title: str
    key: Key | None = None
    number: bool = False  # aligned at its end; begins with the largest when sorted by


@dataclass(frozen=True)
class Table:
    """Columns and sorted rows, ready for the macro in `_table.html`."""

    columns: Sequence[Column]
    rows: Sequence[Any]
    by: str
    descending: bool
    kept: Mapping[str, str]  # other query arguments that a click on a head must not lose

    def order(self, column: Column) -> str:
        """The value of `aria-sort`."""
        return "none" if column.name != self.by else "descending" if self.descending else "ascending"

    def address(self, column: Column) -> str:
        """Where a click on the column's head leads: sorted by it, or the other way round when it already is."""
        turned = not self.descending if column.name == self.by else column.number
        return f"?{urlencode({**self.kept, 'sort': ('-' if turned else '') + column.name})}"


def table(columns: Sequence[Column], rows: Iterable[T], *, first: str, keep: Sequence[str] = ()) -> Table:
    """The rows in the order the address asks for (`?sort=name`, `?sort=-members`), else by the column `first`."""
    asked = request.args.get("sort", "")
    known = {column.name: column for column in columns if column.key}
    wanted = asked if asked.removeprefix("-") in known else first
    by, descending = wanted.removeprefix("-"), wanted.startswith("-")
    kept = {name: value for name in keep if (value := request.args.get(name))}
    return Table(columns, _sorted(rows, known[by].key, descending), by, descending, kept)


def _sorted(rows: Iterable[T], key: Key | None, descending: bool) -> list[T]:
    assert key is not None
    pairs = [(key(row), row) for row in rows]
    present = sorted((pair for pair in pairs if pair[0] is not None), key=lambda pair: pair[0], reverse=descending)
    return [row for _, row in (*present, *(pair for pair in pairs if pair[0] is None))]

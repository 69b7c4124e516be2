"""Pages in the order of time: of what happened in one moment the id decides, so that nothing is lost between two pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ColumnElement, tuple_

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, order=True)
class Key:
    """The last row of the page before. As text: microseconds since 1970, and the id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{number_of(self.at)}-{self.id.hex}"


def key(text: str) -> Key:
    """The key of such a text; raises ValueError."""
    at, _, identity = text.partition("-")
    return Key(moment(at), UUID(identity))


def moment(text: str) -> datetime:
    """The moment of such a number, none before 1970; raises ValueError."""
    return EPOCH + timedelta(microseconds=max(0, min(int(text), 10**17)))


def number_of(at: datetime) -> int:
    """Microseconds since 1970."""
    return (at - EPOCH) // timedelta(microseconds=1)


def earlier(at: Column[Any], identity: Column[Any], than: Key) -> ColumnElement[bool]:
    """Rows that come after this one, the newest first. One comparison of both: of two put together by OR no index tells where to begin."""
    return tuple_(at, identity) < tuple_(than.at, than.id, types=(at.type, identity.type))

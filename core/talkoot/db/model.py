"""Bases of all tables and the column types that read the same on PostgreSQL and SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    MetaData,
    Table,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from talkoot.ids import new_id

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Id(TypeDecorator[UUID]):
    """A UUID: native on PostgreSQL, 16 bytes on SQLite, where the order of bytes is the order of time."""

    impl = Uuid
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(LargeBinary(16) if dialect.name == "sqlite" else Uuid())

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        return value.bytes if value is not None and dialect.name == "sqlite" else value

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        return UUID(bytes=value) if isinstance(value, bytes) else value

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """None on PostgreSQL, whose driver gives UUIDs: a page reads a hundred of them."""
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC: `timestamptz` on PostgreSQL, whole microseconds since 1970 on SQLite. Naive values raise."""

    impl = DateTime
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone; use talkoot.clock.now()")
        if dialect.name != "sqlite":
            return value
        return int(value.timestamp()) * 1_000_000 + value.microsecond

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        seconds, micro = divmod(value, 1_000_000)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro)

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """None on PostgreSQL, where every connection's zone is UTC (db/engine.py)."""
        return super().result_processor(dialect, coltype) if dialect.name == "sqlite" else None


Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of every table, plugins' included."""

    if TYPE_CHECKING:
        __table__: ClassVar[Table]  # every model here is a plain table

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {UUID: Id, datetime: UtcDateTime, dict[str, Any]: Json, list[Any]: Json, list[str]: Json}


class TenantOwned:
    """Mixin for what belongs to one tenant: primary key `(tenant_id, id)`, guarded in the session and the database."""

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


def tenant_key(column: str, target: str, *, name: str | None = None) -> ForeignKeyConstraint:
    """Foreign key to another table of the same tenant: `tenant_key("area_id", "area")`."""
    return ForeignKeyConstraint(["tenant_id", column], [f"{target}.tenant_id", f"{target}.id"], name=name)


def tenant_unique(*columns: str) -> UniqueConstraint:
    """A value that is unique within each tenant."""
    return UniqueConstraint("tenant_id", *columns)


def tenant_index(column: str, *, filled: bool = False) -> Index:
    """Leads to a tenant's rows by one column; `filled`: only those where it is not empty, when most rows are.

    PostgreSQL looks for rows that point at a deleted one, and reads all of the tenant's where no index leads to them. A
    column that points at what there may be thousands of (members, posts) needs one.
    """
    if not filled:
        return Index(None, "tenant_id", column)
    where = text(f"{column} IS NOT NULL")
    return Index(None, "tenant_id", column, postgresql_where=where, sqlite_where=where)


def tenant_tables() -> list[Table]:
    """Every table that belongs to tenants, of core and of all loaded plugins, parents before children."""
    return [table for table in Base.metadata.sorted_tables if is_tenant_owned(table)]


def is_tenant_owned(table: Table) -> bool:
    """Tenant-owned means: `tenant_id` leads the primary key. `tenant_stamp` and the like have it as whole key."""
    key = [column.name for column in table.primary_key.columns]
    return len(key) > 1 and key[0] == "tenant_id"

"""The index: what posts are found by. Kept like any table; SQLite's full-text table follows it by triggers (full_text.py)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Dialect, Index, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator, TypeEngine

from talkoot.db.model import Base, TenantOwned, tenant_key, tenant_unique
from talkoot.search.keys import EXACT


class Entry(TypeDecorator[str]):
    """What `Keys.entry` says of a post: a tsvector on PostgreSQL, where words know their place, the text itself on SQLite."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Text() if dialect.name == "sqlite" else TSVECTOR())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value if value is None or dialect.name == "sqlite" else vector(value)


def vector(entry: str) -> str:
    """The entry as PostgreSQL reads a tsvector, which gathers the places of a word itself; only words as written have any.

    Keys hold letters, digits and our own marks, so nothing is to be escaped.
    """
    keys = enumerate(entry.split(" "), start=1)
    return " ".join([f"'{key}':{place}" if EXACT in key else f"'{key}'" for place, key in keys])


class SearchEntry(Base, TenantOwned):
    """A post in the index; `id` is the post's. `number` is a tenant's own and grows: newer posts have larger ones."""

    __tablename__ = "search_entry"
    number: Mapped[int]
    version: Mapped[int]  # of the analyzers that made it
    conversation_id: Mapped[UUID]  # this and the next as the post has them: triggers keep them so (full_text.py)
    hidden: Mapped[bool]
    words: Mapped[str] = mapped_column(Entry)
    __table_args__ = (
        tenant_unique("number"),
        tenant_key("id", "post"),
        Index("ix_search_entry_words", "words", postgresql_using="gin", postgresql_with={"fastupdate": "off"}).ddl_if(
            dialect="postgresql"
        ),
        {"info": {"person": None}},
    )

"""A resident's feedback; its promise is a FollowUp, its giver may stay unknown and follow it by a code."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique


class Contribution(Base, TenantOwned):
    """A text given outside a conversation. `code_hash` is the SHA-256 of the code on the giver's slip."""

    __tablename__ = "contribution"
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(12), default="online")
    page: Mapped[str] = mapped_column(String(300), default="")  # where the giver was
    author_id: Mapped[UUID | None]
    area_id: Mapped[UUID | None]
    code_hash: Mapped[str] = mapped_column(String(64))
    submission: Mapped[UUID]
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("author_id", "membership"),
        tenant_key("area_id", "area"),
        tenant_unique("code_hash"),
        tenant_unique("submission"),
        tenant_index("author_id", filled=True),
        {"info": {"person": "author_id", "erase": "anonymise"}},
    )

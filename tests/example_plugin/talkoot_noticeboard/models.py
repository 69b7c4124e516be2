"""The noticeboard's one table. Comments on a notice are a conversation of core."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db import Base, TenantOwned, tenant_key, tenant_unique


class Notice(Base, TenantOwned):
    """A notice. `contact` is what somebody gave to be reached by; `keyed_by` the clerk who typed in a paper slip."""

    __tablename__ = "noticeboard_notice"
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    association: Mapped[str] = mapped_column(String(120))
    contact: Mapped[str] = mapped_column(String(200), default="")
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    excerpt: Mapped[str] = mapped_column(Text, default="")  # written by the job noticeboard.excerpt
    language: Mapped[str] = mapped_column(String(12))
    area_id: Mapped[UUID | None]
    author_id: Mapped[UUID]
    keyed_by: Mapped[UUID | None]
    conversation_id: Mapped[UUID]
    submission: Mapped[UUID]  # the form's key: sent twice, pinned once
    comments: Mapped[int] = mapped_column(default=0)
    answered_at: Mapped[datetime | None]  # when somebody else first commented
    created_at: Mapped[datetime]
    shown_until: Mapped[date]
    expired_at: Mapped[datetime | None]
    __table_args__ = (
        tenant_unique("number"),
        tenant_unique("submission"),
        tenant_key("area_id", "area"),
        tenant_key("author_id", "membership"),
        tenant_key("keyed_by", "membership"),
        tenant_key("conversation_id", "conversation"),
        Index("ix_noticeboard_notice_board", "tenant_id", "expired_at", "number"),
        {"info": {"person": "author_id", "erase": "keep"}},
    )

"""One line of a tenant's log. The application's role may add and read, never change."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base


class AuditEntry(Base):
    """`chain` is an HMAC over the entry and the one before it, so that a changed or missing line shows."""

    __tablename__ = "audit_entry"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]  # a membership; by reference, so that erasing a person does not break the chain
    action: Mapped[str] = mapped_column(String(60))
    thing_kind: Mapped[str] = mapped_column(String(60), default="")
    thing_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    chain: Mapped[str] = mapped_column(String(64))
    __table_args__ = ({"info": {"person": "actor_id", "erase": "keep"}},)

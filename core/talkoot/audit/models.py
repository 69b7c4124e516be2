"""The lines of a tenant's log, and its head. The application's role may add lines and read them, never change one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base


class AuditEntry(Base):
    """`chain` is a hash over the line and the one before it, so that a changed or missing line shows (audit/chain.py)."""

    __tablename__ = "audit_entry"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]  # a membership; by reference, so that erasing a person does not break the chain
    os_user: Mapped[str] = mapped_column(String(64), default="")  # who gave a command; empty: done on a page
    action: Mapped[str] = mapped_column(String(60))
    thing_kind: Mapped[str] = mapped_column(String(60), default="")
    thing_id: Mapped[UUID | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    chain: Mapped[str] = mapped_column(String(64))
    __table_args__ = ({"info": {"person": "actor_id", "erase": "keep"}},)


class AuditHead(Base):
    """Where a tenant's log ends: the number and chain of its newest line, so that lines cut off the end show too."""

    __tablename__ = "audit_head"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    log: Mapped[str] = mapped_column(String(30), primary_key=True)  # which of the tenant's logs
    seq: Mapped[int]
    chain: Mapped[str] = mapped_column(String(64))
    __table_args__ = ({"info": {"person": None}},)

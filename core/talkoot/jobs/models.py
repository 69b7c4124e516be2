"""The outbox (ids only, so it may belong to the installation) and the ticks of the schedule."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base
from talkoot.ids import new_id


class Outbox(Base):
    """A job to be done at least once. `lease_until`: nobody else should try before."""

    __tablename__ = "outbox"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenant.id"))
    kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (Index("ix_outbox_done_at_lease_until", "done_at", "lease_until"),)


class ScheduleTick(Base):
    """A scheduled moment that some worker has taken; the key keeps two workers from taking it twice."""

    __tablename__ = "schedule_tick"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(primary_key=True)

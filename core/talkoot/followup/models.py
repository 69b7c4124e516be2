"""A promise and the entries of its public trail."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

STATES = ("received", "in_progress", "decided", "done", "declined")


class FollowUp(Base, TenantOwned):
    """What was promised about one thing: who answers, by when, how far it is."""

    __tablename__ = "follow_up"
    number: Mapped[int]  # shown in the address
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID]
    title: Mapped[str] = mapped_column(String(200))  # of what no plugin tells the place of; else empty
    owner_id: Mapped[UUID | None]  # the organisation (body, unit) that owes the answer
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20), default="received")
    answered_at: Mapped[datetime | None]
    public: Mapped[bool] = mapped_column(default=True)
    language: Mapped[str] = mapped_column(String(12))
    area_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("owner_id", "organisation"),
        tenant_key("area_id", "area"),
        tenant_unique("subject_kind", "subject_id"),
        tenant_unique("number"),
        CheckConstraint(f"state IN {STATES}", name="state"),
        Index("ix_follow_up_tenant_id_answered_at_due_on", "tenant_id", "answered_at", "due_on"),
        {"info": {"person": None}},
    )


class FollowUpEvent(Base, TenantOwned):
    """One entry of the trail: a change of state with its words."""

    __tablename__ = "follow_up_event"
    follow_up_id: Mapped[UUID]
    at: Mapped[datetime]
    author_id: Mapped[UUID | None]
    state: Mapped[str] = mapped_column(String(20))
    answer: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(12))
    submission: Mapped[UUID]
    __table_args__ = (
        tenant_key("follow_up_id", "follow_up"),
        tenant_key("author_id", "membership"),
        tenant_unique("submission"),
        Index("ix_follow_up_event_tenant_id_follow_up_id_at", "tenant_id", "follow_up_id", "at"),
        tenant_index("author_id", filled=True),
        {"info": {"person": "author_id", "erase": "keep"}},
    )

"""Tables of what people follow, what they are told, how mail reaches them, and the posts they keep."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

OFTEN = ("now", "daily", "weekly", "never")
UNREAD = text("read_at IS NULL")
WAITING = text("due_at IS NOT NULL AND mail_id IS NULL")
TO_PUSH = text("push_at IS NOT NULL AND push_id IS NULL")


class Follow(Base, TenantOwned):
    """A member follows a thing: a conversation, an area, an office, or what a plugin declares as a FollowKind.

    `wanted` False: they have stopped. Writing there does not make them follow it again, and of a conversation they hear
    nothing either where they follow what it stands in.
    """

    __tablename__ = "follow"
    membership_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(40))
    thing_id: Mapped[UUID]
    wanted: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        UniqueConstraint("tenant_id", "kind", "thing_id", "membership_id", name="uq_follow_once"),
        tenant_index("membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Notice(Base):
    """One thing a member is told, once: the page, the single mail and the digest show the same rows.

    `about` says of what table `thing_id` is (notices/kinds.py), `kind` why they are told. `due_at` is when mail takes the row
    at the earliest, None: never; `mail_id` is the job of the mail that has taken it. `push_at` and `push_id` are the same of the
    message to the member's devices.
    """

    __tablename__ = "notice"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    about: Mapped[str] = mapped_column(String(12), primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    mail_id: Mapped[UUID | None]
    push_at: Mapped[datetime | None]
    push_id: Mapped[UUID | None]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        Index("ix_notice_member", "tenant_id", "membership_id", "at"),
        Index("ix_notice_unread", "tenant_id", "membership_id", postgresql_where=UNREAD, sqlite_where=UNREAD),
        Index("ix_notice_waiting", "tenant_id", "due_at", postgresql_where=WAITING, sqlite_where=WAITING),
        Index("ix_notice_to_push", "tenant_id", "push_at", postgresql_where=TO_PUSH, sqlite_where=TO_PUSH),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class MailChoice(Base, TenantOwned):
    """When mail may come to a member. Who has not chosen has no row: the defaults stand in notices/choices.py.

    Quiet hours are whole hours of the tenant's zone, from `quiet_from` until `quiet_to`; both the same: none.
    """

    __tablename__ = "mail_choice"
    membership_id: Mapped[UUID]
    direct: Mapped[str] = mapped_column(String(8))  # what is meant for them: mentions, answers, reminders
    rest: Mapped[str] = mapped_column(String(8))  # what they follow
    quiet_from: Mapped[int]
    quiet_to: Mapped[int]
    follow_own: Mapped[bool]  # writing in a conversation follows it
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_unique("membership_id"),
        CheckConstraint(f"direct IN {OFTEN}", name="direct"),
        CheckConstraint(f"rest IN {OFTEN}", name="rest"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Bookmark(Base, TenantOwned):
    """A post that a member keeps for themselves, perhaps to be reminded of."""

    __tablename__ = "bookmark"
    membership_id: Mapped[UUID]
    post_id: Mapped[UUID]
    created_at: Mapped[datetime]
    remind_at: Mapped[datetime | None]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_key("post_id", "post"),
        UniqueConstraint("tenant_id", "post_id", "membership_id", name="uq_bookmark_once"),
        tenant_index("membership_id"),
        tenant_index("remind_at", filled=True),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )

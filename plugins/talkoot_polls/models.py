"""Polls, who has voted, and the votes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

KINDS = ("single", "several", "ranked")
SHOWN = ("always", "voted", "closed")  # from when on people see the result


def key_of_no_time() -> UUID:
    """A random key. The usual ones tell when a row was made: of two rows made together, who has voted and what was voted."""
    return uuid4()


class Poll(Base, TenantOwned):
    """A question with its options under a post. It is not changed once it is asked; `result` and `voters` are counted anew
    with each vote.
    """

    __tablename__ = "polls_poll"
    number: Mapped[int]
    post_id: Mapped[UUID]
    author_id: Mapped[UUID]
    question: Mapped[str] = mapped_column(String(300))
    options: Mapped[list[Any]]
    language: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(8))
    most: Mapped[int] = mapped_column(default=1)  # options that one person may choose
    anonymous: Mapped[bool]
    shown: Mapped[str] = mapped_column(String(8), default="always")
    created_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")  # why it was closed early or removed
    voters: Mapped[int] = mapped_column(default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    __table_args__ = (
        tenant_unique("number"),
        tenant_unique("post_id"),
        tenant_key("author_id", "membership"),
        tenant_index("author_id"),
        Index("ix_polls_poll_due", "tenant_id", "closed_at", "closes_at"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint(f"shown IN {SHOWN}", name="shown"),
        {"info": {"person": "author_id", "erase": "keep"}},
    )


class Voter(Base, TenantOwned):
    """That somebody has voted: one row per person and poll, whatever comes at the same moment. Has a `key_of_no_time`."""

    __tablename__ = "polls_voter"
    poll_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    __table_args__ = (
        tenant_unique("poll_id", "membership_id"),
        tenant_key("poll_id", "polls_poll"),
        tenant_key("membership_id", "membership"),
        tenant_index("membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Ballot(Base, TenantOwned):
    """A vote: the options chosen, in a ranked poll the best first. Nobody's in an anonymous poll. Has a `key_of_no_time`."""

    __tablename__ = "polls_ballot"
    poll_id: Mapped[UUID]
    membership_id: Mapped[UUID | None]
    choices: Mapped[list[Any]]
    __table_args__ = (
        tenant_unique("poll_id", "membership_id"),
        tenant_key("poll_id", "polls_poll"),
        tenant_key("membership_id", "membership"),
        tenant_index("membership_id", filled=True),
        {"info": {"person": "membership_id", "erase": "anonymise"}},
    )

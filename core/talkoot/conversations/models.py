"""Tables of conversations. `n` is dense per conversation, so a page number needs no COUNT; hidden posts keep theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

CHANNELS = ("online", "paper", "phone", "in_person")


class Conversation(Base, TenantOwned):
    """The posts under one object; `subject_kind` is a declared ConversationKind."""

    __tablename__ = "conversation"
    subject_kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[UUID]
    post_count: Mapped[int] = mapped_column(default=0)  # also the newest n
    last_post_at: Mapped[datetime | None]
    __table_args__ = (tenant_unique("subject_kind", "subject_id"), {"info": {"person": None}})


class Post(Base, TenantOwned):
    """One contribution to a conversation. `html` was rendered and sanitised when it was saved."""

    __tablename__ = "post"
    conversation_id: Mapped[UUID]
    n: Mapped[int]
    author_id: Mapped[UUID]
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    renderer: Mapped[int]
    language: Mapped[str] = mapped_column(String(12))
    channel: Mapped[str] = mapped_column(String(12), default="online")
    keyed_by: Mapped[UUID | None]  # the clerk who keyed a paper, phone or in-person contribution
    quote_of: Mapped[UUID | None]
    reactions: Mapped[dict[str, Any]] = mapped_column(default=dict)  # counts by kind
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    submission: Mapped[UUID]  # idempotency key of the form
    hidden_at: Mapped[datetime | None]
    hidden_reason: Mapped[str | None] = mapped_column(Text)
    hidden_by: Mapped[UUID | None]
    erased_at: Mapped[datetime | None]
    __table_args__ = (
        tenant_key("conversation_id", "conversation"),
        tenant_key("author_id", "membership"),
        tenant_key("keyed_by", "membership"),
        tenant_key("hidden_by", "membership"),
        UniqueConstraint("tenant_id", "conversation_id", "n", name="uq_post_tenant_id_conversation_id_n"),
        tenant_unique("submission"),
        tenant_index("author_id"),
        tenant_index("hidden_by", filled=True),
        tenant_index("keyed_by", filled=True),
        {"info": {"person": "author_id", "erase": "by hand"}},
    )


class PostVersion(Base, TenantOwned):
    """An earlier text of a post, kept when it is edited."""

    __tablename__ = "post_version"
    post_id: Mapped[UUID]
    version: Mapped[int]
    source: Mapped[str] = mapped_column(Text)
    author_id: Mapped[UUID]
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("post_id", "post"),
        tenant_key("author_id", "membership"),
        tenant_unique("post_id", "version"),
        tenant_index("author_id"),
        {"info": {"person": "author_id", "erase": "by hand"}},
    )


class Reaction(Base, TenantOwned):
    """One member's reaction to a post: the unique constraint is what makes a double click count once."""

    __tablename__ = "reaction"
    post_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(20))
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("post_id", "post"),
        tenant_key("membership_id", "membership"),
        UniqueConstraint("tenant_id", "post_id", "membership_id", "kind", name="uq_reaction_once"),
        Index("ix_reaction_tenant_id_membership_id_post_id", "tenant_id", "membership_id", "post_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Flag(Base, TenantOwned):
    """A reader's notice that a post breaks the rules (DSA art. 16), and what the moderator decided."""

    __tablename__ = "flag"
    post_id: Mapped[UUID]
    membership_id: Mapped[UUID]
    reason: Mapped[str] = mapped_column(String(30))
    text: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    handled_at: Mapped[datetime | None]
    handled_by: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(String(20))
    __table_args__ = (
        tenant_key("post_id", "post"),
        tenant_key("membership_id", "membership"),
        tenant_key("handled_by", "membership"),
        tenant_unique("post_id", "membership_id"),
        tenant_index("membership_id"),
        tenant_index("handled_by", filled=True),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )

"""Tables of conversations. `n` is dense per conversation, so a page number needs no COUNT; hidden posts keep theirs."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

CHANNELS = ("online", "mail", "paper", "phone", "in_person")  # the last three are keyed in by a clerk


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
        Index("ix_post_written", "tenant_id", "conversation_id", "created_at"),
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


class ReadMark(Base):
    """How far a member has read in a conversation: the number of the last post, and when it was seen."""

    __tablename__ = "read_mark"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int]
    read_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_key("conversation_id", "conversation"),
        tenant_index("conversation_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class ReadTime(Base):
    """Up to when a member has read everything in a thing that holds conversations: ("forums.forum", its id)."""

    __tablename__ = "read_time"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    thing_id: Mapped[UUID] = mapped_column(primary_key=True)
    read_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        Index("ix_read_time_tenant_id_kind_thing_id", "tenant_id", "kind", "thing_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Draft(Base, TenantOwned):
    """What somebody has begun to write in one place, one each: a reply, or something new that is begun there.

    `fields` is what else the form holds, such as a title. `writer` and `seq` tell which page saved it and after what.
    """

    __tablename__ = "draft"
    membership_id: Mapped[UUID]
    place_kind: Mapped[str] = mapped_column(String(60))  # "conversation", or the ConversationKind that is begun
    place_id: Mapped[UUID]  # points at a row of core or of a plugin, which may go: the text stays
    text: Mapped[str] = mapped_column(Text)
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    writer: Mapped[UUID]
    seq: Mapped[int] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_unique("membership_id", "place_kind", "place_id"),
        tenant_index("saved_at"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )

"""Forums and their topics. A topic's posts are a conversation of core."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db import Base, TenantOwned, tenant_index, tenant_key, tenant_unique

STANDINGS = ("pilot", "permanent", "ended")  # domain row 1
KINDS = ("discussion", "question", "idea")


class Forum(Base, TenantOwned):
    """A forum of a tenant or one of its areas, under the body that answers what is lifted to it."""

    __tablename__ = "forums_forum"
    slug: Mapped[str] = mapped_column(String(60))
    names: Mapped[dict[str, Any]]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    area_id: Mapped[UUID | None]
    body_id: Mapped[UUID | None]
    standing: Mapped[str] = mapped_column(String(12), default="permanent")
    members_only: Mapped[bool] = mapped_column(default=False)
    shared: Mapped[bool] = mapped_column(
        default=False
    )  # a region's or co-operation area's: shown in its municipalities
    position: Mapped[int] = mapped_column(default=0)
    opened_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    topic_count: Mapped[int] = mapped_column(default=0)
    __table_args__ = (
        tenant_unique("slug"),
        tenant_key("area_id", "area"),
        tenant_key("body_id", "organisation"),
        CheckConstraint(f"standing IN {STANDINGS}", name="standing"),
        {"info": {"person": None}},
    )


class Topic(Base, TenantOwned):
    """A discussion, question or idea. `number` is its address; `parties` says who has spoken (domain row 14)."""

    __tablename__ = "forums_topic"
    number: Mapped[int]
    forum_id: Mapped[UUID]
    conversation_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String(200))
    slug: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(12))
    author_id: Mapped[UUID]
    created_at: Mapped[datetime]
    post_count: Mapped[int] = mapped_column(default=0)  # posts that can be seen
    last_post_at: Mapped[datetime]
    last_author_id: Mapped[UUID | None]
    pinned: Mapped[bool] = mapped_column(default=False)
    closed_at: Mapped[datetime | None]
    closed_reason: Mapped[str] = mapped_column(Text, default="")
    parties: Mapped[list[str]] = mapped_column(default=list)
    hidden_at: Mapped[datetime | None]
    heard: Mapped[bool] = mapped_column(default=False)  # somebody besides its writer has written
    __table_args__ = (
        tenant_unique("number"),
        tenant_key("forum_id", "forums_forum"),
        tenant_key("conversation_id", "conversation"),
        tenant_key("author_id", "membership"),
        tenant_key("last_author_id", "membership"),
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        Index("ix_forums_topic_list", "tenant_id", "forum_id", "pinned", "last_post_at", "number"),
        Index("ix_forums_topic_newest", "tenant_id", "forum_id", "last_post_at", "number"),
        # Without the number: with it, PostgreSQL looks here for the newest topic of a quiet forum, and reads all others' first.
        Index("ix_forums_topic_latest", "tenant_id", "last_post_at"),
        Index("ix_forums_topic_begun", "tenant_id", "forum_id", "number"),
        Index("ix_forums_topic_replies", "tenant_id", "post_count", "number"),
        Index("ix_forums_topic_forum_replies", "tenant_id", "forum_id", "post_count", "number"),
        Index(
            "ix_forums_topic_unheard",
            "tenant_id",
            "last_post_at",
            "number",
            postgresql_where=text("NOT heard"),
            sqlite_where=text("heard = 0"),
        ),
        Index("ix_forums_topic_conversation", "tenant_id", "conversation_id"),  # deleting conversations looks here
        tenant_index("author_id"),
        {"info": {"person": "author_id", "erase": "keep"}},
    )


class TopicRedirect(Base, TenantOwned):
    """The number of a topic that was merged into another: old addresses lead there."""

    __tablename__ = "forums_redirect"
    number: Mapped[int]
    topic_id: Mapped[UUID]
    __table_args__ = (tenant_unique("number"), tenant_key("topic_id", "forums_topic"), {"info": {"person": None}})


class Tag(Base, TenantOwned):
    """A word of the tenant's own vocabulary for topics. One that is retired stays where it is and is given to no topic any
    more; one that was merged leads to the other.
    """

    __tablename__ = "forums_tag"
    slug: Mapped[str] = mapped_column(String(60))
    names: Mapped[dict[str, Any]]
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]
    merged_into: Mapped[UUID | None]
    __table_args__ = (tenant_unique("slug"), tenant_key("merged_into", "forums_tag"), {"info": {"person": None}})


class TopicTag(Base, TenantOwned):
    """A tag of a topic."""

    __tablename__ = "forums_topic_tag"
    topic_id: Mapped[UUID]
    tag_id: Mapped[UUID]
    __table_args__ = (
        tenant_unique("topic_id", "tag_id"),
        Index("ix_forums_topic_tag_topics", "tenant_id", "tag_id", "topic_id"),
        tenant_key("topic_id", "forums_topic"),
        tenant_key("tag_id", "forums_tag"),
        {"info": {"person": None}},
    )

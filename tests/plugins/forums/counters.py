"""What must be true of the counters of forums and topics after whatever was done."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from talkoot.conversations.models import Conversation, Post
from talkoot_forums.models import Forum, Topic


def assert_counters_hold(db: Any) -> None:
    """Every counter of the tenant says what its rows say."""
    for topic in db.scalars(select(Topic).where(Topic.tenant_id == db.tenant.id, Topic.hidden_at.is_(None))):
        own = (
            select(Post)
            .where(Post.tenant_id == db.tenant.id, Post.conversation_id == topic.conversation_id)
            .order_by(Post.n)
        )
        found = db.scalars(own).all()
        conversation = db.find(Conversation, id=topic.conversation_id)
        assert [post.n for post in found] == list(range(1, len(found) + 1))
        assert conversation.post_count == len(found)
        assert topic.post_count == sum(post.hidden_at is None for post in found)
    for forum in db.scalars(select(Forum).where(Forum.tenant_id == db.tenant.id)):
        own = (Topic.tenant_id == db.tenant.id, Topic.forum_id == forum.id, Topic.hidden_at.is_(None))
        mine = db.scalars(select(Topic).where(*own)).all()
        assert forum.topic_count == len(mine)

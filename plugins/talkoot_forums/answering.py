"""Answers that come by another way than the topic's own form."""

from __future__ import annotations

from uuid import UUID

from talkoot.conversations import posts
from talkoot.db import TenantSession
from talkoot.errors import NotFoundError
from talkoot.registry import Registry
from talkoot_forums import topics


def reply(db: TenantSession, registry: Registry, topic_id: UUID, new: posts.NewPost) -> posts.Added:
    """As `topics.reply`, by the topic's id; what was merged is answered where it is now. Raises as that does."""
    found = next(iter(topics.chosen(db, [topic_id])), None)
    if found is None:
        raise NotFoundError
    number = topics.moved_to(db, found.number) if found.hidden_at else found.number
    if number is None:
        raise NotFoundError
    return topics.reply(db, registry, topics.get(db, number), new)

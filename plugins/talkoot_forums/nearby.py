"""What was last written in one area: read from its forums' lists.

In the index of all topics those of a quiet area come last, after the whole municipality's.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import desc, select, union_all

from talkoot.db import TenantSession
from talkoot_forums import topics
from talkoot_forums.models import Forum, Topic

_topic, _forum = Topic.__table__, Forum.__table__


def latest(db: TenantSession, area_id: UUID, *, member: bool = False, limit: int = 8) -> list[topics.TopicView]:
    """The topics last written in, over the area's forums; public ones only unless `member`."""
    query = select(_forum.c.id).where(_forum.c.tenant_id == db.tenant.id, _forum.c.area_id == area_id)
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    return topics.chosen(db, _newest(db, db.scalars(query), limit))


def _newest(db: TenantSession, forum_ids: Iterable[UUID], limit: int) -> list[UUID]:
    """The newest topics of these forums: those of each stand in the index in order of time."""
    mine = (_topic.c.tenant_id == db.tenant.id, _topic.c.hidden_at.is_(None))
    newest = (_topic.c.last_post_at.desc(), _topic.c.number.desc())
    query = select(_topic.c.id, _topic.c.last_post_at).where(*mine).order_by(*newest).limit(limit)
    lists = [select(query.where(_topic.c.forum_id == forum_id).subquery()) for forum_id in forum_ids]
    return list(db.scalars(union_all(*lists).order_by(desc("last_post_at")).limit(limit))) if lists else []

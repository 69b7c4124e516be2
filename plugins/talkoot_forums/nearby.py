"""What was last written in some of the forums: read from their lists.

In the index of all topics those of a quiet area come last, after the whole municipality's, and those of an ended forum may
come first by the thousand.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from uuid import UUID

from sqlalchemy import CompoundSelect, Integer, bindparam, desc, select, union_all

from talkoot.db import Id, TenantSession
from talkoot_forums import topics
from talkoot_forums.forums import ForumView
from talkoot_forums.models import Forum, Topic

_topic, _forum = Topic.__table__, Forum.__table__


def latest(db: TenantSession, area_id: UUID, *, member: bool = False, limit: int = 8) -> list[topics.TopicView]:
    """The topics last written in, over the area's forums; public ones only unless `member`."""
    query = select(_forum.c.id).where(_forum.c.tenant_id == db.tenant.id, _forum.c.area_id == area_id)
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    return topics.chosen(db, _newest(db, db.scalars(query), limit))


def talked_about(db: TenantSession, listed: Iterable[ForumView], *, limit: int = 8) -> list[topics.TopicView]:
    """The topics last written in, over those of these forums that have not ended.

    So many topics stand in at most so many forums, the ones last written in: no other is looked into.
    """
    alive = [forum for forum in listed if forum.standing != "ended" and forum.last_post_at]
    alive.sort(key=attrgetter("last_post_at"), reverse=True)
    return topics.chosen(db, _newest(db, [forum.id for forum in alive[:limit]], limit))


def _newest(db: TenantSession, forum_ids: Iterable[UUID], limit: int) -> list[UUID]:
    """The newest topics of these forums: those of each stand in the index in order of time."""
    values = {f"forum_{n}": forum_id for n, forum_id in enumerate(forum_ids)}
    if not values:
        return []
    rows = db.connection().execute(_lists(len(values), limit), {"tenant": db.tenant.id, **values})
    return list(rows.scalars())


@lru_cache(maxsize=128)
def _lists(forums: int, limit: int) -> CompoundSelect[UUID, datetime]:
    """The newest topics of so many forums. Kept: putting it together costs more than running it."""
    mine = (_topic.c.tenant_id == bindparam("tenant", type_=Integer), _topic.c.hidden_at.is_(None))
    newest = (_topic.c.last_post_at.desc(), _topic.c.number.desc())
    query = select(_topic.c.id, _topic.c.last_post_at).where(*mine).order_by(*newest).limit(limit)
    own = (_topic.c.forum_id == bindparam(f"forum_{n}", type_=Id()) for n in range(forums))
    return union_all(*(select(query.where(one).subquery()) for one in own)).order_by(desc("last_post_at")).limit(limit)

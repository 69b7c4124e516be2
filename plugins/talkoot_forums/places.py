"""Where topics are and who may read them: what core asks about the objects of conversations and promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from talkoot.db import TenantSession
from talkoot.plugin import Place
from talkoot_forums.forums import scopes_of
from talkoot_forums.models import Forum, Topic, TopicRedirect

_topic, _forum, _redirect = Topic.__table__, Forum.__table__, TopicRedirect.__table__
_places = select(
    *(_topic.c[name] for name in ("id", "number", "slug", "title", "language", "closed_at", "forum_id", "hidden_at")),
    _forum.c.members_only,
    _forum.c.standing,
    _forum.c.area_id,
).join_from(_topic, _forum, and_(_forum.c.tenant_id == _topic.c.tenant_id, _forum.c.id == _topic.c.forum_id))


def path_of(number: int, slug: str) -> str:
    """The address of a topic below the tenant's."""
    return f"topics/{number}/{slug}" if slug else f"topics/{number}"


def locate(db: TenantSession, topic_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Where these topics are and who may read them: what core asks about a conversation's object.

    A topic that was merged is where the other one is.
    """
    rows = db.execute(_places.where(_topic.c.tenant_id == db.tenant.id, _topic.c.id.in_(topic_ids))).all()
    found = {row.id: _place(row) for row in rows if row.hidden_at is None}
    if merged := {row.number: row.id for row in rows if row.hidden_at is not None}:
        found |= _merged_into(db, merged)
    return found


def _place(row: Any) -> Place:
    return Place(
        row.title,
        path_of(row.number, row.slug),
        public=not row.members_only,
        open=row.closed_at is None and row.standing != "ended",
        scopes=scopes_of(row.forum_id, row.area_id),
        language=row.language,
    )


def _merged_into(db: TenantSession, merged: Mapping[int, UUID]) -> dict[UUID, Place]:
    """The places of the topics that these were merged into, by the ids of the merged ones."""
    is_target = and_(_redirect.c.tenant_id == _topic.c.tenant_id, _redirect.c.topic_id == _topic.c.id)
    query = _places.join(_redirect, is_target).add_columns(_redirect.c.number.label("old_number"))
    own = (_topic.c.tenant_id == db.tenant.id, _redirect.c.number.in_(list(merged)), _topic.c.hidden_at.is_(None))
    return {merged[row.old_number]: _place(row) for row in db.execute(query.where(*own))}

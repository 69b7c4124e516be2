"""Where topics are and who may read them: what core asks about the objects of conversations and promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, and_, bindparam, select

from talkoot.db import Id, TenantSession
from talkoot.i18n import gettext, lazy, spoken, text_in
from talkoot.plugin import Place, Searched
from talkoot_forums import topic_tags
from talkoot_forums.forums import scopes_of
from talkoot_forums.models import Forum, Topic, TopicRedirect

TAG = "forums.tag"  # the kind of a tag, among what a topic belongs to
_topic, _forum, _redirect = Topic.__table__, Forum.__table__, TopicRedirect.__table__
_places = select(
    *(_topic.c[name] for name in ("id", "number", "slug", "title", "language", "closed_at", "forum_id", "hidden_at")),
    _forum.c.members_only,
    _forum.c.standing,
    _forum.c.area_id,
    topic_tags.of(_topic.c.tenant_id, _topic.c.id).label("tags"),
).join_from(_topic, _forum, and_(_forum.c.tenant_id == _topic.c.tenant_id, _forum.c.id == _topic.c.forum_id))
# Made once: putting it together costs more than running it, and every mail about topics asks.
_by_id = _places.where(
    _topic.c.tenant_id == bindparam("tenant", type_=Integer),
    _topic.c.id.in_(bindparam("ids", type_=Id(), expanding=True)),
)


def path_of(number: int, slug: str) -> str:
    """The address of a topic below the tenant's."""
    return f"topics/{number}/{slug}" if slug else f"topics/{number}"


def locate(db: TenantSession, topic_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Where these topics are and who may read them: what core asks about a conversation's object.

    A topic that was merged is where the other one is.
    """
    rows = db.connection().execute(_by_id, {"tenant": db.tenant.id, "ids": topic_ids}).all()
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
        scopes=(*scopes_of(row.forum_id, row.area_id), *((TAG, UUID(tag["id"])) for tag in row.tags or ())),
        language=row.language,
    )


def _merged_into(db: TenantSession, merged: Mapping[int, UUID]) -> dict[UUID, Place]:
    """The places of the topics that these were merged into, by the ids of the merged ones."""
    is_target = and_(_redirect.c.tenant_id == _topic.c.tenant_id, _redirect.c.topic_id == _topic.c.id)
    query = _places.join(_redirect, is_target).add_columns(_redirect.c.number.label("old_number"))
    own = (_topic.c.tenant_id == db.tenant.id, _redirect.c.number.in_(list(merged)), _topic.c.hidden_at.is_(None))
    return {merged[row.old_number]: _place(row) for row in db.execute(query.where(*own))}


def begun(db: TenantSession, forum_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Where a topic is begun, by the forum's id: what core asks about drafts."""
    columns = (_forum.c[name] for name in ("id", "slug", "names", "members_only", "standing", "area_id"))
    rows = db.execute(select(*columns).where(_forum.c.tenant_id == db.tenant.id, _forum.c.id.in_(forum_ids)))
    return {row.id: _beginning(db, row) for row in rows}


def _beginning(db: TenantSession, row: Any) -> Place:
    return Place(
        gettext("New topic in %(forum)s", forum=text_in(row.names, spoken(), *db.tenant.languages)),
        f"forums/{row.slug}/new",
        public=not row.members_only,
        open=row.standing != "ended",
        scopes=scopes_of(row.id, row.area_id),
    )


def names(db: TenantSession, member: bool, language: str) -> dict[UUID, str]:
    """The forums that may be chosen in a search, by id, in the order of their page."""
    query = select(_forum.c.id, _forum.c.names).where(_forum.c.tenant_id == db.tenant.id)
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    rows = db.execute(query.order_by(_forum.c.position, _forum.c.slug)).all()
    return {row.id: text_in(row.names, language, *db.tenant.languages) for row in rows}


SEARCHED = Searched(
    select(
        _topic.c.tenant_id,
        _topic.c.conversation_id,
        _topic.c.forum_id.label("place_id"),
        _forum.c.area_id,
        _topic.c.kind,
        _forum.c.members_only.is_(False).label("public"),
        _topic.c.heard.label("answered"),
        _topic.c.title,
        _topic.c.language,
    )
    .join_from(_topic, _forum, and_(_forum.c.tenant_id == _topic.c.tenant_id, _forum.c.id == _topic.c.forum_id))
    .where(_topic.c.hidden_at.is_(None)),
    names,
    {"discussion": lazy("Discussions"), "question": lazy("Questions"), "idea": lazy("Ideas")},
)

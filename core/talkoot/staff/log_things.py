"""What the lines of the log are about: topics, posts and promises, under the title that they have today.

Titles do not stand in the log itself, because its lines are never changed: somebody's name may have been in a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy import select

from talkoot.audit.log import Line
from talkoot.conversations.places import Thing, of_posts, places
from talkoot.db import TenantSession
from talkoot.followup.models import FollowUp
from talkoot.plugin import Place
from talkoot.registry import Registry


def found(db: TenantSession, registry: Registry, lines: Sequence[Line], *, member: bool) -> dict[Thing, Place]:
    """The places of what these lines are about, by kind and id; `member`: also what only members may read."""
    ids: dict[str, set[UUID]] = {}
    for line in lines:
        if line.thing_id:
            ids.setdefault(line.thing_kind, set()).add(line.thing_id)
    kinds = registry.conversation_kinds.keys() & ids.keys()
    known = places(db, registry, [(kind, one) for kind in kinds for one in ids[kind]])
    if posts := ids.get("post"):
        told = of_posts(db, registry, posts)
        known |= {("post", one): replace(place, path=f"posts/{one}") for one, place in told.items()}
    if made := ids.get("follow_up"):
        known |= _promises(db, registry, made)
    return {thing: place for thing, place in known.items() if member or place.public}


def _promises(db: TenantSession, registry: Registry, ids: set[UUID]) -> dict[Thing, Place]:
    query = select(FollowUp.id, FollowUp.number, FollowUp.subject_kind, FollowUp.subject_id)
    rows = db.execute(query.where(FollowUp.tenant_id == db.tenant.id, FollowUp.id.in_(ids))).all()
    known = places(db, registry, {(row.subject_kind, row.subject_id) for row in rows})
    return {
        ("follow_up", row.id): replace(place, path=f"promises/{row.number}")
        for row in rows
        if (place := known.get((row.subject_kind, row.subject_id)))
    }

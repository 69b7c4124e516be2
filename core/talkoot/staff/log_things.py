"""What the lines of the log are about: topics, posts, promises and feedback, under the title that they have today.

Titles do not stand in the log itself, because its lines are never changed: somebody's name may have been in a title.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from talkoot.access.actor import Actor
from talkoot.audit.log import Line
from talkoot.contributions.feedback import KIND
from talkoot.conversations.places import Thing, of_posts, places
from talkoot.db import TenantSession
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext
from talkoot.plugin import Place
from talkoot.registry import Registry


def found(db: TenantSession, registry: Registry, lines: Sequence[Line], *, actor: Actor) -> dict[Thing, Place]:
    """The places of what these lines are about, by kind and id, as far as the actor may read it."""
    ids: dict[str, set[UUID]] = {}
    for line in lines:
        if line.thing_id:
            ids.setdefault(line.thing_kind, set()).add(line.thing_id)
    kinds = registry.conversation_kinds.keys() & ids.keys()
    known = places(db, registry, [(kind, one) for kind in kinds for one in ids[kind]])
    if posts := ids.get("post"):
        told = of_posts(db, registry, posts)
        known |= {("post", one): replace(place, path=f"posts/{one}") for one, place in told.items()}
    made, given = ids.get("follow_up", set()), ids.get(KIND, set())
    promised = _promises(db, made, given) if made or given else []
    known |= _of_promises(db, registry, promised)
    readable = {thing: place for thing, place in known.items() if actor.is_member or place.public}
    return readable | _of_feedback(promised, actor)


def _promises(db: TenantSession, made: set[UUID], given: set[UUID]) -> Sequence[Any]:
    """The promises of these ids, and those of this feedback, in one query."""
    wanted = FollowUp.id.in_(made) | and_(FollowUp.subject_kind == KIND, FollowUp.subject_id.in_(given))
    columns = (FollowUp.id, FollowUp.number, FollowUp.subject_kind, FollowUp.subject_id, FollowUp.area_id)
    return db.execute(select(*columns).where(FollowUp.tenant_id == db.tenant.id, wanted)).all()


def _of_promises(db: TenantSession, registry: Registry, rows: Sequence[Any]) -> dict[Thing, Place]:
    known = places(db, registry, {(row.subject_kind, row.subject_id) for row in rows})
    return {
        ("follow_up", row.id): replace(place, path=f"promises/{row.number}")
        for row in rows
        if (place := known.get((row.subject_kind, row.subject_id)))
    }


def _of_feedback(rows: Sequence[Any], actor: Actor) -> dict[Thing, Place]:
    """Feedback by its number, for who may open its page: its first words are nobody else's."""
    found: dict[Thing, Place] = {}
    for row in rows:
        scopes = (("area", row.area_id),) if row.area_id else ()
        if row.subject_kind == KIND and actor.may("contributions.handle", *scopes):
            title = gettext("Feedback no. %(number)s", number=row.number)
            place = Place(title, f"promises/{row.number}", public=False, open=True)
            found[KIND, row.subject_id] = found["follow_up", row.id] = place
    return found

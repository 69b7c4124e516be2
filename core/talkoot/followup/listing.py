"""The promises that people may follow: of those made in public, the ones whose thing the reader may see today.

Plugins are asked where the things are and what they are called, each once. Which these are is the same for every reader of
a language and remembered while nothing changes, so that a page of the list costs one statement, however many there are.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import and_, select

from talkoot import clock, i18n
from talkoot.conversations.places import places
from talkoot.db import TenantSession
from talkoot.followup.models import FollowUp
from talkoot.followup.promises import Promise, as_shown
from talkoot.plugin import Place
from talkoot.registry import Registry
from talkoot.tenants.models import Organisation

PAGE = 25
STANDINGS = ("open", "overdue", "answered")
PROMISE_BYTES = 700  # about what one takes in memory


class Followed(NamedTuple):
    """A promise in the list's order, and the place of what it is about."""

    number: int
    due_on: date
    answered_at: datetime | None
    place: Place

    def standing(self, today: date) -> str:
        return "answered" if self.answered_at else "overdue" if self.due_on < today else "open"

    @property
    def key(self) -> tuple[bool, float, int]:
        """What waits comes first, soonest due; then the newest answers."""
        if self.answered_at:
            return True, -self.answered_at.timestamp(), -self.number
        return False, self.due_on.toordinal(), self.number


def place_of(db: TenantSession, registry: Registry, made: FollowUp) -> Place | None:
    """Where the thing is that a promise is about; None when it is gone, or no plugin that is on knows it."""
    thing = (made.subject_kind, made.subject_id)
    return places(db, registry, [thing]).get(thing)


def listed(
    db: TenantSession,
    registry: Registry,
    language: str,
    *,
    standing: str | None = None,
    before: int | None = None,
    member: bool = False,
    limit: int = PAGE,
) -> tuple[list[Promise], int | None]:
    """A page of promises and the key of the next one; `before` is the number of the last promise of the page before.

    `member`: also those about what only members may read.
    """
    today, readable = clock.today(db.tenant.time_zone), _readable(db, registry, member)
    found = [one for one in readable if standing is None or one.standing(today) == standing]
    if before is not None:
        last = next((one.key for one in readable if one.number == before), None)
        found = [one for one in found if last is not None and one.key > last]
    shown = found[:limit]
    return _in_full(db, shown, language), shown[-1].number if len(found) > limit else None


def counts(db: TenantSession, registry: Registry, *, member: bool = False) -> dict[str, int]:
    """How many of these promises are open, overdue and answered."""
    today = clock.today(db.tenant.time_zone)
    every = [one.standing(today) for one in _readable(db, registry, member)]
    return {standing: every.count(standing) for standing in STANDINGS}


def _readable(db: TenantSession, registry: Registry, member: bool) -> list[Followed]:
    every = db.remembered(
        ("followup.listing", db.tenant.plugins, i18n.spoken()),
        lambda: _read(db, registry),
        weight=lambda found: len(found) * PROMISE_BYTES,
    )
    return [one for one in every if member or one.place.public]


def _read(db: TenantSession, registry: Registry) -> list[Followed]:
    columns = (FollowUp.number, FollowUp.due_on, FollowUp.answered_at, FollowUp.subject_kind, FollowUp.subject_id)
    rows = db.execute(select(*columns).where(FollowUp.tenant_id == db.tenant.id, FollowUp.public.is_(True))).all()
    located = places(db, registry, [(row.subject_kind, row.subject_id) for row in rows])
    found = [
        Followed(row.number, row.due_on, row.answered_at, place)
        for row in rows
        if (place := located.get((row.subject_kind, row.subject_id)))
    ]
    return sorted(found, key=lambda one: one.key)


def _in_full(db: TenantSession, found: list[Followed], language: str) -> list[Promise]:
    is_owner = and_(Organisation.tenant_id == FollowUp.tenant_id, Organisation.id == FollowUp.owner_id)
    query = select(FollowUp, Organisation.names).outerjoin(Organisation, is_owner)
    places_of = {one.number: one.place for one in found}
    own = (FollowUp.tenant_id == db.tenant.id, FollowUp.number.in_(list(places_of)))
    shown = {
        made.number: as_shown(db, made, names, language, places_of[made.number])
        for made, names in db.execute(query.where(*own))
    }
    return [shown[number] for number in places_of if number in shown]

"""A tenant's affiliations as operators and its staff see them, and which ones could be added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.lengths import within
from talkoot.tenants import registering
from talkoot.tenants.directory import Snapshot
from talkoot.tenants.models import Affiliation
from talkoot.tenants.tenant import Tenant

KIND_TITLES = {
    "region": lazy("Belongs to the region"),
    "cooperation": lazy("Belongs to the co-operation area"),
    "hosted_by": lazy("Served by the host municipality"),
}
OTHER_KINDS = {"region": "region", "cooperation": "cooperation", "hosted_by": "municipality"}


@dataclass(frozen=True)
class Shown:
    """An affiliation with the other's name; `last_day` None: until further notice."""

    id: UUID
    kind: str
    other_id: int
    other: str
    first_day: date | None
    last_day: date | None
    note: str
    holds: bool


def of(db: TenantSession, tenant_id: int, snapshot: Snapshot, language: str, today: date) -> list[Shown]:
    """All affiliations of a tenant, those that hold today first."""
    rows = db.execute(select(Affiliation.__table__).where(Affiliation.tenant_id == tenant_id)).all()
    found = []
    for row in rows:
        other = snapshot.by_id.get(row.other_id)
        began = row.valid_from is None or row.valid_from <= today
        holds = began and (row.valid_to is None or today < row.valid_to)
        last = row.valid_to - timedelta(days=1) if row.valid_to else None
        name = other.name(language) if other else gettext("a closed site")
        found.append(Shown(row.id, row.kind, row.other_id, name, row.valid_from, last, row.note, holds))
    return sorted(found, key=lambda tie: (not tie.holds, tie.kind, tie.other))


def possible(snapshot: Snapshot, found: Tenant, language: str) -> dict[str, list[Tenant]]:
    """What a tenant could be tied to, by kind of tie. Regions belong to nothing."""
    if found.kind == "region":
        return {}
    ties = {kind: other for kind, other in OTHER_KINDS.items() if found.kind == "municipality" or kind == "region"}
    return {
        kind: sorted(
            (t for t in snapshot.tenants if t.kind == other and t.id != found.id), key=lambda t: t.name(language)
        )
        for kind, other in ties.items()
    }


def chosen(snapshot: Snapshot, found: Tenant, text: str) -> tuple[str, Tenant]:
    """The kind of tie and the other from `region:lappi`; raises InvalidError for what is none of the possible ones."""
    kind, _, slug = text.partition(":")
    for other in possible(snapshot, found, found.language).get(kind, ()):
        if other.slug == slug:
            return kind, other
    raise InvalidError(gettext("Choose one of the options."), "other")


def add(
    db: TenantSession,
    found: Tenant,
    ties: list[Shown],
    other: Tenant,
    kind: str,
    first: date | None,
    ends: date | None,
    note: str,
) -> UUID:
    """Tie a tenant, which has these ties, to another until the day before `ends`; the same tie again is left as it is.

    Raises InvalidError for a second region at the same time, days in the wrong order and a note that is too long.
    """
    if kind == "region":
        _refuse_second_region(found, ties, other, first, ends - timedelta(days=1) if ends else None)
    return registering.tie(db, found.id, other.id, kind, first, ends, within(note, 500, "note"))


def _refuse_second_region(
    found: Tenant, ties: list[Shown], other: Tenant, first: date | None, last: date | None
) -> None:
    """Raise InvalidError when the municipality already belongs to a region on some of these days, both ends included.

    The very tie that is there is none: sending the form twice is no mistake. Co-operation areas may cross regions.
    """
    if found.kind != "municipality":
        return
    regions = [tie for tie in ties if tie.kind == "region"]
    same = [tie for tie in regions if (tie.other_id, tie.first_day) == (other.id, first)]
    if same and last is None:  # it stays as it is, with the end that it has
        return
    for tie in regions:
        if tie not in same and _overlap(tie, first or date.min, last or date.max):
            words = gettext("In that time the site belongs to the region %(region)s. End that first.", region=tie.other)
            raise InvalidError(words, "other")


def _overlap(tie: Shown, first: date, last: date) -> bool:
    return (tie.first_day or date.min) <= last and first <= (tie.last_day or date.max)


def without_end(ties: list[Shown], tie_id: UUID | None) -> Shown:
    """The one of these ties that has no last day yet; raises InvalidError when it has got one meanwhile."""
    for tie in ties:
        if tie.id == tie_id and tie.last_day is None:
            return tie
    raise InvalidError(gettext("This affiliation has a last day already."))


def day_after(last: date) -> date:
    """The first day on which a tie no longer holds."""
    return last + timedelta(days=1)

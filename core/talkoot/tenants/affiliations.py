"""A tenant's affiliations as operators and its staff see them, and which ones could be added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
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


def check(found: Tenant, other: Tenant, kind: str) -> None:
    """Raise InvalidError unless the other is of the kind that this tie leads to."""
    if OTHER_KINDS.get(kind) != other.kind or found.kind == "region":
        raise InvalidError(gettext("Choose one of the options."), "other")


def day_after(last: date) -> date:
    """The first day on which a tie no longer holds."""
    return last + timedelta(days=1)

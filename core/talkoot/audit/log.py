"""The log of what was done in a tenant: adding a line, and reading the lines as people do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from talkoot import clock
from talkoot.audit import chain
from talkoot.audit.models import AuditEntry
from talkoot.db import TenantSession, for_tenant
from talkoot.people.models import Membership


def note(
    db: TenantSession,
    action: str,
    *,
    actor: UUID | None,
    thing: tuple[str, UUID] | None = None,
    reason: str = "",
) -> None:
    """Add a line in the caller's transaction. `actor` is a membership; None: an operator, or a command."""
    end = chain.wait_for_turn(db)
    kind, identity = thing or ("", None)
    line = AuditEntry(at=clock.now(), actor_id=actor, action=action, thing_kind=kind, thing_id=identity, reason=reason)
    chain.add(db, end, line)


@dataclass(frozen=True)
class Line:
    """A line as people read it. `by` is empty for one who has left, None for the installation's operators and commands."""

    seq: int
    at: datetime
    action: str
    by: str | None
    thing_kind: str
    thing_id: UUID | None
    about: str  # the name of the member it was done to
    reason: str


def lines(db: TenantSession, *, before: int | None = None, limit: int = 50) -> list[Line]:
    """The newest lines below number `before`, with the names of who did what to whom; two queries."""
    query = select(AuditEntry).where(AuditEntry.tenant_id == db.tenant.id)
    if before:
        query = query.where(AuditEntry.seq < before)
    entries = db.scalars(query.order_by(AuditEntry.seq.desc()).limit(limit)).all()
    ids = {e.actor_id for e in entries} | {e.thing_id for e in entries if e.thing_kind == "membership"}
    members = db.scalars(for_tenant(db, Membership).where(Membership.id.in_(ids - {None})))
    names = {member.id: member.name for member in members}
    return [_line(entry, names) for entry in entries]


def _line(entry: AuditEntry, names: Mapping[UUID, str]) -> Line:
    by = names.get(entry.actor_id, "") if entry.actor_id else None
    about = names.get(entry.thing_id, "") if entry.thing_id else ""
    return Line(entry.seq, entry.at, entry.action, by, entry.thing_kind, entry.thing_id, about, entry.reason)

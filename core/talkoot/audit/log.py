"""The log of what was done in a tenant: adding a line, and reading the lines as people do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
    os_user: str = "",
) -> None:
    """Add a line in the caller's transaction. `actor` is a membership; None: an operator, or a command given by `os_user`."""
    end = chain.wait_for_turn(db)
    chain.add(db, end, [entry(clock.now(), action, actor, thing, reason, os_user)])


def tell(db: TenantSession, story: Sequence[AuditEntry]) -> None:
    """Add lines about acts of earlier times, the oldest first: the demo's. Whoever does something now calls `note`."""
    if story:
        chain.add(db, chain.wait_for_turn(db), story)


def entry(
    at: datetime, action: str, actor: UUID | None, thing: tuple[str, UUID] | None, reason: str, os_user: str = ""
) -> AuditEntry:
    """A line that has no place in a chain yet."""
    kind, identity = thing or ("", None)
    return AuditEntry(
        at=at, actor_id=actor, os_user=os_user, action=action, thing_kind=kind, thing_id=identity, reason=reason
    )


@dataclass(frozen=True)
class Line:
    """A line as people read it. `by` is empty for one who has left, None for an operator, or a command of `os_user`."""

    seq: int
    at: datetime
    action: str
    by: str | None
    os_user: str
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
    return [_line(one, names) for one in entries]


def _line(line: AuditEntry, names: Mapping[UUID, str]) -> Line:
    by = names.get(line.actor_id, "") if line.actor_id else None
    about = names.get(line.thing_id, "") if line.thing_id else ""
    thing = (line.thing_kind, line.thing_id)
    return Line(line.seq, line.at, line.action, by, line.os_user, *thing, about, line.reason)

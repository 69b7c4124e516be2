"""Writing and checking the log."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from talkoot import clock
from talkoot.audit.models import AuditEntry
from talkoot.config import Settings
from talkoot.db import TenantSession, for_tenant
from talkoot.people.models import Membership

LOCK_SPACE = 7_110


def note(
    db: TenantSession,
    settings: Settings,
    action: str,
    *,
    actor: UUID | None,
    thing: tuple[str, UUID] | None = None,
    reason: str = "",
) -> None:
    """Add a line in the caller's transaction. Two writers wait for each other, so the chain cannot fork."""
    if db.get_bind().dialect.name == "postgresql":
        db.execute(text("SELECT pg_advisory_xact_lock(:space, :tenant)"), {"space": LOCK_SPACE, "tenant": db.tenant.id})
    last = db.scalars(
        select(AuditEntry).where(AuditEntry.tenant_id == db.tenant.id).order_by(AuditEntry.seq.desc()).limit(1)
    ).one_or_none()
    entry = AuditEntry(
        tenant_id=db.tenant.id,
        seq=last.seq + 1 if last else 1,
        at=clock.now(),
        actor_id=actor,
        action=action,
        thing_kind=thing[0] if thing else "",
        thing_id=thing[1] if thing else None,
        reason=reason,
        chain="",
    )
    entry.chain = _chain(settings, last.chain if last else "", entry)
    db.add(entry)
    db.flush()


def first_bad(db: TenantSession, settings: Settings) -> int | None:
    """The number of the first line that was changed, or that is missing; None when the log is whole."""
    previous = ""
    for number, entry in enumerate(
        db.scalars(select(AuditEntry).where(AuditEntry.tenant_id == db.tenant.id).order_by(AuditEntry.seq)), start=1
    ):
        if entry.seq != number or not hmac.compare_digest(entry.chain, _chain(settings, previous, entry)):
            return number
        previous = entry.chain
    return None


def latest(db: TenantSession, limit: int = 200) -> list[AuditEntry]:
    """The newest lines first."""
    return list(
        db.scalars(
            select(AuditEntry).where(AuditEntry.tenant_id == db.tenant.id).order_by(AuditEntry.seq.desc()).limit(limit)
        )
    )


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


def _chain(settings: Settings, previous: str, entry: AuditEntry) -> str:
    key = hmac.new(settings.secret_key.encode(), f"audit|{entry.tenant_id}".encode(), hashlib.sha256).digest()
    parts = (
        previous,
        entry.seq,
        _stamp(entry.at),
        entry.actor_id,
        entry.action,
        entry.thing_kind,
        entry.thing_id,
        entry.reason,
    )
    return hmac.new(key, "\x1f".join(str(part) for part in parts).encode(), hashlib.sha256).hexdigest()


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds")

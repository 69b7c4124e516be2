"""Writing and checking the log."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from talkoot import clock
from talkoot.audit.models import AuditEntry
from talkoot.config import Settings
from talkoot.db import TenantSession

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

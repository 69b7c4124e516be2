"""The outbox: a job is a row in the caller's transaction, so a rolled-back request leaves none and a crash loses none."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.db.engine import ADD_JOB
from talkoot.guard import WroteWhileReadingError
from talkoot.ids import new_id

FIRST_LEASE = timedelta(seconds=30)  # time the direct delivery has before the relay takes over


def add(db: TenantSession, kind: str, subject_id: UUID | None = None) -> UUID:
    """Leave a job. It holds ids only; the handler reads what it needs when it runs. Delivered after the commit.

    Raises WroteWhileReadingError in a reading session, which is never committed.
    """
    if not db.writing:
        raise WroteWhileReadingError("a job was left in a session that only reads")
    identity, moment = new_id(), clock.now()
    row = {
        "id": identity,
        "tenant_id": db.tenant_id,
        "kind": kind,
        "subject_id": subject_id,
        "created_at": moment,
        "lease_until": moment + FIRST_LEASE,
    }
    if db.in_nested_transaction():  # which may be undone, and its jobs with it
        db.connection().execute(ADD_JOB, row)
    else:
        db.jobs.append(row)
    db.info.setdefault("outbox", []).append(identity)
    return identity

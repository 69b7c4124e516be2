"""Turns: what two writers of a tenant must not do at once, they do one after the other."""

from __future__ import annotations

import zlib

from sqlalchemy import text

from talkoot.db.session import TenantSession

TAKEN = "turns"  # in a session's `info`: what it has taken
SETTINGS = "settings"  # what the staff's and operators' forms show: compared with what is there, then saved


def take(db: TenantSession, what: str) -> None:
    """Wait until nobody else in this tenant does `what`; from then on it is this transaction's turn, until its end.

    No row is held, so nobody waits who does something else. On SQLite a writing transaction is alone anyway.
    """
    db.info.setdefault(TAKEN, []).append(what)
    if db.get_bind().dialect.name == "postgresql":
        space = zlib.crc32(what.encode()) & 0x7FFFFFFF
        db.execute(text("SELECT pg_advisory_xact_lock(:space, :tenant)"), {"space": space, "tenant": db.tenant_id or 0})

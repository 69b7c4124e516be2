"""Numbers of things within a tenant: 1, 2, 3 …, as people see them in addresses."""

from __future__ import annotations

import zlib
from typing import Any

from sqlalchemy import func, select, text

from talkoot.db.session import TenantSession


def next_number(db: TenantSession, column: Any) -> int:
    """The number after the largest in this column of the tenant's rows; two writers who ask at once wait for each other.

    On SQLite a writing transaction is alone anyway.
    """
    model = column.class_
    if db.get_bind().dialect.name == "postgresql":
        space = zlib.crc32(model.__tablename__.encode()) & 0x7FFFFFFF
        db.execute(text("SELECT pg_advisory_xact_lock(:space, :tenant)"), {"space": space, "tenant": db.tenant.id})
    largest = db.execute(select(func.max(column)).where(model.tenant_id == db.tenant.id)).scalar()
    return int(largest or 0) + 1

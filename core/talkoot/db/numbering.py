"""Numbers of things within a tenant: 1, 2, 3 …, as people see them in addresses."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from talkoot.db import turns
from talkoot.db.session import TenantSession


def next_number(db: TenantSession, column: Any) -> int:
    """The number after the largest in this column of the tenant's rows; two writers who ask at once wait for each other."""
    model = column.class_
    turns.take(db, model.__tablename__)
    largest = db.execute(select(func.max(column)).where(model.tenant_id == db.tenant.id)).scalar()
    return int(largest or 0) + 1

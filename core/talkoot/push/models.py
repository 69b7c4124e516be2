"""The table of browsers that members want to be told in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique


class PushSubscription(Base, TenantOwned):
    """A browser of a member: where its push service takes messages for it, and the keys that only it can open them with.

    `nonce` is the person's at the time: after a new password, and after signing out everywhere, the browser is told nothing.
    `told` are the jobs that told it lately: one that runs again, because of another device, passes it over.
    """

    __tablename__ = "push_subscription"
    membership_id: Mapped[UUID]
    endpoint: Mapped[str] = mapped_column(String(1000))
    p256dh: Mapped[str] = mapped_column(String(88))
    auth: Mapped[str] = mapped_column(String(24))
    nonce: Mapped[str] = mapped_column(String(32))
    device: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    told: Mapped[list[str]] = mapped_column(default=list)
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_unique("endpoint"),
        tenant_index("membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )

"""Texts of the footer's pages, where a tenant, or the installation for its own site, has changed the default."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_key, tenant_unique


class InstallationText(Base):
    """One page of the installation's own site in one language; the operators have no names, so nobody's stands here."""

    __tablename__ = "installation_text"
    page: Mapped[str] = mapped_column(String(30), primary_key=True)
    language: Mapped[str] = mapped_column(String(12), primary_key=True)
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_at: Mapped[datetime]


class PageText(Base, TenantOwned):
    """One page in one language: accessibility, privacy, terms, contact."""

    __tablename__ = "page_text"
    page: Mapped[str] = mapped_column(String(30))
    language: Mapped[str] = mapped_column(String(12))
    source: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("changed_by", "membership"),
        tenant_unique("page", "language"),
        {"info": {"person": "changed_by", "erase": "anonymise"}},
    )

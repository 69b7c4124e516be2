"""Tables of the installation about its tenants, and the tenant's own areas and organisations."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_key, tenant_unique

KINDS = ("region", "cooperation", "municipality")
AFFILIATION_KINDS = ("region", "cooperation", "hosted_by")


class TenantRow(Base):
    """A tenant. `names` by language; `plugins`: own switches; `policy`: what a region decides for its municipalities."""

    __tablename__ = "tenant"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(20))
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    code: Mapped[str | None] = mapped_column(String(10), unique=True)  # official code; regions: "m16"
    names: Mapped[dict[str, Any]]
    languages: Mapped[list[str]]
    time_zone: Mapped[str] = mapped_column(String(40), default="Europe/Helsinki")
    canonical_host: Mapped[str | None] = mapped_column(String(255))
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    plugins: Mapped[dict[str, Any]] = mapped_column(default=dict)
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    logo: Mapped[dict[str, Any]] = mapped_column(default=dict)  # what tenants/logos.py says of it; empty: none
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    # No id is given twice, not even a deleted tenant's: caches, links and folders of files know a tenant by it.
    __table_args__ = (CheckConstraint(f"kind IN {KINDS}", name="kind"), {"sqlite_autoincrement": True})


class TenantHost(Base):
    """A host name under which a tenant is reached."""

    __tablename__ = "tenant_host"
    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)


class TenantSlug(Base):
    """Another first path part that leads to a tenant: the other language's name, an earlier name."""

    __tablename__ = "tenant_slug"
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)


class TenantStamp(Base):
    """Moves with every write that a public page of the tenant may show. Row 0: the directory of tenants itself."""

    __tablename__ = "tenant_stamp"
    tenant_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    n: Mapped[int] = mapped_column(default=0)
    moved_at: Mapped[datetime | None]  # when: the footer's "updated"


class TenantSummary(Base):
    """What a tenant publishes for pages about many tenants; the worker writes it when the stamp has moved."""

    __tablename__ = "tenant_summary"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True, autoincrement=False)
    stamp: Mapped[int] = mapped_column(default=-1)
    written_at: Mapped[datetime]
    members: Mapped[int] = mapped_column(default=0)
    posts: Mapped[int] = mapped_column(default=0)
    posts_30_days: Mapped[int] = mapped_column(default=0)
    open_answers: Mapped[int] = mapped_column(default=0)
    overdue_answers: Mapped[int] = mapped_column(default=0)
    latest_at: Mapped[datetime | None]
    items: Mapped[list[Any]] = mapped_column(default=list)


class Affiliation(Base):
    """A dated tie: `tenant_id` belongs to (or is hosted by) `other_id`, from `valid_from` until before `valid_to`."""

    __tablename__ = "affiliation"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    note: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    __table_args__ = (CheckConstraint(f"kind IN {AFFILIATION_KINDS}", name="kind"),)


class AreaRow(Base, TenantOwned):
    """A part of one tenant: village, district, former municipality (domain rows 118, 138)."""

    __tablename__ = "area"
    slug: Mapped[str] = mapped_column(String(60))
    names: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(30), default="village")
    former_code: Mapped[str | None] = mapped_column(String(10))
    parent_id: Mapped[UUID | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)  # text by language
    __table_args__ = (
        tenant_unique("slug"),
        tenant_key("parent_id", "area"),
        CheckConstraint("kind IN ('village', 'district', 'former_municipality')", name="kind"),
        {"info": {"person": None}},
    )


class Organisation(Base, TenantOwned):
    """An association, office, company or other body (domain row 145); `body` marks one that owes answers."""

    __tablename__ = "organisation"
    names: Mapped[dict[str, Any]]
    kind: Mapped[str] = mapped_column(String(30))
    body: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[str] = mapped_column(String(255), default="")
    __table_args__ = (Index("ix_organisation_tenant_id_kind", "tenant_id", "kind"), {"info": {"person": None}})

"""Accounts of the installation (never shown to anybody) and memberships, roles and invitations of tenants."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from talkoot.db.model import Base, TenantOwned, tenant_index, tenant_key, tenant_unique
from talkoot.ids import new_id


class Person(Base):
    """An account: e-mail address and secrets. `nonce` is part of every link mailed to the person; changing it ends them."""

    __tablename__ = "person"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # normalised; None once erased
    password_hash: Mapped[str | None] = mapped_column(String(200))
    confirmed_at: Mapped[datetime | None]
    nonce: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(12), default="fi")
    operator: Mapped[bool] = mapped_column(default=False)  # of the whole installation
    demo: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]
    blocked_at: Mapped[datetime | None]


class PersonSession(Base):
    """A signed-in browser. The cookie holds a random value, the row its SHA-256; no tenant, one host."""

    __tablename__ = "person_session"
    id_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    host: Mapped[str] = mapped_column(String(255))
    device: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class SignInAttempt(Base):
    """A failed sign-in, kept for the lockout window only; `key` is a keyed hash of address or network."""

    __tablename__ = "sign_in_attempt"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]
    __table_args__ = (Index("ix_sign_in_attempt_key_at", "key", "at"),)


class Membership(Base, TenantOwned):
    """A person in one tenant, under the name shown there. Posts point here, so a name is never copied."""

    __tablename__ = "membership"
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(80))
    name_key: Mapped[str] = mapped_column(String(80))  # normalised: no two members look alike
    real_name: Mapped[bool] = mapped_column(default=True)
    participant_roles: Mapped[list[str]] = mapped_column(default=list)  # self-declared (domain row 8)
    title: Mapped[str] = mapped_column(String(120), default="")  # office of an official or councillor
    verified_as: Mapped[str | None] = mapped_column(String(20))  # official, councillor (domain row 21)
    about: Mapped[str] = mapped_column(Text, default="")
    area_id: Mapped[UUID | None]
    language: Mapped[str] = mapped_column(String(12), default="fi")
    joined_at: Mapped[datetime]
    terms_accepted_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    read_before: Mapped[datetime | None]  # "mark all as read": what was written before is no news; None: before joining
    __table_args__ = (
        tenant_unique("person_id"),
        tenant_unique("name_key"),
        tenant_key("area_id", "area"),
        {"info": {"person": "id", "erase": "by hand"}},
    )


class NameTail(Base):
    """A member's name from one of its words on, normalised: who writes the beginning of any word finds them by the key."""

    __tablename__ = "name_tail"
    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenant.id"), primary_key=True)
    # In the order of bytes: only so is what begins alike one stretch of the index.
    tail: Mapped[str] = mapped_column(
        String(80).with_variant(String(80, collation="C"), "postgresql"), primary_key=True
    )
    membership_id: Mapped[UUID] = mapped_column(primary_key=True)
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        tenant_index("membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class RoleGrant(Base, TenantOwned):
    """A role of a membership in a scope, with dates; `tie_id` names the affiliation that gave it and ends it."""

    __tablename__ = "role_grant"
    membership_id: Mapped[UUID]
    role: Mapped[str] = mapped_column(String(40))
    scope_kind: Mapped[str] = mapped_column(String(40), default="tenant")
    scope_id: Mapped[UUID | None]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    tie_id: Mapped[UUID | None] = mapped_column(ForeignKey("affiliation.id"))
    __table_args__ = (
        tenant_key("membership_id", "membership"),
        Index("ix_role_grant_tenant_id_membership_id", "tenant_id", "membership_id"),
        {"info": {"person": "membership_id", "erase": "delete"}},
    )


class Invitation(Base, TenantOwned):
    """Somebody asked by mail to join with roles. The mailed link is signed and names this row; it works once."""

    __tablename__ = "invitation"
    email: Mapped[str] = mapped_column(String(254))
    roles: Mapped[list[Any]]
    title: Mapped[str] = mapped_column(String(120), default="")
    invited_by: Mapped[UUID | None]
    created_at: Mapped[datetime]
    __table_args__ = (
        tenant_key("invited_by", "membership"),
        {"info": {"person": "invited_by", "erase": "anonymise"}},
    )

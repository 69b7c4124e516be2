"""Memberships: joining a tenant under a name, roles there, and what others see of a member."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from talkoot import clock
from talkoot.access.policy import GRANTABLE, PARTICIPANT_ROLES, VERIFIED
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.lengths import within
from talkoot.people import finding, kept_names, names
from talkoot.people.models import Membership, RoleGrant


def join(
    db: TenantSession,
    person_id: UUID,
    name: str,
    *,
    language: str,
    real_name: bool = True,
    participant_roles: Sequence[str] = (),
    anew: bool = False,
    vouched: bool = False,
) -> Membership:
    """Make the person a member of this tenant; raises InvalidError when the name is taken or not allowed here.

    Members stay as they are; `anew`: nobody had confirmed the address, so what may have been written in their name changes.
    `vouched`: staff answer for the name, so it may be that of an office.
    """
    member = db.find(Membership, person_id=person_id)
    if member is None:
        cleaned = free_name(db, name, vouched=vouched)
        return _new(db, person_id, cleaned, language, real_name, participant_roles)
    if anew:
        about, area_id = member.about, member.area_id
        change_profile(
            db,
            member,
            name=name,
            real_name=real_name,
            about=about,
            roles=participant_roles,
            area_id=area_id,
            vouched=vouched,
        )
    return member


def _new(
    db: TenantSession, person_id: UUID, name: str, language: str, real_name: bool, participant_roles: Sequence[str]
) -> Membership:
    rule = db.tenant.setting("people.names")
    member = Membership(
        id=new_id(),
        tenant_id=db.tenant.id,
        person_id=person_id,
        name=name,
        name_key=names.key(name),
        real_name=real_name if rule == "either" else rule == "real",
        participant_roles=[r for r in participant_roles if r in PARTICIPANT_ROLES],
        language=language,
        joined_at=clock.now(),
        terms_accepted_at=clock.now(),
    )
    db.add(member)
    db.flush()
    finding.keep(db, member)
    return member


def free_name(db: TenantSession, name: str, *, but: UUID | None = None, vouched: bool = False) -> str:
    """The cleaned name when nobody here has one that looks like it and it is not kept for staff; raises InvalidError.

    `but`: whose name it may be already. `vouched`: staff answer for it, so it may be that of an office.
    """
    cleaned = names.checked(name)
    taken = db.find(Membership, name_key=names.key(cleaned))
    if taken and taken.id != but:
        raise InvalidError(gettext("Somebody here already has this name or one that looks like it."), "name")
    if taken is None and not vouched:
        kept_names.refuse(cleaned, db.tenant.names.values())
    return cleaned


def get(db: TenantSession, member_id: UUID) -> Membership:
    """The member; raises NotFoundError for another tenant's and for erased ones."""
    member = db.find(Membership, id=member_id)
    if member is None or member.erased_at:
        raise NotFoundError
    return member


def change_profile(
    db: TenantSession,
    member: Membership,
    *,
    name: str,
    real_name: bool,
    about: str,
    roles: Sequence[str],
    area_id: UUID | None,
    vouched: bool = False,
) -> None:
    """The member's own changes. A verified official's name is checked by the main user, so it stays."""
    cleaned = free_name(db, name, but=member.id, vouched=vouched or bool(member.verified_as))
    if member.verified_as and cleaned != member.name:
        raise InvalidError(gettext("Your name was verified. Ask the main user to change it."), "name")
    if cleaned != member.name:
        member.name, member.name_key = cleaned, names.key(cleaned)
        finding.keep(db, member)
    rule = db.tenant.setting("people.names")
    member.real_name = real_name if rule == "either" else rule == "real"
    member.about = within(about, 1000, "about")
    member.participant_roles = [r for r in roles if r in PARTICIPANT_ROLES]
    member.area_id = area_id


def grant(
    db: TenantSession,
    member: Membership,
    role: str,
    *,
    scope: tuple[str, UUID] | None = None,
    until: date | None = None,
    tie_id: UUID | None = None,
) -> None:
    """Give a role in the tenant or in a scope; giving it twice changes nothing."""
    if role not in GRANTABLE:
        raise InvalidError(gettext("There is no such role."), "role")
    kind, thing = scope or ("tenant", None)
    query = for_tenant(db, RoleGrant).where(
        RoleGrant.membership_id == member.id,
        RoleGrant.role == role,
        RoleGrant.scope_kind == kind,
        RoleGrant.scope_id == thing,
    )
    if found := db.scalars(query).first():
        found.valid_to, found.tie_id = until, tie_id
        return
    db.add(
        RoleGrant(
            id=new_id(),
            tenant_id=db.tenant.id,
            membership_id=member.id,
            role=role,
            scope_kind=kind,
            scope_id=thing,
            valid_from=clock.today(db.tenant.time_zone),
            valid_to=until,
            tie_id=tie_id,
        )
    )


def holders(db: TenantSession, role: str, scope: tuple[str, UUID] | None = None) -> list[UUID]:
    """The members who hold a role today in the whole tenant, or in this scope."""
    today = clock.today(db.tenant.time_zone)
    query = for_tenant(db, RoleGrant.membership_id).where(
        RoleGrant.role == role,
        or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > today),
    )
    kind, thing = scope or ("tenant", None)
    return list(db.scalars(query.where(RoleGrant.scope_kind == kind, RoleGrant.scope_id == thing).distinct()))


def verify(db: TenantSession, member: Membership, kind: str | None, title: str) -> None:
    """Mark a member as official or councillor under a title (domain row 21); None takes the badge away."""
    if kind is not None and kind not in VERIFIED:
        raise InvalidError(gettext("Choose one of the options."), "verified_as")
    member.title = within(title, 120, "title") if kind else ""
    member.verified_as = kind


def block(db: TenantSession, member: Membership, on: bool) -> None:
    """Stop a member from writing here, or let them again. Whether it may be done is asked before (people/roles.py)."""
    member.blocked_at = clock.now() if on else None


def search(db: TenantSession, text: str = "", *, role: str = "", after: str = "", limit: int = 50) -> list[Membership]:
    """Members whose name holds `text` (any spelling that looks alike), perhaps only holders of a role, by name from `after`."""
    query = for_tenant(db, Membership).where(Membership.erased_at.is_(None))
    if wanted := names.key(text):
        query = query.where(Membership.name_key.contains(wanted, autoescape=True))
    if role == "blocked":
        query = query.where(Membership.blocked_at.is_not(None))
    elif role:
        query = query.where(Membership.id.in_(_with_role(db, role)))
    if after:
        query = query.where(Membership.name_key > after)
    return list(db.scalars(query.order_by(Membership.name_key).limit(limit)))


def _with_role(db: TenantSession, role: str) -> Any:
    """Members with a role in any scope today; `staff` means any role at all."""
    today = clock.today(db.tenant.time_zone)
    query = for_tenant(db, RoleGrant.membership_id).where(or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > today))
    return query if role == "staff" else query.where(RoleGrant.role == role)


def all_members(db: TenantSession) -> list[Membership]:
    """Members by name, erased ones left out; staff page."""
    return list(db.scalars(for_tenant(db, Membership).where(Membership.erased_at.is_(None)).order_by(Membership.name)))


def roles_of(db: TenantSession, member_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The roles of each of these members today, one query."""
    today = clock.today(db.tenant.time_zone)
    found: dict[UUID, list[str]] = {}
    query = select(RoleGrant.membership_id, RoleGrant.role).where(
        RoleGrant.tenant_id == db.tenant.id,
        RoleGrant.membership_id.in_(member_ids),
        or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > today),
    )
    for member_id, role in db.execute(query):
        found.setdefault(member_id, []).append(role)
    return found

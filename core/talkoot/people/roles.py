"""Roles as the main user sees them: who holds which, where and until when; given, taken, never the last one away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import delete, or_, select, update

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.people import memberships
from talkoot.people.models import Membership, RoleGrant
from talkoot.tenants import affiliations


@dataclass(frozen=True)
class Held:
    """A role somebody holds. `scope` None: in the whole tenant; `until`: the last day; `tied`: ends with an affiliation."""

    id: UUID
    role: str
    scope: Scope | None
    until: date | None
    tied: bool


def held(db: TenantSession, member_ids: Sequence[UUID]) -> dict[UUID, list[Held]]:
    """The roles of these members that hold today or will, in one query."""
    today = clock.today(db.tenant.time_zone)
    query = (
        for_tenant(db, RoleGrant)
        .where(RoleGrant.membership_id.in_(member_ids), or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > today))
        .order_by(RoleGrant.role, RoleGrant.id)
    )
    found: dict[UUID, list[Held]] = {}
    for grant in db.scalars(query):
        scope = (grant.scope_kind, grant.scope_id) if grant.scope_id else None
        until = date.fromordinal(grant.valid_to.toordinal() - 1) if grant.valid_to else None
        found.setdefault(grant.membership_id, []).append(Held(grant.id, grant.role, scope, until, bool(grant.tie_id)))
    return found


def give(
    db: TenantSession,
    member: Membership,
    role: str,
    *,
    scope: Scope | None,
    last_day: date | None,
    tie: affiliations.Shown | None = None,
) -> None:
    """Give a role, perhaps only until a last day, or for as long as an affiliation lasts (practices row 140).

    Raises InvalidError for a day that is past or that leaves no main user.
    """
    if tie and tie.last_day and (last_day is None or tie.last_day < last_day):
        last_day = tie.last_day
    if last_day and last_day < clock.today(db.tenant.time_zone):
        raise InvalidError(gettext("The last day is already past."), "last_day")
    if role == "admin" and scope:
        raise InvalidError(gettext("A main user has the whole site. Leave the area empty."), "scope")
    if role == "admin" and (last_day or tie):
        refuse_without_main_user(db, member)
    until = date.fromordinal(last_day.toordinal() + 1) if last_day else None
    memberships.grant(db, member, role, scope=scope, until=until, tie_id=tie.id if tie else None)


def take(db: TenantSession, member: Membership, grant_id: UUID) -> str:
    """Take one role away; returns which. Raises NotFoundError, or InvalidError when it is the last main user's."""
    grant = db.find(RoleGrant, id=grant_id, membership_id=member.id)
    if grant is None:
        raise NotFoundError
    if grant.role == "admin":
        refuse_without_main_user(db, member)
    db.execute(delete(RoleGrant).where(RoleGrant.tenant_id == db.tenant.id, RoleGrant.id == grant.id))
    return grant.role


def revoke(db: TenantSession, member: Membership, role: str) -> None:
    """Take a role away in every scope; raises InvalidError when it is the last main user's."""
    if role == "admin":
        refuse_without_main_user(db, member)
    own = (RoleGrant.tenant_id == db.tenant.id, RoleGrant.membership_id == member.id)
    db.execute(delete(RoleGrant).where(*own, RoleGrant.role == role))


def refuse_without_main_user(db: TenantSession, member: Membership) -> None:
    """Raise InvalidError when nobody else who is not blocked would stay main user."""
    holders = memberships.holders(db, "admin")
    able = select(Membership.id).where(
        Membership.tenant_id == db.tenant.id,
        Membership.id.in_(holders),
        Membership.id != member.id,
        Membership.blocked_at.is_(None),
    )
    if member.id in holders and db.execute(able.limit(1)).first() is None:
        raise InvalidError(gettext("Somebody must stay main user. Give the role to another person first."))


def end_tied(db: TenantSession, tie_id: UUID, last_day: date) -> None:
    """The roles that an affiliation gave in this tenant end with it."""
    ends = date.fromordinal(last_day.toordinal() + 1)
    db.execute(
        update(RoleGrant)
        .where(RoleGrant.tenant_id == db.tenant.id, RoleGrant.tie_id == tie_id)
        .where(or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > ends))
        .values(valid_to=ends)
    )

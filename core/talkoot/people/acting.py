"""Who a person is in a tenant when they act without a browser, as by mail."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_

from talkoot import clock
from talkoot.access.actor import Actor, Grant
from talkoot.db import TenantSession, for_tenant
from talkoot.people.models import Membership, Person, RoleGrant


def actor_of(db: TenantSession, person: Person, policy: Mapping[str, frozenset[str]]) -> Actor:
    """The person with the roles they hold here today; blocked when the account or the membership is."""
    member = db.find(Membership, person_id=person.id)
    return Actor(
        policy=policy,
        person_id=person.id,
        membership_id=member.id if member else None,
        name=member.name if member else "",
        language=(member or person).language,
        operator=person.operator,
        blocked=person.blocked_at is not None or (member is not None and member.blocked_at is not None),
        grants=_grants(db, member) if member else (),
    )


def _grants(db: TenantSession, member: Membership) -> tuple[Grant, ...]:
    today = clock.today(db.tenant.time_zone)
    rows = db.execute(
        for_tenant(db, RoleGrant.role, RoleGrant.scope_kind, RoleGrant.scope_id).where(
            RoleGrant.membership_id == member.id,
            or_(RoleGrant.valid_from.is_(None), RoleGrant.valid_from <= today),
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to > today),
        )
    )
    return tuple(Grant(role, (kind, scope) if scope else None) for role, kind, scope in rows)

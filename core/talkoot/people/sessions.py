"""Sessions: a random id in a `__Host-` cookie, its hash in a row; who a request comes from, in one statement."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, Date, Integer, LargeBinary, String, and_, bindparam, delete, or_, select, update

from talkoot import clock
from talkoot.access.actor import Actor, Grant
from talkoot.access.policy import STAFF_ROLES
from talkoot.db import TenantSession
from talkoot.notices import reading
from talkoot.people import lifetimes
from talkoot.people.models import Membership, Person, PersonSession, RoleGrant
from talkoot.tenants.models import TenantStamp
from talkoot.tenants.tenant import Tenant

COOKIE = "__Host-talkoot"
SEEN_EVERY = timedelta(minutes=5)

_session, _person, _member, _grant = (m.__table__ for m in (PersonSession, Person, Membership, RoleGrant))
_tenant_id, _today = bindparam("tenant", type_=Integer), bindparam("today", type_=Date)
# Made once: putting a statement together costs more than running it, and this one is part of every signed-in request.
_who = (
    select(
        _session.c.seen_at,
        _session.c.created_at,
        _person.c.id.label("person_id"),
        _person.c.language,
        _person.c.operator,
        _member.c.id.label("membership_id"),
        _member.c.name,
        _member.c.blocked_at.label("member_blocked_at"),
        _member.c.joined_at,
        _member.c.read_before,
        _grant.c.role,
        _grant.c.scope_kind,
        _grant.c.scope_id,
        select(TenantStamp.n).where(TenantStamp.tenant_id == _tenant_id).scalar_subquery().label("stamp"),
        reading.unread().label("unread"),
    )
    .select_from(
        _session.join(_person, _person.c.id == _session.c.person_id)
        .outerjoin(_member, and_(_member.c.tenant_id == _tenant_id, _member.c.person_id == _person.c.id))
        .outerjoin(
            _grant,
            and_(
                _grant.c.tenant_id == _tenant_id,
                _grant.c.membership_id == _member.c.id,
                or_(_grant.c.valid_from.is_(None), _grant.c.valid_from <= _today),
                or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > _today),
            ),
        )
    )
    .where(
        _session.c.id_hash == bindparam("id_hash", type_=LargeBinary),
        _session.c.host == bindparam("host", type_=String),
        _person.c.blocked_at.is_(None),
    )
)


def start(db: TenantSession, person_id: UUID, host: str, user_agent: str) -> str:
    """Sign a person in on this host; returns the cookie's value, which is stored nowhere else."""
    value = secrets.token_urlsafe(32)
    moment = clock.now()
    db.add(
        PersonSession(
            id_hash=hash_of(value),
            person_id=person_id,
            host=host,
            device=device_name(user_agent),
            created_at=moment,
            seen_at=moment,
        )
    )
    return value


def end(db: TenantSession, id_hash: bytes) -> None:
    """Sign one browser out."""
    db.execute(delete(PersonSession).where(PersonSession.id_hash == id_hash))


def hash_of(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


def devices(db: TenantSession, person_id: UUID) -> list[PersonSession]:
    """Where the person is signed in, the latest seen first."""
    return list(
        db.scalars(
            select(PersonSession).where(PersonSession.person_id == person_id).order_by(PersonSession.seen_at.desc())
        )
    )


class SignedIn(NamedTuple):
    """Who has signed in, and when the session was last seen. The tenant's stamp comes with it: a page need not ask again."""

    actor: Actor
    seen_at: datetime
    stamp: int | None


def who(connection: Connection, tenant: Tenant | None, value: str, host: str, policy: Any) -> SignedIn | None:
    """Who is behind a cookie; None when the session is unknown, elsewhere, idle or blocked.

    One row per role granted in this tenant today; without a tenant there is no membership.
    """
    id_hash = hash_of(value)
    today = clock.today(tenant.time_zone) if tenant else clock.now().date()
    asked = {"tenant": tenant.id if tenant else 0, "today": today, "id_hash": id_hash, "host": host}
    rows = connection.execute(_who, asked).all()
    if not rows:
        return None
    first = rows[0]
    grants = tuple(Grant(r.role, (r.scope_kind, r.scope_id) if r.scope_id else None) for r in rows if r.role)
    staff = first.operator or any(grant.role in STAFF_ROLES for grant in grants)
    if lifetimes.of(staff=staff, operator=first.operator).is_over(first.created_at, first.seen_at):
        return None
    return SignedIn(_actor(first, id_hash, grants, policy), first.seen_at, first.stamp)


def _actor(row: Any, id_hash: bytes, grants: tuple[Grant, ...], policy: Any) -> Actor:
    return Actor(
        policy=policy,
        person_id=row.person_id,
        membership_id=row.membership_id,
        session=id_hash,
        name=row.name or "",
        language=row.language,
        operator=row.operator,
        blocked=row.member_blocked_at is not None,
        grants=grants,
        read_before=row.read_before or row.joined_at,
        unread=row.unread or 0,
    )


def mark_seen(db: TenantSession, id_hash: bytes) -> None:
    """The one write a GET may cause, at most every five minutes, after the response."""
    db.execute(update(PersonSession).where(PersonSession.id_hash == id_hash).values(seen_at=clock.now()))


def device_name(user_agent: str) -> str:
    """Browser and system in a few words, for the device list; not the whole User-Agent."""
    systems = (
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )
    browsers = (("Firefox", "Firefox"), ("Edg", "Edge"), ("OPR", "Opera"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    system = next((name for mark, name in systems if mark in user_agent), "")
    browser = next((name for mark, name in browsers if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part) or user_agent[:40] or "?"

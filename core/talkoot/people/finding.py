"""Finding members by the beginning of any word of their name, also among ten thousand: the search behind an `@`."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Integer, String, and_, bindparam, delete, insert, select

from talkoot.db import TenantSession
from talkoot.people import names
from talkoot.people.models import Membership, NameTail, Person

SHORTEST = 2  # characters, of the key
MOST = 8
_tail, _member, _person = NameTail.__table__, Membership.__table__, Person.__table__
# Compared by plain signs: a LIKE uses no index under row-level security.
_begins = (
    select(_member.c.id, _member.c.name, _member.c.verified_as, _member.c.title, _member.c.participant_roles)
    .select_from(
        _tail.join(_member, and_(_member.c.tenant_id == _tail.c.tenant_id, _member.c.id == _tail.c.membership_id)).join(
            _person, _person.c.id == _member.c.person_id
        )
    )
    .where(
        _tail.c.tenant_id == bindparam("tenant", type_=Integer),
        _tail.c.tail >= bindparam("first", type_=String()),
        _tail.c.tail < bindparam("beyond", type_=String()),
        _member.c.blocked_at.is_(None),
        _member.c.erased_at.is_(None),
        _person.c.confirmed_at.is_not(None),
    )
    .order_by(_tail.c.tail)
    .limit(2 * MOST)  # Anna Annala begins so twice
)


class Found(NamedTuple):
    """A member, as a list to choose from shows them."""

    id: UUID
    name: str
    verified_as: str | None
    title: str
    roles: tuple[str, ...]


def keep(db: TenantSession, member: Membership) -> None:
    """Note a member's name as it is now."""
    own = {"tenant_id": db.tenant.id, "membership_id": member.id}
    db.execute(delete(_tail).where(_tail.c.tenant_id == db.tenant.id, _tail.c.membership_id == member.id))
    db.execute(insert(_tail), [{**own, "tail": tail} for tail in names.tails(member.name)])


def beginning_with(db: TenantSession, text: str) -> list[Found]:
    """At most eight members in whose name a word begins so: confirmed, neither blocked nor erased, by name."""
    first = names.key(text)
    if len(first) < SHORTEST:
        return []
    bounds = {"tenant": db.tenant.id, "first": first, "beyond": first + "\U0010ffff"}
    rows = db.connection().execute(_begins, bounds).all()
    found = {row.id: Found(row.id, row.name, row.verified_as, row.title, tuple(row.participant_roles)) for row in rows}
    return list(found.values())[:MOST]

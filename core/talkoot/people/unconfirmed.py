"""Accounts that nobody has confirmed: after some days they are deleted with whatever was begun in their name.

A membership is a site's row and an account the installation's, so each site is asked in a session of its own, one after
the other. What somebody does meanwhile wins: every step looks again whether the account is still unconfirmed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from talkoot import clock
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import TalkootError
from talkoot.jobs.models import Outbox
from talkoot.people import links, privacy
from talkoot.people.models import Invitation, Membership, Person, RoleGrant
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.people")
BATCH, MOST_BATCHES = 100, 50  # what is more waits for the next night
LINK_LIVES = timedelta(seconds=links.MAX_AGE["confirm"])


def delete_old(app: Talkoot) -> int:
    """Delete the accounts that have waited longer than the setting says; returns how many. May be repeated at any time.

    Never one that is confirmed, operates the installation, or was invited or given a role by a site's staff.
    """
    before = clock.now() - max(timedelta(days=app.settings.unconfirmed_days), LINK_LIVES)
    count = sum(_delete(app, batch, before) for batch in islice(_batches(app, before), MOST_BATCHES))
    if count:
        log.info("unconfirmed_deleted", accounts=count)
    return count


def _batches(app: Talkoot, before: datetime) -> Iterable[dict[UUID, str]]:
    """The addresses of unconfirmed accounts by id, some at a time."""
    query = select(Person.id, Person.email).where(*_waiting(before)).order_by(Person.id).limit(BATCH)
    found: dict[UUID, str] = {}
    while True:
        with app.database.session(None) as db:
            later = query.where(Person.id > max(found)) if found else query
            found = {row.id: row.email for row in db.execute(later)}
        if not found:
            return
        yield found


def _waiting(before: datetime) -> tuple[Any, ...]:
    return (
        Person.confirmed_at.is_(None),
        Person.created_at < before,
        Person.operator.is_(False),
        Person.email.is_not(None),
    )


def _delete(app: Talkoot, people: Mapping[UUID, str], before: datetime) -> int:
    sites, wanted = _looked_up(app, people)
    going = people.keys() - wanted
    with app.app_context():
        for tenant in sites if going else ():
            going -= _forget_in(app, tenant, going, before)
    return _delete_accounts(app, going, before)


def _looked_up(app: Talkoot, people: Mapping[UUID, str]) -> tuple[list[Tenant], set[UUID]]:
    """In which sites these people began something, and who of them is wanted as staff in any."""
    sites, wanted = [], set()
    for tenant in app.directory.with_closed().tenants:  # what was begun in a closed one is still a person's
        with app.database.session(tenant) as db:
            if members := _members(db, people):
                sites.append(tenant)
            wanted |= _wanted(db, members, people)
    return sites, wanted


def _members(db: TenantSession, people: Iterable[UUID]) -> dict[UUID, Membership]:
    """What these people have begun in a site, by account."""
    found = db.scalars(for_tenant(db, Membership).where(Membership.person_id.in_(people)))
    return {member.person_id: member for member in found if member.person_id}


def _wanted(db: TenantSession, members: Mapping[UUID, Membership], people: Mapping[UUID, str]) -> set[UUID]:
    """Whom this site's staff have invited, given a role or verified."""
    asked = set(db.scalars(for_tenant(db, Invitation.email).where(Invitation.email.in_(people.values()))))
    ids = [member.id for member in members.values()]
    granted = set(db.scalars(for_tenant(db, RoleGrant.membership_id).where(RoleGrant.membership_id.in_(ids))))
    chosen = {person_id for person_id, member in members.items() if member.id in granted or member.verified_as}
    return chosen | {person_id for person_id, email in people.items() if email in asked}


def _forget_in(app: Talkoot, tenant: Tenant, people: Iterable[UUID], before: datetime) -> set[UUID]:
    """Delete what these people began in a site; returns those who have to stay, because they are not waiting any more or
    because something of the site hangs on them."""
    with app.database.session(tenant, writing=True) as db:
        query = select(Person.id).where(Person.id.in_(people), *_waiting(before)).with_for_update()
        waiting = set(db.scalars(query))
        staying = set(people) - waiting
        for person_id, member in _members(db, waiting).items():
            try:
                with db.begin_nested():
                    privacy.erase(db, app.registry, member)
                    db.delete(member)
            except (TalkootError, SQLAlchemyError) as error:  # a plugin fails; the others go all the same
                log.info("unconfirmed_kept", tenant=tenant.slug, error=type(error).__name__)
                staying.add(person_id)
    return staying


def _delete_accounts(app: Talkoot, people: Iterable[UUID], before: datetime) -> int:
    gone = set()
    with app.database.session(None, writing=True) as db:
        db.quiet = True
        for person_id in people:
            try:
                with db.begin_nested():
                    if db.execute(delete(Person).where(Person.id == person_id, *_waiting(before))).rowcount:  # type: ignore[attr-defined]
                        gone.add(person_id)
            except IntegrityError as error:  # something was begun in their name meanwhile
                log.info("unconfirmed_kept", tenant=None, error=type(error).__name__)
        db.execute(delete(Outbox).where(Outbox.subject_id.in_(gone)))
    return len(gone)

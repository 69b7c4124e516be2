"""Accounts of the installation: made, confirmed, found, their secrets changed. No function here knows a request."""

from __future__ import annotations

import secrets
from datetime import timedelta
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, or_, select

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people import passwords
from talkoot.people.lifetimes import RESIDENT
from talkoot.people.models import Person, PersonSession

LONGEST_EMAIL = 254  # characters; the column has no more


def normalise_email(text: str) -> str:
    """The address as it is stored and compared; raises InvalidError when it cannot be one (RFC 5321)."""
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True).normalized.casefold()
    except EmailNotValidError:
        found = ""
    if not 0 < len(found) <= LONGEST_EMAIL:  # some small letters are written with three
        raise InvalidError(gettext("Write the e-mail address in full, for example name@example.fi."), "email")
    return found


def by_email(db: TenantSession, email: str) -> Person | None:
    """The account with this normalised address."""
    return db.scalars(select(Person).where(Person.email == email)).one_or_none()


def create(db: TenantSession, email: str, password: str | None, language: str, *, confirmed: bool = False) -> Person:
    """A new account; the address must be normalised and free (the caller has looked)."""
    person = Person(
        email=email,
        password_hash=passwords.make_hash(password) if password else None,
        nonce=secrets.token_hex(16),
        language=language,
        created_at=clock.now(),
        confirmed_at=clock.now() if confirmed else None,
    )
    db.add(person)
    db.flush()
    return person


def confirm(db: TenantSession, person: Person) -> None:
    """The person has shown that the address is theirs; the link used is dead from now on."""
    person.confirmed_at = person.confirmed_at or clock.now()
    renew_links(person)


def set_password(db: TenantSession, person: Person, password: str) -> None:
    """A new password: every session ends and every mailed link dies."""
    person.password_hash = passwords.make_hash(passwords.checked(password, person.email or "", site_names(db)))
    person.confirmed_at = person.confirmed_at or clock.now()
    renew_links(person)
    end_sessions(db, person.id)


def site_names(db: TenantSession) -> tuple[str, ...]:
    """What this site is called, in every language: nobody's password should be that."""
    return (db.tenant.slug, *db.tenant.names.values()) if db.tenant_id else ()


def renew_links(person: Person) -> None:
    """Kill every link mailed so far."""
    person.nonce = secrets.token_hex(16)


def end_sessions(db: TenantSession, person_id: UUID, *, but: bytes | None = None) -> int:
    """Sign out everywhere (but here); returns how many sessions ended."""
    query = delete(PersonSession).where(PersonSession.person_id == person_id)
    if but is not None:
        query = query.where(PersonSession.id_hash != but)
    return db.execute(query).rowcount  # type: ignore[attr-defined,no-any-return]


def erase(db: TenantSession, person: Person) -> None:
    """Forget an account: address and secrets go, every browser is signed out. Its memberships are erased site by site first."""
    end_sessions(db, person.id)
    person.email, person.password_hash, person.operator, person.blocked_at = None, None, False, clock.now()
    renew_links(person)


def end_idle_sessions(db: TenantSession, older_than: timedelta) -> None:
    """Delete the sessions that nobody has used for so long, and those older than any may become; none can be used any more."""
    moment = clock.now()
    idle, old = PersonSession.seen_at < moment - older_than, PersonSession.created_at < moment - RESIDENT.whole
    db.execute(delete(PersonSession).where(or_(idle, old)))

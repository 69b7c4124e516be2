"""Signing up: an account with its first membership. As long as nobody has confirmed the address, the latest sign-up counts.

Whoever signs up may have written somebody else's address. So a password chosen here opens nothing before the owner of the
address has confirmed it, and confirming asks for that very password, unless it was chosen in the same browser.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.jobs import outbox
from talkoot.people import accounts, memberships, passwords
from talkoot.people.models import Membership, Person


@dataclass(frozen=True)
class Newcomer:
    """What somebody tells when they sign up."""

    email: str
    password: str
    name: str
    real_name: bool
    roles: tuple[str, ...]
    language: str


def checks(db: TenantSession, new: Newcomer, *, vouched: bool = False) -> list[Callable[[], object]]:
    """What a sign-up must pass, each by itself so that a form can tell all that is wrong; each raises InvalidError.

    `vouched`: staff answer for the name.
    """
    return [
        lambda: accounts.normalise_email(new.email),
        lambda: passwords.checked(new.password, new.email, accounts.site_names(db)),
        lambda: memberships.free_name(db, new.name, but=_begun(db, new.email), vouched=vouched),
    ]


def _begun(db: TenantSession, email: str) -> UUID | None:
    """The membership that somebody began here with this address and that nobody has confirmed: it may be taken over."""
    try:
        person = accounts.by_email(db, accounts.normalise_email(email))
    except InvalidError:
        return None
    begun = db.find(Membership, person_id=person.id) if person and person.confirmed_at is None else None
    return begun.id if begun else None


def sign_up(db: TenantSession, new: Newcomer) -> str:
    """Make the account, or make an unconfirmed one anew; the owner of the address gets a mail in any case.

    Returns the hash made of the password, whether it was kept or not: the answer must not tell who has an account.
    Raises InvalidError for what cannot be an address, a password, or a name here.
    """
    for check in checks(db, new):
        check()
    email = accounts.normalise_email(new.email)
    person = accounts.by_email(db, email)
    pending = person is None or person.confirmed_at is None
    made = passwords.make_hash(new.password)
    if pending:
        person = person or accounts.create(db, email, None, new.language)
        person.password_hash, person.created_at = made, clock.now()
        memberships.join(
            db,
            person.id,
            new.name,
            language=new.language,
            real_name=new.real_name,
            participant_roles=new.roles,
            anew=True,
        )
    assert person
    outbox.add(db, "people.confirm" if pending else "people.known", person.id)
    return made


def mark(secret: str, password_hash: str) -> str:
    """What the browser that signed up keeps: it fits only while the password chosen in it is the account's."""
    return hmac.new(secret.encode(), f"signed-up|{password_hash}".encode(), hashlib.sha256).hexdigest()


def has_mark(secret: str, person: Person, kept: str | None) -> bool:
    """Whether a browser that keeps this mark is the one in which the account's password was chosen."""
    if not kept or not person.password_hash:
        return False
    return hmac.compare_digest(mark(secret, person.password_hash), kept)

"""Signing up: an account with its first membership. As long as nobody has confirmed the address, the latest sign-up counts.

Whoever signs up may have written somebody else's address. So a password chosen here opens nothing before the owner of the
address has confirmed it, and confirming asks for that very password, unless it was chosen in the same browser.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

from talkoot.db import TenantSession
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


def sign_up(db: TenantSession, new: Newcomer) -> str:
    """Make the account, or make an unconfirmed one anew; the owner of the address gets a mail in any case.

    Returns the hash made of the password, whether it was kept or not: the answer must not tell who has an account.
    Raises InvalidError for what cannot be an address, a password, or a name here.
    """
    email = accounts.normalise_email(new.email)
    passwords.checked(new.password, email, accounts.site_names(db))
    person = accounts.by_email(db, email)
    pending = person is None or person.confirmed_at is None
    member = db.find(Membership, person_id=person.id) if person and pending else None
    memberships.free_name(db, new.name, but=member.id if member else None)
    made = passwords.make_hash(new.password)
    if pending:
        person = person or accounts.create(db, email, None, new.language)
        person.password_hash = made
        memberships.begin(
            db, person.id, new.name, language=new.language, real_name=new.real_name, participant_roles=new.roles
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

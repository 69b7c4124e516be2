"""The mails about accounts. Each is composed out of the row as it is now, so a mail never says what is no longer true."""

from __future__ import annotations

from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from uuid import UUID

from talkoot.db import TenantSession
from talkoot.mail import messages
from talkoot.people import links
from talkoot.people.models import Invitation, Person

if TYPE_CHECKING:
    from talkoot.app import Talkoot


def confirm(app: Talkoot, db: TenantSession, person_id: UUID, job: UUID) -> EmailMessage | None:
    """ "Confirm your address" after signing up."""
    return _to_person(app, db, person_id, job, "confirm", "confirm", unless_confirmed=True)


def known(app: Talkoot, db: TenantSession, person_id: UUID, job: UUID) -> EmailMessage | None:
    """Somebody signed up with an address that has an account: its owner is told, the page said nothing."""
    return _to_person(app, db, person_id, job, "known", "reset")


def reset(app: Talkoot, db: TenantSession, person_id: UUID | None, job: UUID) -> EmailMessage | None:
    """ "Choose a new password"; nothing when it was asked for an address that nobody has."""
    return _to_person(app, db, person_id, job, "reset", "reset")


def invitation(app: Talkoot, db: TenantSession, invitation_id: UUID, job: UUID) -> EmailMessage | None:
    """Staff are asked to join with roles."""
    invited = db.find(Invitation, id=invitation_id)
    if invited is None:
        return None
    token = links.sign(app.settings, "invite", db.tenant, invitation=str(invited.id))
    return _composed(
        app,
        db,
        job,
        to=invited.email,
        language=db.tenant.language,
        template="invitation",
        link=f"{db.tenant.url}/invitation/{token}",
        title=invited.title,
    )


def _to_person(
    app: Talkoot,
    db: TenantSession,
    person_id: UUID | None,
    job: UUID,
    template: str,
    purpose: str,
    *,
    unless_confirmed: bool = False,
) -> EmailMessage | None:
    person = db.get(Person, person_id) if person_id else None
    if person is None or person.email is None or (unless_confirmed and person.confirmed_at):
        return None
    tenant = db.tenant if db.tenant_id else None
    token = links.sign(app.settings, purpose, tenant, person=str(person.id), nonce=person.nonce)
    base = tenant.url if tenant else app.settings.public_url
    path = "confirm" if purpose == "confirm" else "new-password"
    link = f"{base}/{path}/{token}"
    return _composed(app, db, job, to=person.email, language=person.language, template=template, link=link)


def _composed(app: Talkoot, db: TenantSession, job: UUID, **mail: Any) -> EmailMessage:
    return messages.compose(app, db.tenant if db.tenant_id else None, job=job, **mail)

"""The mails about accounts. Each handler reads the row again, so a mail never says what is no longer true."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from talkoot.db import TenantSession
from talkoot.mail import messages
from talkoot.people import links
from talkoot.people.models import Invitation, Person

if TYPE_CHECKING:
    from talkoot.app import Talkoot


def send_confirm(app: Talkoot, db: TenantSession, person_id: UUID, job: UUID) -> None:
    """ "Confirm your address" after signing up."""
    _to_person(app, db, person_id, job, "confirm", "confirm", unless_confirmed=True)


def send_known(app: Talkoot, db: TenantSession, person_id: UUID, job: UUID) -> None:
    """Somebody signed up with an address that has an account: its owner is told, the page said nothing."""
    _to_person(app, db, person_id, job, "known", "reset")


def send_reset(app: Talkoot, db: TenantSession, person_id: UUID, job: UUID) -> None:
    """ "Choose a new password"."""
    _to_person(app, db, person_id, job, "reset", "reset")


def send_invitation(app: Talkoot, db: TenantSession, invitation_id: UUID, job: UUID) -> None:
    """Staff are asked to join with roles."""
    invitation = db.find(Invitation, id=invitation_id)
    if invitation is None or invitation.accepted_at:
        return
    token = links.sign(app.settings, "invite", db.tenant, invitation=str(invitation.id))
    _send(
        app,
        db,
        job,
        to=invitation.email,
        language=db.tenant.language,
        template="invitation",
        link=f"{db.tenant.url}/invitation/{token}",
        title=invitation.title,
    )


def _to_person(
    app: Talkoot,
    db: TenantSession,
    person_id: UUID,
    job: UUID,
    template: str,
    purpose: str,
    *,
    unless_confirmed: bool = False,
) -> None:
    person = db.get(Person, person_id)
    if person is None or person.email is None or (unless_confirmed and person.confirmed_at):
        return
    tenant = db.tenant if db.tenant_id else None
    token = links.sign(app.settings, purpose, tenant, person=str(person.id), nonce=person.nonce)
    base = tenant.url if tenant else app.settings.public_url
    path = "confirm" if purpose == "confirm" else "new-password"
    _send(app, db, job, to=person.email, language=person.language, template=template, link=f"{base}/{path}/{token}")


def _send(app: Talkoot, db: TenantSession, job: UUID, **mail: Any) -> None:
    messages.send(app, messages.compose(app, db.tenant if db.tenant_id else None, job=job, **mail))

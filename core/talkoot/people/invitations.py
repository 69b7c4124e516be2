"""Inviting staff by mail, with the roles they will have. The mailed link is made when the mail is sent."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from talkoot import clock
from talkoot.access.policy import GRANTABLE
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.lengths import within
from talkoot.people.accounts import normalise_email
from talkoot.people.models import Invitation


def invite(
    db: TenantSession, email: str, roles: Sequence[str], *, title: str = "", by: UUID | None = None
) -> Invitation:
    """Ask somebody to join with roles; an open invitation to the same address is changed and sent again.

    Raises InvalidError for what is not an address, when no role or an unknown one was chosen, and for a title too long.
    """
    address, office = normalise_email(email), within(title, 120, "title")
    if not roles or not set(roles) <= set(GRANTABLE):
        raise InvalidError(gettext("Choose at least one role."), "roles")
    open_ones = for_tenant(db, Invitation).where(Invitation.email == address)
    found = db.scalars(open_ones).first()
    if found is None:
        found = Invitation(id=new_id(), tenant_id=db.tenant.id, email=address, roles=[], created_at=clock.now())
        db.add(found)
    found.roles, found.title = [role for role in GRANTABLE if role in roles], office
    found.invited_by, found.created_at = by, clock.now()
    db.flush()
    outbox.add(db, "people.invite", found.id)
    return found


def waiting(db: TenantSession) -> list[Invitation]:
    """Invitations that nobody has accepted yet, the newest first."""
    query = for_tenant(db, Invitation)
    return list(db.scalars(query.order_by(Invitation.created_at.desc()).limit(200)))


def send_again(db: TenantSession, invitation_id: UUID) -> Invitation:
    """Mail the link once more; raises NotFoundError for one that is accepted or gone."""
    found = _open(db, invitation_id)
    found.created_at = clock.now()
    outbox.add(db, "people.invite", found.id)
    return found


def withdraw(db: TenantSession, invitation_id: UUID) -> Invitation:
    """Take an invitation back: its link leads nowhere from now on."""
    found = _open(db, invitation_id)
    db.delete(found)
    db.flush()
    return found


def _open(db: TenantSession, invitation_id: UUID) -> Invitation:
    found = db.find(Invitation, id=invitation_id)
    if found is None:
        raise NotFoundError
    return found

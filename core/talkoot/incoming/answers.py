"""Answers to mail that could not become a post: kind, in the writer's language, with their words, once (RFC 3834)."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock, i18n
from talkoot.db import TenantSession
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id
from talkoot.incoming.models import MailAnswer, MailStranger
from talkoot.jobs import outbox
from talkoot.mail import messages
from talkoot.people.models import Membership, Person

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

TO_MEMBER, TO_STRANGER = "mail.answer", "mail.stranger"  # kinds of jobs
KEPT = timedelta(days=7)  # also how often a stranger is answered
MOST_A_DAY = 20  # answers to one member: who gets more is a program that does not say so
_answer, _stranger = MailAnswer.__table__, MailStranger.__table__
REASONS = {
    "closed": lazy("The discussion has been closed, so it takes no more replies."),
    "gone": lazy("The discussion is no longer there, or you can no longer read it."),
    "not_allowed": lazy("You cannot write in this discussion."),
    "empty": lazy(
        "We found no text of yours in the mail. Write your reply above the line that says so, not below or inside our mail."
    ),
    "refused": lazy("The reply could not be taken:"),
    "sealed": lazy("The mail is encrypted, so it could not be read. Send your reply once more without encryption."),
    "left_out": lazy(
        "Your reply was published. Only pictures can be sent along by mail, so these files were left out:"
    ),
    "untold": lazy(
        "Your reply was published with what you sent along. Please tell in a few words what is in the picture, for those "
        "who cannot see it: follow the link below and write it where “Picture sent by mail” stands now. We ask for this at most "
        "once a week."
    ),
}


def owe(
    db: TenantSession,
    member_id: UUID,
    submission: UUID,
    reason: str,
    *,
    detail: str,
    subject: str,
    text: str,
    path: str,
) -> None:
    """Leave an answer to a member, once for each mail however often that is delivered; `reason` is one of REASONS."""
    since = clock.now() - timedelta(days=1)
    own = (_answer.c.tenant_id == db.tenant.id, _answer.c.membership_id == member_id)
    lately = select(func.count()).select_from(_answer).where(*own, _answer.c.created_at > since)
    if db.execute(lately).scalar_one() >= MOST_A_DAY:
        return
    row = {
        "tenant_id": db.tenant.id,
        "id": new_id(),
        "membership_id": member_id,
        "submission": submission,
        "reason": reason,
        "detail": detail,
        "subject": subject[:200],
        "text": text,
        "path": path[:300],
        "created_at": clock.now(),
    }
    once = insert(_answer).values(row).on_conflict_do_nothing(index_elements=["tenant_id", "submission"])
    if (added := db.execute(once.returning(_answer.c.id)).scalar()) is not None:
        outbox.add(db, TO_MEMBER, added)


def owed_lately(db: TenantSession, member_id: UUID, reason: str) -> bool:
    """Whether a member has had an answer for this reason within the time that answers are kept."""
    own = (_answer.c.tenant_id == db.tenant.id, _answer.c.membership_id == member_id, _answer.c.reason == reason)
    return db.execute(select(_answer.c.id).where(*own).limit(1)).scalar() is not None


def owe_stranger(db: TenantSession, email: str) -> bool:
    """Leave the answer to an address that nobody here can be found by; returns whether it is the first this week."""
    row = {"email": email, "id": new_id(), "at": clock.now()}
    once = insert(_stranger).values(row).on_conflict_do_nothing(index_elements=["email"])
    added = db.execute(once.returning(_stranger.c.id)).scalar()
    if added is not None:
        outbox.add(db, TO_STRANGER, added)
    return added is not None


def to_member(app: Talkoot, db: TenantSession, answer_id: UUID, job: UUID) -> EmailMessage | None:
    """The answer as a mail; None when its member has left meanwhile."""
    owed = db.find(MailAnswer, id=answer_id)
    member = db.find(Membership, id=owed.membership_id) if owed else None
    person = db.get(Person, member.person_id) if member and member.person_id else None
    if owed is None or member is None or person is None or person.email is None:
        return None
    told = REASONS[owed.reason]
    return messages.compose(
        app, db.tenant, to=person.email, language=member.language, template="answer", job=job, replied=True,
        told=told, reason=owed.reason, detail=owed.detail.split("\n") if owed.detail else [], text=owed.text, about=owed.subject,
        link=f"{db.tenant.url}/{owed.path}" if owed.path else "",
    )  # fmt: skip


def to_stranger(app: Talkoot, db: TenantSession, answer_id: UUID, job: UUID) -> EmailMessage | None:
    """The answer to who is not known, in every language of the installation."""
    stranger = db.scalars(select(MailStranger).where(MailStranger.id == answer_id)).one_or_none()
    if stranger is None:
        return None
    languages = app.settings.installation_languages
    told = [(language, i18n.direction(language), _told_strangers(language)) for language in languages]
    return messages.compose(
        app, None, to=stranger.email, language=languages[0], template="stranger", job=job, replied=True, told=told
    )  # fmt: skip


def _told_strangers(language: str) -> str:
    with i18n.speaking(language):
        return gettext(
            "We got a mail from you, but could not tell whose it is or what it answers. Reply to a mail that we sent you, from "
            "the address that it was sent to. Your mail was not kept."
        )


def forget_old(app: Talkoot, tenant: Tenant) -> None:
    """Delete the answers whose time is over; daily, in each site."""
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        old = _answer.c.created_at < clock.now() - KEPT
        db.execute(delete(_answer).where(_answer.c.tenant_id == tenant.id, old))


def forget_strangers(db: TenantSession) -> None:
    """Delete the addresses that may be answered again."""
    db.execute(delete(_stranger).where(_stranger.c.at < clock.now() - KEPT))

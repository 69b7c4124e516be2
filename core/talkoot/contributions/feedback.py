"""Feedback: a short text, a promise at once, and a code by which its giver can follow it without an account."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from talkoot import clock
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import CHANNELS
from talkoot.conversations.rendering import clean, excerpt, rendered
from talkoot.db import TenantSession
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id

# Easily read aloud and written on paper: no letters that look or sound alike.
ALPHABET = "ABCDEFGHJKMNPRSTUVXYZ23456789"
KIND = "contribution"
ANSWERED_SHOWN = 200
CHANNEL_TITLES = {
    "online": lazy("Online"),
    "paper": lazy("On paper"),
    "phone": lazy("By phone"),
    "in_person": lazy("Face to face"),
}


@dataclass(frozen=True)
class Given:
    """A saved contribution. `again`: the same form had been saved before, nothing was written now; the code is the same."""

    id: UUID
    code: str | None
    again: bool = False


def give(
    db: TenantSession,
    *,
    text: str,
    language: str,
    submission: UUID,
    author_id: UUID | None = None,
    channel: str = "online",
    page: str = "",
    area_id: UUID | None = None,
    key: str = "",
) -> Given:
    """Save feedback and promise an answer. The same submission again is not saved twice.

    With the installation's secret as `key` a form sent twice shows its code again: browsers show only the second answer.
    """
    code = _code_of(key, db.tenant.id, submission) if key else new_code()
    if found := db.find(Contribution, submission=submission):
        return Given(found.id, code if hash_of(code) == found.code_hash else None, again=True)
    if channel not in CHANNELS:
        raise InvalidError(gettext("Choose one of the options."), "channel")
    source = clean(text)
    given = Contribution(
        id=new_id(),
        tenant_id=db.tenant.id,
        source=source,
        html=rendered(source),
        language=language,
        channel=channel,
        page=page[:300],
        author_id=author_id,
        area_id=area_id,
        code_hash=hash_of(code),
        submission=submission,
        created_at=clock.now(),
    )
    db.add(given)
    db.flush()
    promises.promise(
        db,
        subject=(KIND, given.id),
        title=excerpt(given.html, 80),
        owner_id=None,
        due_on=None,
        language=language,
        by=None,
        words=gettext("Thank you. Your feedback has arrived."),
        submission=new_id(),
        public=False,
        area_id=area_id,
    )
    return Given(given.id, code)


def follow(db: TenantSession, code: str) -> tuple[Contribution, FollowUp]:
    """The contribution of a code and its promise; raises NotFoundError when there is none."""
    given = db.find(Contribution, code_hash=hash_of(code))
    made = db.find(FollowUp, subject_kind=KIND, subject_id=given.id) if given else None
    if given is None or made is None:
        raise NotFoundError
    return given, made


def waiting(db: TenantSession) -> list[tuple[Contribution, FollowUp]]:
    """Feedback with its promises for the staff: everything unanswered, soonest due first; then what was answered last."""
    unanswered = _pairs(db).where(FollowUp.answered_at.is_(None)).order_by(FollowUp.due_on, FollowUp.number)
    answered = _pairs(db).where(FollowUp.answered_at.is_not(None)).order_by(FollowUp.answered_at.desc())
    rows = [*db.execute(unanswered), *db.execute(answered.limit(ANSWERED_SHOWN))]
    return [(given, made) for given, made in rows]


def _pairs(db: TenantSession) -> Any:
    own = (FollowUp.tenant_id == Contribution.tenant_id) & (FollowUp.subject_id == Contribution.id)
    return (
        select(Contribution, FollowUp)
        .join(FollowUp, own & (FollowUp.subject_kind == KIND))
        .where(Contribution.tenant_id == db.tenant.id)
    )


def new_code() -> str:
    """Ten characters in two groups: `K7PX4-QM2RT`, about 48 bits."""
    letters = [secrets.choice(ALPHABET) for _ in range(10)]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])


def _code_of(key: str, tenant_id: int, submission: UUID) -> str:
    """The code of this form and no other; nobody can compute it without the key."""
    digest = hmac.new(key.encode(), f"feedback|{tenant_id}|{submission}".encode(), hashlib.sha256).digest()
    letters = [ALPHABET[byte % len(ALPHABET)] for byte in digest[:10]]
    return "".join(letters[:5]) + "-" + "".join(letters[5:])


def hash_of(code: str) -> str:
    """What is stored of a code; spaces, hyphens and small letters do not matter."""
    bare = "".join(ch for ch in code.upper() if ch in ALPHABET)
    return hashlib.sha256(bare.encode()).hexdigest()

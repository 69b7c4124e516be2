"""Promises: made when something is lifted or given, moved by its owner, shown to everybody with every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from talkoot import clock
from talkoot.conversations.rendering import clean, render
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup.models import STATES, FollowUp, FollowUpEvent
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id
from talkoot.people.models import Membership
from talkoot.tenants.models import Organisation

STATE_TITLES = {
    "received": lazy("Received"),
    "in_progress": lazy("In progress"),
    "decided": lazy("Decided"),
    "done": lazy("Done"),
    "declined": lazy("Will not be done"),
}


@dataclass(frozen=True)
class Brief:
    """What a page about the thing itself says of a promise. `standing`: open, answered or overdue today."""

    number: int
    owner: str
    due_on: date
    state: str
    answered_at: datetime | None
    standing: str
    days_left: int


@dataclass(frozen=True)
class Promise(Brief):
    """A promise as its own page and the lists show it."""

    id: UUID
    title: str
    path: str
    subject_kind: str
    subject_id: UUID
    area_id: UUID | None
    created_at: datetime


@dataclass(frozen=True)
class Step:
    """One entry of the public trail."""

    at: datetime
    state: str
    html: str
    language: str
    author: str
    title: str
    answer: bool


def promise(
    db: TenantSession,
    *,
    subject: tuple[str, UUID],
    title: str,
    path: str,
    owner_id: UUID | None,
    due_on: date | None,
    language: str,
    by: UUID | None,
    words: str,
    submission: UUID,
    public: bool = True,
    area_id: UUID | None = None,
) -> FollowUp:
    """Make a promise about a thing, once; asked again, the first one is returned.

    `due_on` None: after the days the tenant promises (setting answers.days). Raises InvalidError for a day in the past.
    """
    kind, thing = subject
    if found := db.find(FollowUp, subject_kind=kind, subject_id=thing):
        return found
    today = clock.today(db.tenant.time_zone)
    due = due_on or today + timedelta(days=db.tenant.setting("answers.days"))
    if due < today:
        raise InvalidError(gettext("The day by which an answer is owed is already past."), "due_on")
    made = FollowUp(
        id=new_id(),
        tenant_id=db.tenant.id,
        number=next_number(db, FollowUp.number),
        subject_kind=kind,
        subject_id=thing,
        title=title[:200],
        path=path,
        owner_id=owner_id,
        due_on=due,
        state="received",
        public=public,
        language=language,
        area_id=area_id,
        created_at=clock.now(),
    )
    db.add(made)
    db.flush()
    _step(db, made, "received", words, by, language, submission, answer=False)
    return made


def move(
    db: TenantSession,
    number: int,
    *,
    state: str,
    words: str,
    by: UUID,
    language: str,
    submission: UUID,
    answer: bool,
    due_on: date | None = None,
) -> FollowUp:
    """Add a step: a new state, words for everybody, perhaps the answer itself. Declining needs a reason, so do answers."""
    made = get(db, number)
    if db.find(FollowUpEvent, submission=submission):
        return made
    if state not in STATES:
        raise InvalidError(gettext("Choose one of the options."), "state")
    if not words.strip():
        raise InvalidError(gettext("Write what is answered or done. Everybody who took part will read it."), "text")
    made.state = state
    if answer or state in ("decided", "done", "declined"):
        made.answered_at = made.answered_at or clock.now()
    if due_on and due_on != made.due_on and not made.answered_at:
        made.due_on = due_on
    _step(db, made, state, words, by, language, submission, answer=answer)
    return made


def get(db: TenantSession, number: int) -> FollowUp:
    """The promise with this number; raises NotFoundError."""
    made = db.find(FollowUp, number=number)
    if made is None:
        raise NotFoundError
    return made


def shown(db: TenantSession, made: FollowUp, language: str) -> Promise:
    """One promise as a page shows it."""
    owner = db.find(Organisation, id=made.owner_id) if made.owner_id else None
    return _promise(made, owner.names if owner else {}, clock.today(db.tenant.time_zone), language)


def public_promises(
    db: TenantSession, language: str, *, standing: str | None = None, area_id: UUID | None = None, limit: int = 100
) -> list[Promise]:
    """Promises everybody may follow: what waits first (soonest due), then the newest answers."""
    query = (
        select(FollowUp, Organisation.names)
        .outerjoin(
            Organisation, (Organisation.tenant_id == FollowUp.tenant_id) & (Organisation.id == FollowUp.owner_id)
        )
        .where(FollowUp.tenant_id == db.tenant.id, FollowUp.public.is_(True))
    )
    if area_id:
        query = query.where(FollowUp.area_id == area_id)
    today = clock.today(db.tenant.time_zone)
    if standing == "answered":
        query = query.where(FollowUp.answered_at.is_not(None))
    elif standing == "overdue":
        query = query.where(FollowUp.answered_at.is_(None), FollowUp.due_on < today)
    elif standing == "open":
        query = query.where(FollowUp.answered_at.is_(None), FollowUp.due_on >= today)
    query = query.order_by(FollowUp.answered_at.is_not(None), FollowUp.answered_at.desc(), FollowUp.due_on).limit(limit)
    return [_promise(made, names or {}, today, language) for made, names in db.execute(query)]


def trail(db: TenantSession, made_id: UUID) -> list[Step]:
    """Every step, oldest first, with who took it."""
    query = (
        select(FollowUpEvent, Membership.name, Membership.title)
        .outerjoin(
            Membership, (Membership.tenant_id == FollowUpEvent.tenant_id) & (Membership.id == FollowUpEvent.author_id)
        )
        .where(FollowUpEvent.tenant_id == db.tenant.id, FollowUpEvent.follow_up_id == made_id)
        .order_by(FollowUpEvent.at, FollowUpEvent.id)
    )
    return [
        Step(e.at, e.state, e.html, e.language, name or "", title or "", e.answer)
        for e, name, title in db.execute(query)
    ]


def counts(db: TenantSession) -> dict[str, int]:
    """How many public promises are open, overdue and answered."""
    today = clock.today(db.tenant.time_zone)
    row = db.execute(
        select(
            func.count().filter(FollowUp.answered_at.is_(None), FollowUp.due_on >= today),
            func.count().filter(FollowUp.answered_at.is_(None), FollowUp.due_on < today),
            func.count().filter(FollowUp.answered_at.is_not(None)),
        ).where(FollowUp.tenant_id == db.tenant.id, FollowUp.public.is_(True))
    ).one()
    return {"open": row[0], "overdue": row[1], "answered": row[2]}


def bodies(db: TenantSession) -> list[Organisation]:
    """The organisations that may owe an answer: working groups, boards, units."""
    return list(db.scalars(for_tenant(db, Organisation).where(Organisation.body.is_(True))))


def _step(
    db: TenantSession,
    made: FollowUp,
    state: str,
    words: str,
    by: UUID | None,
    language: str,
    submission: UUID,
    *,
    answer: bool,
) -> None:
    source = clean(words)
    db.add(
        FollowUpEvent(
            id=new_id(),
            tenant_id=db.tenant.id,
            follow_up_id=made.id,
            at=clock.now(),
            author_id=by,
            state=state,
            answer=answer,
            source=source,
            html=render(source),
            language=language,
            submission=submission,
        )
    )
    db.flush()


def brief(
    number: int,
    owner_names: Mapping[str, str] | None,
    due_on: date,
    state: str,
    answered_at: datetime | None,
    *,
    today: date,
    language: str,
) -> Brief:
    """A promise out of its columns, for plugins that read them together with their own rows."""
    return Brief(number, **_facts(owner_names or {}, due_on, state, answered_at, today, language))


def _facts(
    owner: Mapping[str, str], due_on: date, state: str, answered_at: datetime | None, today: date, language: str
) -> dict[str, Any]:
    return {
        "owner": owner.get(language) or next(iter(owner.values()), ""),
        "due_on": due_on,
        "state": state,
        "answered_at": answered_at,
        "standing": "answered" if answered_at else "overdue" if due_on < today else "open",
        "days_left": (due_on - today).days,
    }


def _promise(made: FollowUp, owner: Any, today: date, language: str) -> Promise:
    return Promise(
        made.number,
        **_facts(owner, made.due_on, made.state, made.answered_at, today, language),
        id=made.id,
        title=made.title,
        path=made.path,
        subject_kind=made.subject_kind,
        subject_id=made.subject_id,
        area_id=made.area_id,
        created_at=made.created_at,
    )

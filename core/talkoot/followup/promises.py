"""Promises: made when something is lifted or given, moved by its owner, shown to everybody with every step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from talkoot import clock
from talkoot.conversations.rendering import clean, rendered
from talkoot.db import TenantSession, for_tenant, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup.models import STATES, FollowUp, FollowUpEvent
from talkoot.i18n import format_day, gettext, lazy, text_in
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.people.models import Membership
from talkoot.plugin import Place
from talkoot.tenants.models import Organisation

ANSWERED = "notices.answered"  # the kind of job that tells of an answer (notices/fan_out.py)
LATEST = timedelta(days=731)  # a promise for later is a slip of the pen: the year 9999 is quickly typed
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
    """A promise as its own page and the lists show it. `path` is empty when what it is about has no page."""

    id: UUID
    title: str
    language: str  # of the title; empty: nobody knows
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
    owner_id: UUID | None,
    due_on: date | None,
    language: str,
    by: UUID | None,
    words: str,
    submission: UUID,
    title: str = "",
    public: bool = True,
    area_id: UUID | None = None,
) -> FollowUp:
    """Make a promise about a thing, once; asked again, the first one is returned.

    `due_on` None: after the days the tenant promises (setting answers.days). Raises InvalidError for a day in the past or years ahead.
    `title` is for what no plugin tells the place of: the title of a topic is asked of its plugin, as it is today.
    """
    kind, thing = subject
    if found := db.find(FollowUp, subject_kind=kind, subject_id=thing):
        return found
    due = due_on or clock.today(db.tenant.time_zone) + timedelta(days=db.tenant.setting("answers.days"))
    _check_due(db, due)
    source = clean(words)
    made = FollowUp(
        id=new_id(),
        tenant_id=db.tenant.id,
        number=next_number(db, FollowUp.number),
        subject_kind=kind,
        subject_id=thing,
        title=title[:200],
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
    _step(db, made, source, by, language, submission)
    return made


def _check_due(db: TenantSession, due: date) -> None:
    today = clock.today(db.tenant.time_zone)
    if due < today:
        raise InvalidError(gettext("The day by which an answer is owed is already past."), "due_on")
    if due > today + LATEST:
        raise InvalidError(gettext("An answer is owed within two years. Choose an earlier day."), "due_on")


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
) -> bool:
    """Add a step: a new state, words for everybody, perhaps the answer itself; returns whether it was not there yet.

    `due_on`, a new day while the answer is still owed, is told in the step. Raises InvalidError for a state that is none,
    a step without words and a day in the past.
    """
    made = get(db, number)
    db.refresh(made, with_for_update={"key_share": True})  # the same form sent again waits here, and finds its step
    if db.find(FollowUpEvent, submission=submission):
        return False
    if state not in STATES:
        raise InvalidError(gettext("Choose one of the options."), "state")
    if not words.strip():
        raise InvalidError(gettext("Write what is answered or done. Everybody who took part will read it."), "text")
    answered_at = made.answered_at or (clock.now() if answer or state in ("decided", "done", "declined") else None)
    due = due_on if due_on and not answered_at else made.due_on
    source = clean(words if due == made.due_on else f"{words.rstrip()}\n\n{_postponed(db, made.due_on, due, language)}")
    is_answer = answer or made.answered_at != answered_at
    made.state, made.answered_at, made.due_on = state, answered_at, due
    step_id = _step(db, made, source, by, language, submission, answer=answer)
    if is_answer:
        outbox.add(db, ANSWERED, step_id)
    return True


def _postponed(db: TenantSession, old: date, new: date, language: str) -> str:
    """The words that tell of another day for the answer."""
    _check_due(db, new)
    days = {"old": format_day(old, language), "new": format_day(new, language)}
    return gettext("The day for the answer was moved from %(old)s to %(new)s.", **days)


def pass_on(db: TenantSession, kind: str, thing: UUID, to: UUID) -> None:
    """A thing has become a part of another: what was promised about it is promised about that one, if nothing is yet."""
    made = db.find(FollowUp, subject_kind=kind, subject_id=thing)
    if made and db.find(FollowUp, subject_kind=kind, subject_id=to) is None:
        made.subject_id = to


def get(db: TenantSession, number: int) -> FollowUp:
    """The promise with this number; raises NotFoundError."""
    made = db.find(FollowUp, number=number)
    if made is None:
        raise NotFoundError
    return made


def shown(db: TenantSession, made: FollowUp, language: str, place: Place | None = None) -> Promise:
    """One promise as a page shows it; `place` of what it is about, where a plugin tells it."""
    owner = db.find(Organisation, id=made.owner_id) if made.owner_id else None
    return as_shown(db, made, owner.names if owner else None, language, place)


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


def bodies(db: TenantSession) -> list[Organisation]:
    """The organisations that may owe an answer: working groups, boards, units."""
    return list(db.scalars(for_tenant(db, Organisation).where(Organisation.body.is_(True))))


def _step(
    db: TenantSession,
    made: FollowUp,
    source: str,
    by: UUID | None,
    language: str,
    submission: UUID,
    *,
    answer: bool = False,
) -> UUID:
    """Add an entry to the trail, with the state that the promise is in now; returns its id."""
    step = FollowUpEvent(
        id=new_id(),
        tenant_id=db.tenant.id,
        follow_up_id=made.id,
        at=clock.now(),
        author_id=by,
        state=made.state,
        answer=answer,
        source=source,
        html=rendered(source),
        language=language,
        submission=submission,
    )
    db.add(step)
    db.flush()
    return step.id


def brief(number: int, owner: str, due_on: date, state: str, answered_at: datetime | None, *, today: date) -> Brief:
    """A promise out of its columns, for plugins that read them together with their own rows; `owner`: who owes it."""
    return Brief(number, **_facts(owner, due_on, state, answered_at, today))


def _facts(owner: str, due_on: date, state: str, answered_at: datetime | None, today: date) -> dict[str, Any]:
    return {
        "owner": owner,
        "due_on": due_on,
        "state": state,
        "answered_at": answered_at,
        "standing": "answered" if answered_at else "overdue" if due_on < today else "open",
        "days_left": (due_on - today).days,
    }


def as_shown(
    db: TenantSession, made: FollowUp, owner_names: Mapping[str, str] | None, language: str, place: Place | None
) -> Promise:
    """A promise out of its row; its owner's name in this language, else in one of the site's."""
    owner, today = text_in(owner_names or {}, language, *db.tenant.languages), clock.today(db.tenant.time_zone)
    return Promise(
        made.number,
        **_facts(owner, made.due_on, made.state, made.answered_at, today),
        id=made.id,
        title=place.title if place else made.title,
        language=place.language if place else made.language,
        path=place.path if place else "",
        subject_kind=made.subject_kind,
        subject_id=made.subject_id,
        area_id=made.area_id,
        created_at=made.created_at,
    )

"""When a member is told: by mail at once, daily, weekly or never, on devices at once, and not in quiet hours.

Who has chosen nothing gets at once what is meant for them (somebody answered them, a promise was kept) and once a week what
they follow: village people read mail, and a mail a day about what others talk of would be one too many. Devices tell what is
meant for them, and of the rest what comes at once by mail as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.db import TenantSession, UtcDateTime
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id
from talkoot.notices.kinds import DIRECT
from talkoot.notices.models import OFTEN, MailChoice, Notice
from talkoot.people.models import Membership
from talkoot.push.models import PushSubscription

DIGEST_HOUR = 8  # in the tenant's zone
DIGEST_WEEKDAY = 3  # Thursday: what is on at the weekend can still be planned
OFTEN_TITLES = {
    "now": lazy("At once"),
    "daily": lazy("Once a day, at eight in the morning"),
    "weekly": lazy("Once a week, on Thursday morning"),
    "never": lazy("No mail"),
}
_choice, _notice, _member, _device = (m.__table__ for m in (MailChoice, Notice, Membership, PushSubscription))


@dataclass(frozen=True)
class Choice:
    """What a member has chosen; as made here, what holds for who has not."""

    direct: str = "now"
    rest: str = "weekly"
    quiet_from: int = 21
    quiet_to: int = 7
    follow_own: bool = True


DEFAULT = Choice()
FIELDS = tuple(Choice.__dataclass_fields__)


class Due(NamedTuple):
    """When mail about something that happens now is due, by how often somebody wants it."""

    now: datetime
    daily: datetime
    weekly: datetime


def of(db: TenantSession, member_id: UUID) -> Choice:
    """The member's choice."""
    columns = [_choice.c[name] for name in FIELDS]
    own = (_choice.c.tenant_id == db.tenant.id, _choice.c.membership_id == member_id)
    row = db.execute(select(*columns).where(*own)).one_or_none()
    return Choice(**row._mapping) if row else DEFAULT


def save(db: TenantSession, member_id: UUID, choice: Choice) -> None:
    """Keep the choice. What has not been mailed yet is due as if it had been made before. Raises InvalidError."""
    hours = {choice.quiet_from, choice.quiet_to}
    if choice.direct not in OFTEN or choice.rest not in OFTEN or not hours <= set(range(24)):
        raise InvalidError(gettext("Choose one of the options."), "direct")
    values = {name: getattr(choice, name) for name in FIELDS}
    made = insert(_choice).values(tenant_id=db.tenant.id, id=new_id(), membership_id=member_id, **values)
    db.execute(made.on_conflict_do_update(index_elements=["tenant_id", "membership_id"], set_=values))
    _due_anew(db, member_id, choice)


def unsubscribe(db: TenantSession, member_id: UUID, what: str) -> None:
    """No more mail: `rest` of what the member follows, `all` of anything. The page goes on telling."""
    found = of(db, member_id)
    values = {name: getattr(found, name) for name in FIELDS} | {"rest": "never"}
    save(db, member_id, Choice(**values | ({"direct": "never"} if what == "all" else {})))


def _due_anew(db: TenantSession, member_id: UUID, choice: Choice) -> None:
    """The notices that no mail has taken and that are not read: due by the new choice."""
    due, direct = moments(db), _notice.c.kind.in_(DIRECT)
    waits = (_notice.c.mail_id.is_(None), _notice.c.read_at.is_(None), _notice.c.due_at.is_not(None))
    own = (_notice.c.tenant_id == db.tenant.id, _notice.c.membership_id == member_id, *waits)
    for condition, often in ((direct, choice.direct), (~direct, choice.rest)):
        db.execute(update(_notice).where(*own, condition).values(due_at=getattr(due, often, None)))
    if choice.rest != "now":
        to_push = (*own[:2], _notice.c.push_at.is_not(None), _notice.c.push_id.is_(None))
        db.execute(update(_notice).where(*to_push, ~direct).values(push_at=None))


def moments(db: TenantSession) -> Due:
    """When mail is due about something that happens now."""
    zone = clock.zone(db.tenant.time_zone)
    here = clock.now().astimezone(zone)
    morning = here.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    if morning <= here:
        morning += timedelta(days=1)
    week = morning + timedelta(days=(DIGEST_WEEKDAY - morning.weekday()) % 7)
    return Due(clock.now(), morning, week)


def due_for(direct: bool, due: Due) -> ColumnElement[Any]:
    """For statements over members outer-joined with their choices: when mail is due, NULL for never."""
    often = _or_default("direct" if direct else "rest")
    return case({name: literal(moment, UtcDateTime()) for name, moment in due._asdict().items()}, value=often)


def push_due_for(direct: bool, due: Due) -> ColumnElement[Any]:
    """For the same statements: when the member's devices are told, NULL for never."""
    has_device = exists().where(_device.c.tenant_id == _member.c.tenant_id, _device.c.membership_id == _member.c.id)
    wanted = has_device if direct else and_(has_device, _or_default("rest") == "now")
    return case((wanted, literal(due.now, UtcDateTime())))


def is_awake(db: TenantSession) -> ColumnElement[bool]:
    """For the same statements: whether it is outside of the member's quiet hours."""
    hour = clock.now().astimezone(clock.zone(db.tenant.time_zone)).hour
    begin, end = _or_default("quiet_from"), _or_default("quiet_to")
    return or_(
        begin == end,
        and_(begin < end, or_(begin > hour, end <= hour)),
        and_(begin > end, begin > hour, end <= hour),
    )


def follows_own() -> ColumnElement[bool]:
    """For the same statements: whether writing in a conversation follows it."""
    return or_(_choice.c.follow_own.is_(None), _choice.c.follow_own.is_(True))


def _or_default(name: str) -> ColumnElement[Any]:
    return func.coalesce(_choice.c[name], getattr(DEFAULT, name))

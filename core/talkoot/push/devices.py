"""The phones and computers on which a member wants to be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.config import Settings
from talkoot.db import TenantSession
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot.people.models import Membership, Person
from talkoot.push import services
from talkoot.push.models import PushSubscription

REMEMBERED = 20  # jobs of each device: more than wait for a service that is away
MOST = 5  # of a member: the next takes the place of the oldest
_device, _member, _person = PushSubscription.__table__, Membership.__table__, Person.__table__


@dataclass(frozen=True)
class Given:
    """What a browser tells of itself (the Push API's PushSubscription)."""

    endpoint: str
    p256dh: str
    auth: str

    def check(self, settings: Settings) -> None:
        """Raises InvalidError when it is not of a push service that we talk to, or its keys are none."""
        from talkoot.push import sealing  # needs a package that others do not

        if not services.is_known(settings, self.endpoint) or not sealing.are_keys(self.p256dh, self.auth):
            raise InvalidError(gettext("Notices cannot come to this browser. They go on coming by mail."), "device")


def add(db: TenantSession, settings: Settings, member_id: UUID, given: Given, device: str) -> None:
    """The member wants to be told in this browser, whoever wanted it there before. Raises InvalidError."""
    given.check(settings)
    whose = {"membership_id": member_id, "nonce": _nonce(db, member_id), "device": device, "created_at": clock.now()}
    values = {**whose, **asdict(given), "told": []}
    made = insert(_device).values(tenant_id=db.tenant.id, id=new_id(), **values)
    fresh = {**values, "told_at": None}
    db.execute(made.on_conflict_do_update(index_elements=["tenant_id", "endpoint"], set_=fresh))
    dead = (
        _device.c.tenant_id == db.tenant.id,
        _device.c.membership_id == member_id,
        _device.c.nonce != whose["nonce"],
    )
    db.execute(delete(_device).where(*dead))  # told nothing any more, since before a new password
    for too_many in of(db, member_id)[MOST:]:
        remove(db, member_id, too_many.id)


def _nonce(db: TenantSession, member_id: UUID) -> str:
    query = select(_person.c.nonce).join_from(_member, _person, _person.c.id == _member.c.person_id)
    own = (_member.c.tenant_id == db.tenant.id, _member.c.id == member_id)
    return str(db.execute(query.where(*own)).scalar_one())


def of(db: TenantSession, member_id: UUID) -> Sequence[Row[Any]]:
    """The member's devices that are told, the newest first."""
    columns = (_device.c[name] for name in ("id", "endpoint", "device", "created_at", "told_at"))
    query = select(*columns).where(_device.c.nonce == _nonce(db, member_id))
    own = (_device.c.tenant_id == db.tenant.id, _device.c.membership_id == member_id)
    return db.execute(query.where(*own).order_by(_device.c.created_at.desc(), _device.c.id.desc())).all()


def remove(db: TenantSession, member_id: UUID, device_id: UUID) -> None:
    """The member does not want to be told there any more; raises NotFoundError when it is not theirs."""
    own = (_device.c.tenant_id == db.tenant.id, _device.c.membership_id == member_id, _device.c.id == device_id)
    if not db.execute(delete(_device).where(*own)).rowcount:  # type: ignore[attr-defined]
        raise NotFoundError


def note(db: TenantSession, job: UUID, told: Iterable[Row[Any]], gone: Iterable[Row[Any]]) -> None:
    """What became of a message: devices that have it, and those that their push service knows no more."""
    mine, moment = _device.c.tenant_id == db.tenant.id, clock.now()
    db.execute(delete(_device).where(mine, _device.c.id.in_([one.id for one in gone])))
    for one in told:
        lately = [*one.told, job.hex][-REMEMBERED:]
        db.execute(update(_device).where(mine, _device.c.id == one.id).values(told_at=moment, told=lately))

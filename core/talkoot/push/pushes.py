"""The message that tells a member's devices of notices: composed of the rows it has taken, as they are now, and handed over.

It is encrypted, so that push services learn when somebody is told something and nothing else. It says what the page of
notices says, without the words of posts: a phone shows it to whoever looks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from http.client import HTTPException
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from sqlalchemy import Integer, Row, Select, bindparam, select

from talkoot import i18n
from talkoot.db import Id, TenantSession
from talkoot.notices import listing
from talkoot.notices.kinds import KINDS
from talkoot.notices.listing import Group
from talkoot.people.models import Membership, Person
from talkoot.push import devices, services
from talkoot.push.models import PushSubscription
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.push")
KEPT_FOR = timedelta(days=1)  # how long a push service keeps it for a device that is off; the mail comes in any case
GONE, BUSY = (404, 410), (408, 425, 429)  # RFC 8030, 7.3; RFC 6585 and 8470
MOST_TITLES, LONGEST = 3, 100
_device, _member, _person = (m.__table__ for m in (PushSubscription, Membership, Person))


@dataclass(frozen=True)
class Push:
    """A message on its way to these devices of one member."""

    tenant: Tenant
    job: UUID
    text: bytes
    devices: Sequence[Row[Any]]


class NotTakenError(Exception):
    """A push service was away or busy: those devices are told later."""


# Made once: putting a statement together costs more than running it.
_to: Select[Any] = (
    select(*(_device.c[name] for name in ("id", "endpoint", "p256dh", "auth", "told")), _member.c.language)
    .join_from(
        _device, _member, (_member.c.tenant_id == _device.c.tenant_id) & (_member.c.id == _device.c.membership_id)
    )
    .join(_person, (_person.c.id == _member.c.person_id) & (_person.c.nonce == _device.c.nonce))
    .where(_device.c.tenant_id == bindparam("tenant", type_=Integer))
    .where(_device.c.membership_id == bindparam("member", type_=Id()))
    .where(_member.c.blocked_at.is_(None), _member.c.erased_at.is_(None), _person.c.blocked_at.is_(None))
)


def compose(app: Talkoot, db: TenantSession, member_id: UUID, job: UUID) -> Push | None:
    """The message of a job; None when all has been read meanwhile or may not be seen, or every device has it."""
    if not services.is_offered(app.settings):
        return None
    of_member = db.connection().execute(_to, {"tenant": db.tenant.id, "member": member_id}).all()
    untold = [device for device in of_member if job.hex not in device.told]
    to = [device for device in untold if services.is_known(app.settings, device.endpoint)]
    groups = listing.of_push(db, app.registry, member_id, job) if to else []
    if not groups:
        return None
    language = to[0].language
    with i18n.speaking(language):
        said = {"title": db.tenant.name(language), **_said(groups)}
    said |= {"lang": language, "dir": i18n.direction(language), "tag": job.hex}
    return Push(db.tenant, job, json.dumps(said, ensure_ascii=False).encode(), to)


def _said(groups: Sequence[Group]) -> dict[str, str]:
    """What is said and where it leads to: of one notice who did what, of several how many there are."""
    titles = [_line(group.place.title) or i18n.gettext("Your feedback") for group in groups]
    items = [item for group in groups for item in group.items]
    if len(items) == 1:
        words = _line(f"{items[0].who} {KINDS[items[0].kind].words}")
        return {"body": f"{titles[0]}\n{words}", "path": items[0].path}
    count = i18n.ngettext("%(num)d new notice", "%(num)d new notices", len(items))
    more = ["…"] if len(titles) > MOST_TITLES else []
    return {"body": "\n".join([count, *titles[:MOST_TITLES], *more]), "path": "my/notices/"}


def _line(text: str) -> str:
    return " ".join(text.split())[:LONGEST]


def send(app: Talkoot, push: Push) -> None:
    """Hand it to each device's push service; raises NotTakenError when one did not take it now, for a later try."""
    answers = [(device, _answer(app, push, device)) for device in push.devices]
    with app.database.session(push.tenant, writing=True) as db:
        db.quiet = True
        devices.note(
            db,
            push.job,
            told=[device for device, status in answers if 200 <= status < 300],
            gone=[device for device, status in answers if status in GONE],
        )
    if later := [status for _, status in answers if status in BUSY or status >= 500 or not status]:
        raise NotTakenError(f"{len(later)} of {len(answers)} devices could not be told: {later}")


def _answer(app: Talkoot, push: Push, device: Row[Any]) -> int:
    """The status that the service answers; 0 when it does not."""
    from talkoot.push import keys, sealing  # need a package that others do not

    headers = {
        "Authorization": keys.authorization(app.settings, device.endpoint),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT_FOR.total_seconds())),
        "Topic": push.job.hex,  # one that is sent again takes the place of the first (RFC 8030, 5.4)
    }
    host = urlsplit(device.endpoint).hostname
    try:
        status = services.post(device.endpoint, headers, sealing.sealed(push.text, device.p256dh, device.auth))
    except (OSError, HTTPException) as error:
        log.warning("push_service_away", host=host, error=type(error).__name__)
        return 0
    if not (200 <= status < 300 or status in GONE):
        log.warning("push_not_taken", host=host, status=status)
    return status

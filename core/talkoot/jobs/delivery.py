"""Delivery of outbox rows: directly through huey after the commit, by the relay when that was lost.

huey deletes a task when it takes it, so a worker killed mid-task loses it; the row's lease then ends and the relay sends
it again. huey's queue is a file of its own: losing it loses nothing.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from huey import SqliteHuey
from sqlalchemy import Connection, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from talkoot import clock
from talkoot.db import Id, UtcDateTime
from talkoot.jobs.handlers import MESSAGES, Message, handlers
from talkoot.jobs.models import Outbox, ScheduleTick

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

log = structlog.get_logger("talkoot.jobs")
GIVE_UP_AFTER = 12
LEASE = timedelta(minutes=2)
WHILE_CLOSED = timedelta(minutes=10)  # how often a closed site's jobs look whether it is open again
_outbox = Outbox.__table__
# Made once: putting them together costs more than running them, and every job asks both.
_moment, _this = bindparam("moment", type_=UtcDateTime()), _outbox.c.id == bindparam("job", type_=Id())
_CLAIMED = (
    update(_outbox)
    .where(_this, _outbox.c.done_at.is_(None), (_outbox.c.tries == 0) | (_outbox.c.lease_until < _moment))
    .values(tries=_outbox.c.tries + 1, lease_until=bindparam("until", type_=UtcDateTime()))
    .returning(_outbox.c.tenant_id, _outbox.c.kind, _outbox.c.subject_id, _outbox.c.tries)
)
_DONE = update(_outbox).where(_this).values(done_at=_moment, error=None)


def queue(app: Talkoot) -> Any:
    """huey on a file in the instance folder; it carries outbox ids and nothing else."""
    app.settings.instance.mkdir(parents=True, exist_ok=True)
    return SqliteHuey("talkoot", filename=str(app.settings.instance / "queue.db"), results=False, utc=True)


def run_each(app: Talkoot, identities: Iterable[UUID]) -> None:
    """Do these jobs, one after the other. What one raises keeps no other from its turn: the relay comes back to it."""
    for identity in identities:
        try:
            run_one(app, identity)
        except Exception:
            log.exception("job_put_off", job=str(identity))


def run_one(app: Talkoot, identity: UUID) -> bool:
    """Do the job of a row if nobody else is at it; returns whether it is done. A closed site's jobs wait for it to open."""
    row = _claim(app, identity)
    if row is None:
        return False
    started, tenant = time.perf_counter(), None
    try:
        tenant = _tenant(app, row.tenant_id) if row.tenant_id else None
        if row.tenant_id and tenant is None:
            _keep_while_closed(app, identity, row.tries)
            return False
        if message := MESSAGES.get(row.kind):
            _send(app, message, tenant, row.subject_id, identity)
        else:
            _handle(app, row.kind, tenant, row.subject_id, identity)
    except Exception as error:
        log.exception("job_failed", kind=row.kind, tenant=tenant.slug if tenant else None, tries=row.tries)
        _postpone(app, identity, row.tries, repr(error))
        return False
    log.info(
        "job",
        kind=row.kind,
        tenant=tenant.slug if tenant else None,
        ms=round((time.perf_counter() - started) * 1000, 1),
    )
    return True


def _tenant(app: Talkoot, tenant_id: int) -> Tenant | None:
    """The job's tenant; None when it is closed. One that is not known may be younger than what is known."""
    return app.directory.current().by_id.get(tenant_id) or app.directory.renew().by_id.get(tenant_id)


def _handle(app: Talkoot, kind: str, tenant: Tenant | None, subject_id: UUID, identity: UUID) -> None:
    """Do it and mark it done in one transaction. Without a handler its plugin is gone: there is nothing to do any more."""
    with app.app_context(), app.database.session(tenant, writing=True) as db:
        db.quiet = True
        if handler := handlers(app).get(kind):
            handler(app, db, subject_id, identity)
        _mark_done(db.connection(), identity)
    app.handover.take(db.info.pop("outbox", ()))  # jobs that this one has left


def _send(app: Talkoot, message: Message, tenant: Tenant | None, subject_id: UUID, identity: UUID) -> None:
    """Send a mail while no transaction is open: a mail server that stalls would hold up everybody who writes."""
    with app.app_context(), app.database.session(tenant) as db:
        composed = message.compose(app, db, subject_id, identity)
    if composed is not None:
        message.way.send(app, composed)
    with app.database.begin() as connection:
        _mark_done(connection, identity)


def relay(app: Talkoot, limit: int = 200) -> list[UUID]:
    """Rows whose lease has ended and that are not done: to be run again."""
    with app.database.session(None) as db:
        query = select(_outbox.c.id).where(_outbox.c.done_at.is_(None), _outbox.c.lease_until < clock.now())
        return list(
            db.scalars(query.where(_outbox.c.tries < GIVE_UP_AFTER).order_by(_outbox.c.lease_until).limit(limit))
        )


def take_tick(app: Talkoot, name: str, every: timedelta) -> bool:
    """Whether this worker is the one to act on the present tick of a schedule: two workers never both are."""
    seconds = int(every.total_seconds())
    due = datetime.fromtimestamp(clock.now().timestamp() // seconds * seconds, tz=clock.now().tzinfo)
    try:
        with app.database.session(None, writing=True) as db:
            db.quiet = True
            db.execute(insert(ScheduleTick).values(name=name, due_at=due))
    except IntegrityError:
        return False
    return True


def _claim(app: Talkoot, identity: UUID) -> Any:
    moment = clock.now()
    with app.database.begin() as connection:
        return connection.execute(_CLAIMED, {"job": identity, "moment": moment, "until": moment + LEASE}).one_or_none()


def _mark_done(connection: Connection, identity: UUID) -> None:
    connection.execute(_DONE, {"job": identity, "moment": clock.now()})


def _keep_while_closed(app: Talkoot, identity: UUID, tries: int) -> None:
    """Not a failed try, however long it lasts."""
    with app.database.session(None, writing=True) as db:
        db.quiet = True
        later = {"tries": max(tries - 1, 1), "lease_until": clock.now() + WHILE_CLOSED, "error": "the site is closed"}
        db.execute(update(_outbox).where(_outbox.c.id == identity).values(later))


def _postpone(app: Talkoot, identity: UUID, tries: int, error: str) -> None:
    wait = timedelta(seconds=min(30 * 2**tries, 6 * 3600))
    with app.database.session(None, writing=True) as db:
        db.quiet = True
        db.execute(
            update(_outbox).where(_outbox.c.id == identity).values(lease_until=clock.now() + wait, error=error[:1000])
        )

"""The worker process: huey's consumers do the jobs, the main thread sends lost ones again and keeps the schedule."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select

from talkoot import clock
from talkoot.audit import chain
from talkoot.conversations import drafts, reading
from talkoot.files import sweeping
from talkoot.incoming import answers, imap
from talkoot.jobs import delivery
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.notices import bookmarks, fan_out, waiting
from talkoot.people import accounts, lifetimes, lockout, unconfirmed
from talkoot.site import summaries

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

log = structlog.get_logger("talkoot.jobs")
RELAY_SECONDS = 10
KEEP_DONE = timedelta(days=7)


def serve(app: Talkoot, stop: threading.Event | None = None) -> None:
    """Work until SIGTERM or SIGINT (or `stop`); a job in hand is finished first."""
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
    consumer = app.deliver.huey.create_consumer(  # by way of the task, so that the queue knows what it finds
        workers=2, periodic=False, check_worker_health=True, initial_delay=0.05, max_delay=1
    )
    _quiet_signals(consumer)
    consumer.start()
    mailbox = imap.begin(app, stop)
    log.info("worker_started")
    try:
        while not stop.wait(RELAY_SECONDS):
            send_again(app)
            keep_schedule(app)
    finally:
        consumer.stop(graceful=True)
        if mailbox:
            mailbox.join()
        log.info("worker_stopped")


def tick(app: Talkoot) -> None:
    """One round of relay and schedule in this process, for tests and `talkoot jobs once`: no consumer runs beside it."""
    try:
        for identity in delivery.relay(app):
            delivery.run_one(app, identity)
    except Exception:
        log.exception("tick_failed")
    keep_schedule(app)


def send_again(app: Talkoot) -> None:
    """Queue the jobs whose lease has ended, but for those that are in the queue: the consumers are busy with others."""
    try:
        queued = {identity for task in app.deliver.huey.pending() for identity in task.args[0]}
        app.handover.take(identity for identity in delivery.relay(app) if str(identity) not in queued)
    except Exception:
        log.exception("relay_failed")


def keep_schedule(app: Talkoot) -> None:
    """Do what is due every minute and every day, unless another worker has taken it."""
    try:
        if delivery.take_tick(app, "minute", timedelta(minutes=1)):
            _every_minute(app)
        if delivery.take_tick(app, "day", timedelta(days=1)):
            _every_day(app)
    except Exception:
        log.exception("tick_failed")


def run_all(app: Talkoot) -> int:
    """Do every waiting job now, in this process; returns how many."""
    done = 0
    while ids := _undone(app):
        for identity in ids:
            done += delivery.run_one(app, identity)
        if not any(identity not in _undone(app) for identity in ids):
            break
    return done


def _undone(app: Talkoot) -> list[UUID]:
    with app.database.session(None) as db:
        return list(
            db.scalars(select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.tries == 0).order_by(Outbox.created_at))
        )


def _every_minute(app: Talkoot) -> None:
    _in_each_tenant(app, summaries.refresh)
    _in_each_tenant(app, _notices)
    _in_each_tenant(app, _tick_plugins)


def _notices(app: Talkoot, tenant: Tenant) -> None:
    """Reminders whose time has come, and the mail about what is due."""
    with app.database.session(tenant) as db:
        if not waiting.is_anything_due(db):
            return
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        bookmarks.give_reminders(db)
        waiting.collect(db)
    app.handover.take(db.info.pop("outbox", ()))


def _late_answers(app: Talkoot, tenant: Tenant) -> None:
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        fan_out.overdue(db)


def _tick_plugins(app: Talkoot, tenant: Tenant) -> None:
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        for _ in app.registry.collect("worker_tick", tenant, db=db):
            pass


def _in_each_tenant(app: Talkoot, act: Callable[[Talkoot, Tenant], object]) -> None:
    """Do something for every tenant: what fails in one is logged and keeps no other from its turn."""
    for tenant in app.directory.current().tenants:
        try:
            with app.app_context():
                act(app, tenant)
        except Exception:
            log.exception("tick_failed", tenant=tenant.slug, what=act.__name__)
            app.directory.renew()  # raises when it is the database that is away: then the others need not be tried


def _every_day(app: Talkoot) -> None:
    with app.database.session(None, writing=True) as db:
        db.quiet = True
        db.execute(delete(Outbox).where(Outbox.done_at < clock.now() - KEEP_DONE))
        db.execute(delete(ScheduleTick).where(ScheduleTick.due_at < clock.now() - KEEP_DONE))
        accounts.end_idle_sessions(db, lifetimes.RESIDENT.idle)
        lockout.forget_old(db)
        answers.forget_strangers(db)
    _in_each_tenant(app, answers.forget_old)
    _in_each_tenant(app, _late_answers)
    _in_each_tenant(app, _note_head)
    _in_each_tenant(app, _forget_what_was_read)
    _in_each_tenant(app, drafts.sweep)
    _in_each_tenant(app, _sweep_files)
    unconfirmed.delete_old(app)


def _forget_what_was_read(app: Talkoot, tenant: Tenant) -> None:
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        reading.forget_old(db)


def _note_head(app: Talkoot, tenant: Tenant) -> None:
    """Where the tenant's log ends goes to the program's own log: kept elsewhere, it shows whether lines were changed since."""
    with app.database.session(tenant) as db:
        end = chain.head(db)
    if end != chain.EMPTY:
        log.info("audit_head", tenant=tenant.slug, lines=end.seq, chain=end.chain)


def _sweep_files(app: Talkoot, tenant: Tenant) -> None:
    """Pictures that stand in no text go, rows first; then files that no row names."""
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        forgotten = sweeping.forget_unused(db)
    with app.database.session(tenant) as db:
        swept = sweeping.sweep(db, app.storage)
    if forgotten or swept:
        log.info("files_swept", tenant=tenant.slug, pictures=forgotten, files=swept)


def _quiet_signals(consumer: Any) -> None:
    """The signal handlers are ours: huey's would stop the process without the relay's last round."""
    consumer._set_signal_handlers = lambda: None

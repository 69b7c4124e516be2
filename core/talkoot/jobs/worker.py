"""The worker process: runs huey's consumer, the relay every ten seconds and the schedule every minute."""

from __future__ import annotations

import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import delete, select

from talkoot import clock
from talkoot.audit import chain
from talkoot.jobs import delivery
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.people import accounts, lifetimes
from talkoot.site import summaries

if TYPE_CHECKING:
    from talkoot.app import Talkoot

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
    log.info("worker_started")
    try:
        while not stop.wait(RELAY_SECONDS):
            tick(app)
    finally:
        consumer.stop(graceful=True)
        log.info("worker_stopped")


def tick(app: Talkoot) -> None:
    """One round of relay and schedule; also what tests and `talkoot jobs once` call."""
    try:
        for identity in delivery.relay(app):
            delivery.run_one(app, identity)
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
    for tenant in app.directory.current().tenants:
        with app.app_context():
            summaries.refresh(app, tenant)
            with app.database.session(tenant, writing=True) as db:
                db.quiet = True
                for _ in app.registry.collect("worker_tick", tenant, db=db):
                    pass


def _every_day(app: Talkoot) -> None:
    with app.database.session(None, writing=True) as db:
        db.quiet = True
        db.execute(delete(Outbox).where(Outbox.done_at < clock.now() - KEEP_DONE))
        db.execute(delete(ScheduleTick).where(ScheduleTick.due_at < clock.now() - KEEP_DONE))
        accounts.end_idle_sessions(db, lifetimes.RESIDENT.idle)
    _note_heads(app)


def _note_heads(app: Talkoot) -> None:
    """Where each log ends goes to the program's own log: kept elsewhere, it shows whether lines were changed since."""
    for tenant in app.directory.current().tenants:
        with app.database.session(tenant) as db:
            end = chain.head(db)
        if end != chain.EMPTY:
            log.info("audit_head", tenant=tenant.slug, lines=end.seq, chain=end.chain)


def _quiet_signals(consumer: Any) -> None:
    """The signal handlers are ours: huey's would stop the process without the relay's last round."""
    consumer._set_signal_handlers = lambda: None

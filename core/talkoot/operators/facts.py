"""The installation itself: version, what is installed, whether tenants are kept apart, whether the worker works."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import func, select

import talkoot
from talkoot import clock
from talkoot.config import Settings
from talkoot.db import TenantSession, isolation
from talkoot.jobs.delivery import GIVE_UP_AFTER
from talkoot.jobs.models import Outbox, ScheduleTick

LATE = timedelta(minutes=5)


@dataclass(frozen=True)
class Facts:
    """What an operator asks first when something is wrong."""

    version: str
    python: str
    database: str
    mail: str
    problems: list[str]  # of the isolation between tenants; empty is good
    waiting: int
    oldest: datetime | None
    given_up: int
    last_tick: datetime | None

    @property
    def worker_works(self) -> bool:
        """Whether the worker has ticked lately and no job has waited long."""
        now = clock.now()
        ticked = self.last_tick is not None and self.last_tick > now - LATE
        return ticked and (self.oldest is None or self.oldest > now - LATE)


def read(db: TenantSession, settings: Settings) -> Facts:
    """All facts, as they are now."""
    undone = Outbox.done_at.is_(None)
    waiting, oldest = db.execute(
        select(func.count(), func.min(Outbox.created_at)).where(undone, Outbox.tries < GIVE_UP_AFTER)
    ).one()
    given_up = db.execute(select(func.count()).select_from(Outbox).where(undone, Outbox.tries >= GIVE_UP_AFTER))
    return Facts(
        version=talkoot.__version__,
        python=platform.python_version(),
        database=_database(db),
        mail=urlsplit(settings.mail_url).scheme or "?",
        problems=_problems(db, settings),
        waiting=waiting,
        oldest=oldest,
        given_up=given_up.scalar_one(),
        last_tick=db.execute(select(func.max(ScheduleTick.due_at)).where(ScheduleTick.name == "minute")).scalar(),
    )


def _database(db: TenantSession) -> str:
    dialect = db.connection().dialect
    version = ".".join(str(part) for part in dialect.server_version_info or ())
    return f"{'PostgreSQL' if dialect.name == 'postgresql' else 'SQLite'} {version}"


def _problems(db: TenantSession, settings: Settings) -> list[str]:
    found = isolation.lint_models()
    if not settings.is_sqlite:
        found += isolation.lint_database(db.connection(), settings.accepted_missing_layers)
    return found

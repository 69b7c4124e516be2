"""An installation for tests on either database: made once per process, put back as it was before every test."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from talkoot import migrate, registry
from talkoot.app import Talkoot, create_app
from talkoot.config import Settings
from talkoot.db.model import Base
from talkoot.mail import messages
from talkoot.memory import Memory
from talkoot.testing.postgres import Cluster

SECRET = "this key signs nothing outside of the tests"
Restore = Callable[[], None]


@dataclass
class Installation:
    """The application, its settings, and the way back to how its data were when `keep` was called."""

    app: Talkoot
    restore: Restore = field(default=lambda: None)
    release: Restore = field(default=lambda: None)
    delivered: list[UUID] = field(default_factory=list)  # outbox ids handed to the queue; tests run them by hand

    def keep(self, cluster: Cluster | None) -> None:
        """Remember all rows as they are now."""
        self.app.database.dispose()
        if self.app.settings.is_sqlite:
            self.restore, self.release = _sqlite_restore(Path(make_url(self.app.settings.url).database or ""))
        else:
            assert cluster is not None
            self.restore, self.release = _postgresql_restore(cluster, make_url(self.app.settings.url).database or "")

    def open_connections(self) -> int:
        """Database connections that somebody has taken and not given back."""
        return int(self.app.database.engine.pool.checkedout())  # type: ignore[attr-defined]

    def close(self) -> None:
        """Give everything back at the end of the run."""
        self.app.database.dispose()
        self.release()

    def renew(self) -> None:
        """Put back the rows, and forget what the process remembers of the last test."""
        self.restore()
        self.delivered.clear()
        for folder in (messages.mailbox(self.app), self.app.settings.instance / "uploads"):
            shutil.rmtree(folder, ignore_errors=True)
        directory, cache, guard = self.app.directory, self.app.page_cache, self.app.registry.guard
        directory.forget()
        directory.max_age = 0.0
        cache.pages = Memory(0)
        self.app.database.memory = Memory(self.app.database.memory.limit)
        guard._skipped_until.clear()
        self.app.limiter.storage.reset()
        self.app.extensions["talkoot_frames"].clear()  # stamps begin anew with the rows


def settings(folder: Path, database: str, cluster: Cluster | None = None, **changes: Any) -> Settings:
    """Settings of an installation in a folder; `database` is `sqlite` or the name of one in the cluster."""
    folder.mkdir(parents=True, exist_ok=True)
    values: dict[str, Any] = {"instance": folder, "secret_key": SECRET}
    if cluster is not None and database != "sqlite":
        values |= {"database_url": cluster.url(database), "owner_database_url": cluster.owner_url(database)}
    return Settings(**{**values, **changes})


def make(chosen: Settings, *, extra_plugins: tuple[ModuleType, ...] = ()) -> Installation:
    """Migrate and start the application. Its queue only notes what it is given: tests say when jobs run."""
    migrate.upgrade(chosen, registry.load(extra=extra_plugins))
    app = create_app(chosen, extra_plugins=extra_plugins)
    app.testing = True
    app.registry.guard.slow_seconds = 30.0  # a busy machine must not switch a hook off in the middle of a test
    made = Installation(app)
    app.__dict__["handover"] = SimpleNamespace(take=made.delivered.extend)
    return made


def _sqlite_restore(path: Path) -> tuple[Restore, Restore]:
    kept = sqlite3.connect(":memory:", check_same_thread=False)
    live = sqlite3.connect(path)
    live.backup(kept)
    live.close()

    def restore() -> None:
        target = sqlite3.connect(path, timeout=2, isolation_level=None)
        kept.backup(target)
        target.close()

    return restore, kept.close


def _postgresql_restore(cluster: Cluster, database: str) -> tuple[Restore, Restore]:
    """Rows are deleted and copied in again; that is several times quicker than TRUNCATE or a fresh copy of the database."""
    tables = [table.name for table in Base.metadata.sorted_tables]
    connection = cluster.connect(database)
    connection.execute("SET session_replication_role = replica")
    present = [
        row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE tablename = ANY(%s)", [tables])
    ]
    rows = {name: data for name in present if (data := _copied_out(connection, name))}
    empty = ";".join(f'DELETE FROM "{name}"' for name in present)

    def restore() -> None:
        with connection.transaction():
            connection.execute(empty.encode(), prepare=False)
            for name, data in rows.items():
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(name))) as copy:
                    copy.write(data)

    return restore, connection.close


def _copied_out(connection: psycopg.Connection[Any], name: str) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(name))) as copy:
        return b"".join(bytes(part) for part in copy)

"""Engines for PostgreSQL and SQLite, and how a transaction learns which tenant it belongs to."""

from __future__ import annotations

import json
import re
import select
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Dialect, Engine, bindparam, create_engine, event, text
from sqlalchemy.exc import DisconnectionError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from talkoot import clock
from talkoot.db import isolation
from talkoot.db.driver import PostgresConnection, PostgresCursor
from talkoot.db.model import Id, UtcDateTime
from talkoot.db.session import TenantSession
from talkoot.memory import Memory

if TYPE_CHECKING:
    from talkoot.config import Settings
    from talkoot.tenants.tenant import Tenant

STATEMENT_TIMEOUT_MS = 5_000
LOCK_TIMEOUT_MS = 2_000
POOL_TIMEOUT_S = 2.0
REMEMBERED_BYTES = 16 * 2**20  # in each process, of what was read (TenantSession.remembered)
WORDS = re.compile(rb'\[("[a-z_]*"(, )?)*\]')  # a JSON list of plain words
_now = bindparam("now", type_=UtcDateTime())
_job = (
    bindparam("id", type_=Id()),
    bindparam("subject_id", type_=Id()),
    bindparam("created_at", type_=UtcDateTime()),
    bindparam("lease_until", type_=UtcDateTime()),
)
_move = "UPDATE tenant_stamp SET n = n + 1, moved_at = :now WHERE tenant_id = :t"
_add = (
    "INSERT INTO outbox (id, tenant_id, kind, subject_id, created_at, lease_until, tries)"
    " VALUES (:id, :tenant_id, :kind, :subject_id, :created_at, :lease_until, 0)"
)
MOVE_STAMP = text(_move).bindparams(_now)
ADD_JOB = text(_add).bindparams(*_job)
ADD_JOB_AND_MOVE_STAMP = text(f"WITH job AS ({_add}) {_move}").bindparams(_now, *_job)  # SQLite's WITH only reads


class SqliteConnection(sqlite3.Connection):
    """An SQLite connection that knows the tenant of its transaction (the triggers ask it)."""

    tenant_id: int | None = None


class Database:
    """The application's way to its database: one engine, a pinned session per request and tenant."""

    def __init__(self, settings: Settings) -> None:
        self.is_sqlite = settings.is_sqlite
        self.engine = _sqlite_engine(settings) if self.is_sqlite else _postgresql_engine(settings)
        self.memory: Memory[Any] = Memory(REMEMBERED_BYTES)
        self._scoped: dict[tuple[int | None, bool], Engine] = {}

    def _engine_of(self, tenant_id: int | None, writing: bool) -> Engine:
        key = (tenant_id, writing)
        if key not in self._scoped:
            self._scoped[key] = self.engine.execution_options(talkoot_tenant=tenant_id, talkoot_writing=writing)
        return self._scoped[key]

    def open(self, tenant: Tenant | None, *, writing: bool = False) -> TenantSession:
        """A session the caller closes. `tenant=None`: the installation's own tables only."""
        engine = self._engine_of(tenant.id if tenant else None, writing)
        return TenantSession(engine, tenant=tenant, writing=writing, memory=self.memory)

    @contextmanager
    def session(self, tenant: Tenant | None, *, writing: bool = False) -> Iterator[TenantSession]:
        """A session for jobs, commands and tests: committed at the end when `writing`, rolled back on any error."""
        with self.open(tenant, writing=writing) as session:
            yield session
            if writing:
                commit(session)

    def connect(self, tenant: Tenant | None = None) -> Connection:
        """A bare connection that reads, of a tenant or outside of any, for what is asked all the time. Closed by the caller."""
        return self._engine_of(tenant.id if tenant else None, False).connect()

    def begin(self) -> AbstractContextManager[Connection]:
        """The same for one statement that writes what no page shows, such as a job's state: committed at the end.

        A session costs three times as much, which a worker that sends a thousand mails pays twice for each.
        """
        return self._engine_of(None, True).begin()

    def dispose(self) -> None:
        """Close all pooled connections (before a fork, after a test)."""
        self.engine.dispose()


def commit(session: TenantSession) -> None:
    """Commit; a write that pages may show also moves the tenant's stamp, in the same transaction.

    The jobs left in the session are written with it, in one statement where the database can: a tenth of a reply.
    """
    session.flush()
    if not session.quiet:
        moved = {"t": session.tenant_id or 0, "now": clock.now()}
        with_job = session.jobs and session.connection().dialect.name == "postgresql"
        if with_job:
            session.connection().execute(ADD_JOB_AND_MOVE_STAMP, {**session.jobs.pop(), **moved})
        else:
            session.connection().execute(MOVE_STAMP, moved)
    session.commit()


@event.listens_for(TenantSession, "before_commit")
def _write_jobs(session: TenantSession) -> None:
    if session.jobs and not session.in_nested_transaction():
        session.connection().execute(ADD_JOB, session.jobs)
        session.jobs.clear()


def _postgresql_engine(settings: Settings) -> Engine:
    engine = create_engine(
        _psycopg_url(settings.url),
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_timeout=POOL_TIMEOUT_S,
        json_deserializer=_from_json,
        hide_parameters=True,  # what people have written, and their addresses, stay out of the logs
        connect_args={
            "autocommit": True,  # BEGIN is ours: it names the tenant in the same round trip (below)
            "prepare_threshold": 0,  # everything prepared, so stacked statements are refused (security.md 3.3)
            "connect_timeout": 3,
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout={LOCK_TIMEOUT_MS} -c timezone=UTC",
        },
    )

    @event.listens_for(engine, "do_connect")
    def connect(_dialect: Dialect, _entry: ConnectionPoolEntry, parts: Any, options: Any) -> PostgresConnection:
        return PostgresConnection.connect(*parts, **options, cursor_factory=PostgresCursor)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        tenant_id, writing = options.get("talkoot_tenant"), options.get("talkoot_writing", False)
        mode = "BEGIN" if writing else "BEGIN READ ONLY"
        # Named also when there is none: a SET without LOCAL by careless code must not reach the connection's next user.
        scope = int(tenant_id) if tenant_id is not None else ""
        driver: Any = connection.connection.driver_connection
        driver.reading = not writing
        with _named_as_ours():
            driver.execute(f"{mode}; SET LOCAL talkoot.tenant = '{scope}'", prepare=False)

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, _entry: ConnectionPoolEntry, _proxy: Any) -> None:
        if _has_ended(connection):
            raise DisconnectionError("the server has ended this connection")  # the pool takes another

    return engine


def _from_json(text: bytes) -> Any:
    """Most JSON columns of most rows are empty or a short list of words, and a page reads forty."""
    if text == b"{}":
        return {}
    return list(_words(text)) if WORDS.fullmatch(text) else json.loads(text)


@lru_cache(maxsize=1024)
def _words(text: bytes) -> tuple[str, ...]:
    return tuple(json.loads(text))


@contextmanager
def _named_as_ours() -> Iterator[None]:
    """SQLAlchemy gives the driver's errors its own names, but not those raised in its events."""
    try:
        yield
    except (psycopg.OperationalError, sqlite3.OperationalError) as error:
        lost = isinstance(error, psycopg.OperationalError)
        raise OperationalError("BEGIN", None, error, connection_invalidated=lost) from error


def _has_ended(connection: psycopg.Connection[Any]) -> bool:
    """Whether anything is to be read on a connection at rest: then its server says goodbye or is gone. Asks nobody."""
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    return bool(poller.poll(0))


def _psycopg_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def _sqlite_engine(settings: Settings) -> Engine:
    engine = create_engine(
        settings.url,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_timeout=POOL_TIMEOUT_S,
        hide_parameters=True,
        connect_args={"isolation_level": None, "factory": SqliteConnection, "check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
        prepare_sqlite(connection)
        isolation.add_write_triggers(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        driver: Any = connection.connection.driver_connection
        driver.tenant_id = options.get("talkoot_tenant")
        with _named_as_ours():
            driver.execute("BEGIN IMMEDIATE" if options.get("talkoot_writing") else "BEGIN")

    return engine


def prepare_sqlite(connection: sqlite3.Connection) -> None:
    """WAL with full sync: an acknowledged write survives a crash; readers never wait for the writer."""
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000", "foreign_keys=ON", "cache_size=-8000"):
        connection.execute(f"PRAGMA {pragma}")


def owner_engine(settings: Settings) -> Engine:
    """The engine of migrations and bulk load: the owner on PostgreSQL, without write triggers on SQLite."""
    if not settings.is_sqlite:
        return create_engine(_psycopg_url(settings.owner_url), connect_args={"options": "-c timezone=UTC"})
    engine = create_engine(settings.url, connect_args={"isolation_level": None})

    @event.listens_for(engine, "connect")
    def connect(connection: Any, _entry: ConnectionPoolEntry) -> None:
        prepare_sqlite(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        reading = connection.get_execution_options().get("talkoot_reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine

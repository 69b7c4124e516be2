"""Migrations: core and each plugin have their own folder and their own version table (`alembic_version_<name>`).

A plugin can so be uninstalled without breaking a command, and is upgraded after what it requires. Every component is
one transaction on both databases; a run holds a lock, so that several may be started at once. The site is in use meanwhile:
a change that waits for a table soon gives way and tries again, because everybody else waits behind it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from alembic.autogenerate import RevisionContext, compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import Script, ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine, Table, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.types import JSON

from talkoot import models
from talkoot.config import Settings
from talkoot.db import isolation
from talkoot.db.engine import LOCK_TIMEOUT_MS, owner_engine
from talkoot.db.model import Base, Id, UtcDateTime
from talkoot.errors import SetupError
from talkoot.registry import Registry

HERE = Path(__file__).parent / "migrations"
LOCK = 0x7A11C007
TABLE_TIMEOUT_MS = LOCK_TIMEOUT_MS - 500  # visitors whose queries wait behind ours must not run into their own limit
TRIES, PAUSE_SECONDS = 5, 3.0
IN_USE = (
    "A table that has to be changed was in use all the time. Nothing is half done: wait until a long query or a backup has "
    "ended, and run the command again."
)
T = TypeVar("T")
assert models  # every table of core is declared, or `secure` and the comparison would leave some out


@dataclass(frozen=True)
class Component:
    """What is migrated as a whole: core or one plugin."""

    name: str
    versions: Path
    package: str

    @property
    def version_table(self) -> str:
        return f"alembic_version_{self.name}"

    def owns(self, table: str | None) -> bool:
        return table is not None and table in {t.name for t in self.tables()}

    def tables(self) -> list[Table]:
        mappers = [m for m in Base.registry.mappers if m.class_.__module__.partition(".")[0] == self.package]
        return [m.local_table for m in mappers if isinstance(m.local_table, Table)]

    def script(self) -> ScriptDirectory:
        return ScriptDirectory(str(HERE), version_locations=[str(self.versions)])


def components(registry: Registry) -> list[Component]:
    """Core first, then plugins after what they require."""
    found = [Component("core", HERE / "versions", "talkoot")]
    for name, loaded in registry.plugins.items():
        if folder := loaded.folder_named("migrations"):
            found.append(Component(name, folder, loaded.package))
    return found


def upgrade(settings: Settings, registry: Registry) -> list[str]:
    """Bring every component to its newest revision; returns a line for each that moved."""
    engine = owner_engine(settings)
    done = []
    try:
        with _lock(engine):
            for component in components(registry):
                done += _patiently(_upgrade_one, engine, component)
    finally:
        engine.dispose()
    return done


def _upgrade_one(engine: Engine, component: Component) -> list[str]:
    script = component.script()
    with _begin(engine) as connection:
        before = _current(connection, component)
        _run(connection, component, script, lambda rev, _context: script._upgrade_revs("heads", rev))
        if engine.dialect.name == "postgresql":
            isolation.secure(connection)
        after = _current(connection, component)
    return [f"{component.name}: {before or 'nothing'} → {after}"] if before != after else []


def downgrade(settings: Settings, registry: Registry, name: str, target: str) -> None:
    """Take one component back to `target` (a revision, or `base` to remove its tables)."""
    component = _find(registry, name)
    engine = owner_engine(settings)
    try:
        with _lock(engine):
            _patiently(_downgrade_one, engine, component, target)
    finally:
        engine.dispose()


def _downgrade_one(engine: Engine, component: Component, target: str) -> None:
    script = component.script()
    with _begin(engine) as connection:
        _run(connection, component, script, lambda rev, _context: script._downgrade_revs(target, rev))


def check(settings: Settings, registry: Registry) -> list[str]:
    """What is behind or differs between the models and the database, one sentence each."""
    engine = owner_engine(settings)
    problems = []
    with engine.connect() as connection:
        for component in components(registry):
            current, head = _current(connection, component), component.script().get_current_head()
            if current != head:
                problems.append(f"{component.name} is at {current or 'nothing'}, its newest revision is {head}")
                continue
            context = MigrationContext.configure(connection, opts=_options(component, engine.dialect.name))
            problems += [f"{component.name}: {difference}" for difference in compare_metadata(context, Base.metadata)]
    engine.dispose()
    return problems


def pending(connection: Connection, registry: Registry) -> bool:
    """Whether any component is behind: asked once at start, cheap."""
    return any(_current(connection, c) != c.script().get_current_head() for c in components(registry))


def revision(settings: Settings, registry: Registry, name: str, message: str) -> Path | None:
    """Write the next revision of a component out of what its models have and the database has not."""
    component = _find(registry, name)
    component.versions.mkdir(exist_ok=True)
    script = component.script()
    number = f"{len(list(script.walk_revisions())) + 1:04d}"
    arguments: dict[str, Any] = {
        "message": message,
        "autogenerate": True,
        "sql": False,
        "head": "head",
        "splice": False,
        "branch_label": None,
        "version_path": str(component.versions),
        "rev_id": number,
        "depends_on": None,
    }
    config = Config()
    context = RevisionContext(config, script, arguments)

    def retrieve(rev: Any, migration: MigrationContext) -> list[Any]:
        context.run_autogenerate(rev, migration)
        return []

    engine = owner_engine(settings)
    with engine.connect() as connection:
        _run(connection, component, script, retrieve)
    engine.dispose()
    written: list[Script | None] = list(context.generate_scripts())
    return Path(written[0].path) if written and written[0] else None


def revisions(connection: Connection, registry: Registry) -> dict[str, str | None]:
    """The revision that the database has of each component."""
    return {component.name: _current(connection, component) for component in components(registry)}


def _find(registry: Registry, name: str) -> Component:
    for component in components(registry):
        if component.name == name:
            return component
    raise SetupError(f"No component is called {name}. There are: {', '.join(c.name for c in components(registry))}")


def _current(connection: Connection, component: Component) -> str | None:
    return MigrationContext.configure(
        connection, opts={"version_table": component.version_table}
    ).get_current_revision()


def _run(connection: Connection, component: Component, script: ScriptDirectory, steps: Any) -> None:
    with EnvironmentContext(Config(), script, fn=steps, as_sql=False) as environment:
        environment.configure(connection=connection, **_options(component, connection.dialect.name))
        environment.run_migrations()


def _options(component: Component, dialect: str) -> dict[str, Any]:
    def own(name: str | None, kind: str, _parents: Any) -> bool:
        return kind != "table" or component.owns(name)

    def here(thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
        if kind == "index" and dialect != "postgresql" and thing.dialect_options["postgresql"]["using"]:
            return False  # of a way that only PostgreSQL has
        return kind != "table" or component.owns(name)

    return {
        "version_table": component.version_table,
        "target_metadata": Base.metadata,
        "include_name": own,
        "include_object": here,
        "render_as_batch": dialect == "sqlite",
        "render_item": _render_item,
        "transactional_ddl": True,
        "compare_type": False,
    }


def _render_item(kind: str, thing: Any, _context: Any) -> str | bool:
    if kind == "type":
        for cls, name in ((Id, "Id()"), (UtcDateTime, "UtcDateTime()"), (JSON, "Json")):
            if isinstance(thing, cls):
                return name
    return False


@contextmanager
def _lock(engine: Engine) -> Iterator[None]:
    if engine.dialect.name != "postgresql":
        yield  # SQLite: BEGIN IMMEDIATE of each component is the lock
        return
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_advisory_lock(:k)"), {"k": LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:k)"), {"k": LOCK})


@contextmanager
def _begin(engine: Engine) -> Iterator[Connection]:
    """A transaction that does not wait for a table for longer than visitors can."""
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {TABLE_TIMEOUT_MS}")
        yield connection


def _patiently(change: Callable[..., T], *arguments: Any) -> T:
    """Try again a few times while somebody uses a table that must be changed; raises SetupError when they still do."""
    for left in reversed(range(TRIES)):
        try:
            return change(*arguments)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if not left:
                raise SetupError(IN_USE) from error
        time.sleep(PAUSE_SECONDS)
    raise AssertionError("the last try returns or raises")

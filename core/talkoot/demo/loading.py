"""Loads the demo: everything in one transaction, so that it is there whole or not at all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, func, select, text, update
from sqlalchemy.engine import make_url

from talkoot import clock
from talkoot.config import Settings
from talkoot.db import Database, TenantSession
from talkoot.db.engine import owner_engine
from talkoot.demo import accounts, feedback, log, notices, people, region
from talkoot.demo.world import DemoWorld, Scale
from talkoot.demo.writer import BulkWriter
from talkoot.errors import SetupError
from talkoot.files import storage
from talkoot.people import passwords
from talkoot.people.models import Person
from talkoot.registry import Registry
from talkoot.search import analyzers, rebuilding
from talkoot.site import summaries
from talkoot.tenants import municipalities, registering
from talkoot.tenants.directory import Directory
from talkoot.tenants.models import TenantRow, TenantStamp

if TYPE_CHECKING:
    from talkoot.app import Talkoot

SWEDISH = {
    "fi": 0.0,
    "fi-sv": 0.14,
    "sv-fi": 0.83,
    "sv": 0.95,
}  # share of members who write in Swedish, by language status
FIRST = ("272", "288", "217", "236", "924", "849", "584", "074", "421", "005", "934", "759")  # of a small scale
MEMBERS_AT_SCALE = 60


def is_loaded(db: TenantSession) -> bool:
    """Whether the demo has been loaded; raises SetupError when the installation has sites of its own instead."""
    if db.execute(select(Person.id).where(Person.demo.is_(True)).limit(1)).first():
        return True
    if db.execute(select(func.count()).select_from(TenantRow)).scalar_one():
        raise SetupError(
            "This installation has sites of its own, and the demo is only loaded into an empty one. "
            "Try it elsewhere: TALKOOT_INSTANCE=./demo talkoot demo"
        )
    return False


def load(
    settings: Settings,
    registry: Registry,
    *,
    scale: Scale | None = None,
    progress: Callable[[int], None] = lambda posts: None,
    indexed: Callable[[int], None] = lambda posts: None,
) -> dict[str, int]:
    """Make the demo region, or a composed installation of some scale; returns how much there is of what.

    `progress` is called with the number of posts added since the last call, `indexed` with that of those that can be found.
    """
    engine = owner_engine(settings)
    try:
        with _bulk(engine, settings) as connection:
            writer = BulkWriter(connection)
            world = DemoWorld(
                writer,
                clock.now(),
                password_hash=passwords.make_hash(accounts.PASSWORD),
                storage=storage.of(settings, registry),
                scale=scale,
                progress=progress,
            )
            if scale:
                _fill_scale(connection, world, scale)
            else:
                _fill_region(connection, world)
            _call_plugins(registry, world)
            writer.flush()
            if not scale:
                notices.fill(connection, world)
                writer.flush()
                _write_logs(connection, world)
            connection.execute(update(TenantStamp).values(n=TenantStamp.n + 1, moved_at=clock.now()))
            counts = {table: _count(connection, table) for table in ("tenant", "person", "post")}
        _index(engine, settings, registry, indexed)
        _analyse(engine)
    finally:
        engine.dispose()
    return counts


def publish(app: Talkoot) -> None:
    """Write every site's summary for the pages over many sites."""
    for tenant in app.directory.current().tenants:
        with app.app_context():
            summaries.refresh(app, tenant, always=True)


def _fill_region(connection: Connection, world: DemoWorld) -> None:
    region.make_places(connection, world)
    people.make_accounts(world)
    facts = {place["slug"]: place for place in region.described()["place"]}
    for slug, place in world.places.items():
        if "members_from" not in facts[slug]:
            status = municipalities.key()[facts[slug]["code"]].language_status
            people.make_members(world, place, facts[slug]["members"], swedish=SWEDISH[status])
    for slug, place in world.places.items():
        if homes := facts[slug].get("members_from"):
            people.bring_in(world, place, [world.places[home] for home in homes], facts[slug]["members"])
    for place in world.places.values():
        people.make_main_user(world, place)
    feedback.give_all(world)


def _write_logs(connection: Connection, world: DemoWorld) -> None:
    """The sites' logs: how they were opened and furnished, and what core and plugins have told of."""
    facts = {place["slug"]: place for place in region.described()["place"]}
    rows = {slug: registering.row(connection, slug) for slug in world.places}
    for tie in region.described()["tie"]:
        for slug in tie["from"]:
            log.tell_tie(world, world.places[slug], tie, rows[tie["to"]].names)
    for slug, place in world.places.items():
        log.tell_people(world, place)
        log.tell_places(world, place, facts[slug])
        log.tell_opening(world, place, rows[slug].names, rows[slug].settings)
    log.write(connection, world)


def _fill_scale(connection: Connection, world: DemoWorld, scale: Scale) -> None:
    """So many municipalities of the key with their regions, the demo region's own first."""
    key = municipalities.key()
    codes = [*FIRST, *(code for code in key if code not in FIRST)][: scale.municipalities]
    for code in codes:
        place = region.place_of(connection, municipalities.import_one(connection, key[code]))
        world.places[place.slug] = place
    people.make_accounts(world)
    for code, place in zip(codes, world.places.values(), strict=True):
        people.make_members(world, place, MEMBERS_AT_SCALE, swedish=SWEDISH[key[code].language_status])


def _index(engine: Engine, settings: Settings, registry: Registry, progress: Callable[[int], None]) -> None:
    """Make search's index of everything, in a transaction of its own: it needs the sites as everybody finds them."""
    database = Database(settings)
    tenants = Directory(database, registry, settings).current().tenants
    database.dispose()
    with _bulk(engine, settings) as connection:
        rebuilding.fill(connection, registry, analyzers.of(settings.instance), tenants, progress)


def _call_plugins(registry: Registry, world: DemoWorld) -> None:
    """Each plugin fills its part, after those that it requires."""
    order = list(registry.plugins)
    for impl in sorted(registry.manager.hook.demo.get_hookimpls(), key=lambda impl: order.index(impl.plugin_name)):
        impl.function(world)


def _count(connection: Connection, table: str) -> int:
    return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608  # from our own list


@contextmanager
def _bulk(engine: Engine, settings: Settings) -> Iterator[Connection]:
    """One transaction made for many rows. SQLite: a plain journal instead of the write-ahead log, which would double it all."""
    with engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        if not settings.is_sqlite:
            with connection.begin():
                yield connection
            return
        with suppress(sqlite3.OperationalError):  # somebody else has it open: then the write-ahead log must do
            driver.execute("PRAGMA journal_mode=TRUNCATE")
        for pragma in ("synchronous=OFF", "cache_size=-256000", "temp_store=MEMORY"):
            driver.execute(f"PRAGMA {pragma}")
        try:
            with connection.begin():
                yield connection
        finally:
            _settle(settings)
            driver.execute("PRAGMA journal_mode=WAL")


def _settle(settings: Settings) -> None:
    """What was written without waiting for the disk is waited for once, at the end."""
    descriptor = os.open(str(make_url(settings.url).database), os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _analyse(engine: Engine) -> None:
    """Tell PostgreSQL's planner what is there now; SQLite's plans do not need it."""
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM (ANALYZE)")

"""All tenants in memory: an immutable snapshot per process, renewed when any worker or command changed a tenant.

One query a second at most reads all stamps. They say whether the snapshot is still true (DIRECTORY) and whether a cached
page is (the tenant's own stamp, and those below).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError

from talkoot import clock
from talkoot.config import Settings
from talkoot.tenants.governance import governing_region, plugin_is_on, setting_value
from talkoot.tenants.models import Affiliation, TenantHost, TenantRow, TenantSlug, TenantStamp
from talkoot.tenants.tenant import Logo, Tenant, Tie

if TYPE_CHECKING:
    from talkoot.db import Database, TenantSession
    from talkoot.registry import Registry

HOME_ZONE = "Europe/Helsinki"  # the zone whose midnight turns affiliations; tenants elsewhere turn at their own
STAMP_SECONDS = 1.0
# Stamps that are no tenant's: names, colours, plugins of any tenant; which day it is; what tenants publish of themselves.
DIRECTORY, DAYS, SUMMARIES = 0, -1, -2


@dataclass(frozen=True)
class Snapshot:
    """Every open tenant as of one day."""

    stamp: int
    days: tuple[tuple[str, date], ...]  # the day it was made, in each zone used
    by_id: Mapping[int, Tenant]
    by_slug: Mapping[str, Tenant]
    by_alias: Mapping[str, Tenant]
    by_host: Mapping[str, Tenant]
    ties: tuple[Tie, ...]

    @property
    def tenants(self) -> list[Tenant]:
        return list(self.by_id.values())

    def members_of(self, tenant: Tenant, day: date | None = None) -> list[Tenant]:
        """The tenants affiliated to a region or co-operation area on a day (default: today)."""
        on = day or clock.today(tenant.time_zone)
        ids = {tie.tenant_id for tie in self.ties if tie.other_id == tenant.id and tie.holds_on(on)}
        return [self.by_id[i] for i in sorted(ids) if i in self.by_id]

    def wholes_of(self, tenant: Tenant, day: date | None = None) -> list[Tenant]:
        """The region and co-operation areas a tenant belongs to on a day; hosts are not among them."""
        on = day or clock.today(tenant.time_zone)
        ids = {tie.other_id for tie in tenant.ties if tie.kind != "hosted_by" and tie.holds_on(on)}
        return [self.by_id[i] for i in sorted(ids) if i in self.by_id]


class Directory:
    """The process's view of the tenants; thread-safe."""

    def __init__(self, database: Database, registry: Registry, settings: Settings) -> None:
        self._database, self._registry, self._settings = database, registry, settings
        self._lock = threading.Lock()
        self._checked = 0.0
        self._read: tuple[Snapshot, Mapping[int, int]] | None = None  # with the stamps it was true for
        self._away: SQLAlchemyError | None = None  # why there is no snapshot yet
        self.moved: Mapping[int, datetime | None] = {}  # when each stamp moved last; 0: the installation's own
        self.max_age = STAMP_SECONDS

    def current(self) -> Snapshot:
        """The snapshot, at most a second old; while the database is away the last one. Raises its error when there is none."""
        return self.present()[0]

    def present(self) -> tuple[Snapshot, Mapping[int, int]]:
        """The snapshot and the stamps of the same reading: with another's stamps an old page would count as a new one."""
        if self._is_old():
            with self._lock:
                if self._is_old():
                    self._refresh_if_possible()
        if self._read is None:
            assert self._away is not None
            raise self._away.with_traceback(None)
        return self._read

    def _is_old(self) -> bool:
        unknown = self._read is None and self._away is None
        return unknown or time.monotonic() - self._checked >= self.max_age

    def renew(self) -> Snapshot:
        """The snapshot as of this moment: for staff's pages, where somebody has just saved what they show."""
        with self._lock:
            return self._refresh()

    def with_closed(self) -> Snapshot:
        """Every tenant as of this moment, closed ones too: for commands, and for work on all that anybody has here."""
        with self._database.connect() as connection:
            return _read_snapshot(connection, self._registry, self._settings, 0, closed=True)

    def within(self, db: TenantSession) -> Snapshot:
        """The open tenants as this transaction sees them, with those that it has made itself."""
        return _read_snapshot(db.connection(), self._registry, self._settings, 0)

    def forget(self) -> None:
        """Know nothing, as a process that has just begun."""
        self._read = self._away = None

    def _refresh_if_possible(self) -> None:
        try:
            self._refresh()
        except SQLAlchemyError as error:
            self._away = error  # for a second: a database that does not answer is not asked by every visitor in turn
            self._checked = time.monotonic()
            if self._read:
                self._read = (self._read[0], {})  # without stamps no page from memory counts as true

    def _refresh(self) -> Snapshot:
        started, snapshot = time.monotonic(), self._read[0] if self._read else None
        with self._database.connect() as connection:
            found = connection.execute(select(TenantStamp.tenant_id, TenantStamp.n, TenantStamp.moved_at)).all()
            stamps = {SUMMARIES: 0} | {row.tenant_id: row.n for row in found}
            stamp = stamps.get(DIRECTORY, 0)
            if snapshot is None or snapshot.stamp != stamp or any(clock.today(z) != day for z, day in snapshot.days):
                snapshot = _read_snapshot(connection, self._registry, self._settings, stamp)
        stamps[DAYS] = sum(day.toordinal() for _, day in snapshot.days)  # midnight somewhere ends every kept page
        self._read, self.moved = (snapshot, stamps), {row.tenant_id: row.moved_at for row in found}
        self._checked, self._away = started, None
        return snapshot


def _read_snapshot(
    connection: Connection, registry: Registry, settings: Settings, stamp: int, *, closed: bool = False
) -> Snapshot:
    """Read all tenants, hosts and affiliations and work out what holds today; `closed`: closed tenants too."""
    every = connection.execute(select(TenantRow.__table__)).all()
    rows = [row for row in every if closed or row.closed_at is None]
    ties = tuple(
        Tie(a.tenant_id, a.other_id, a.kind, a.valid_from, a.valid_to)
        for a in connection.execute(select(Affiliation.__table__))
    )
    ties_of: dict[int, list[Tie]] = {}
    for tie in ties:
        ties_of.setdefault(tie.tenant_id, []).append(tie)
    hosts: dict[int, list[str]] = {}
    for host in connection.execute(select(TenantHost.__table__)):
        hosts.setdefault(host.tenant_id, []).append(host.host)
    policies = {row.id: row.policy for row in every if row.closed_at is None}
    shared: dict[Any, Any] = {}  # equal settings of many tenants are kept once
    by_id = {
        row.id: _tenant(row, ties_of.get(row.id, []), hosts.get(row.id, []), policies, registry, settings, shared)
        for row in rows
    }
    aliases = {
        a.slug: by_id[a.tenant_id] for a in connection.execute(select(TenantSlug.__table__)) if a.tenant_id in by_id
    }
    return Snapshot(
        stamp=stamp,
        days=tuple((zone, clock.today(zone)) for zone in {HOME_ZONE, *(row.time_zone for row in rows)}),
        by_id=by_id,
        by_slug={tenant.slug: tenant for tenant in by_id.values()},
        by_alias=aliases,
        by_host={host: tenant for tenant in by_id.values() for host in tenant.hosts},
        ties=ties,
    )


def _tenant(
    row: Any,
    ties: list[Tie],
    hosts: list[str],
    policies: Mapping[int, Any],
    registry: Registry,
    settings: Settings,
    shared: dict[Any, Any],
) -> Tenant:
    day = clock.today(row.time_zone)
    region = governing_region(ties, day)
    policy = policies.get(region, {}) if region else row.policy if row.kind == "region" else {}
    rules = policy.get("plugins", {})
    on = _plugins_on(row.plugins, rules, registry)
    values = {
        key: setting_value(key, row.settings, policy, settings.defaults.get(key, setting.default))
        for key, setting in registry.settings.items()
    }
    frozen = tuple(sorted(values.items()))
    return Tenant(
        id=row.id,
        kind=row.kind,
        slug=row.slug,
        code=row.code,
        names=row.names,
        languages=tuple(row.languages),
        time_zone=row.time_zone,
        url=_url(row, settings),
        plugins=shared.setdefault(on, on),
        settings=shared.setdefault(frozen, values),
        hosts=tuple(sorted(hosts)),
        logo=Logo(**row.logo) if row.logo else None,
        longitude=row.longitude,
        latitude=row.latitude,
        region_id=region,
        ties=tuple(ties),
    )


def _plugins_on(own: Mapping[str, bool], rules: Mapping[str, str], registry: Registry) -> frozenset[str]:
    """The plugins that are on; one whose requirements are off is off too, and so on along the chain."""
    on: set[str] = set()
    for name, loaded in registry.plugins.items():  # each after what it requires
        if plugin_is_on(own.get(name), rules.get(name), loaded.plugin.on_by_default) and on.issuperset(
            loaded.plugin.requires
        ):
            on.add(name)
    return frozenset(on)


def _url(row: Any, settings: Settings) -> str:
    if row.canonical_host:
        scheme, _, rest = settings.public_url.partition("://")
        port = rest.rpartition(":")[2] if ":" in rest else ""
        return f"{scheme}://{row.canonical_host}{':' + port if port.isdigit() else ''}"
    return f"{settings.public_url}/{row.slug}"

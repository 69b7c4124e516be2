"""Finds plugins and themes, refuses those that break the contract, and calls hooks for one tenant's plugins."""

from __future__ import annotations

import graphlib
import importlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pluggy
from sqlalchemy import Table
from sqlalchemy.exc import SQLAlchemyError

from talkoot import guard, hook_results
from talkoot import plugin as contract
from talkoot.db.model import Base
from talkoot.duties import faults, package_of
from talkoot.errors import InvalidError, IsolationError, SetupError, TalkootError
from talkoot.i18n import gettext
from talkoot.plugin import ConversationKind, FollowKind, Job, Permission, Plugin, Setting, Theme

if TYPE_CHECKING:
    from talkoot.db import TenantSession
    from talkoot.tenants.tenant import Tenant


@dataclass(frozen=True)
class Loaded:
    """A plugin and where it was found."""

    plugin: Plugin
    module: ModuleType
    folder: Path

    @property
    def package(self) -> str:
        return self.module.__name__.partition(".")[0]

    def folder_named(self, name: str) -> Path | None:
        """`templates`, `static`, `translations` or `migrations` beside plugin.py, when there is one."""
        path = self.folder / name
        return path if path.is_dir() else None

    def tables(self) -> list[Table]:
        """The tables whose models are defined in this plugin's package."""
        return [t for t in Base.metadata.sorted_tables if package_of(t) == self.package]


@dataclass(frozen=True)
class LoadedTheme:
    theme: Theme
    folder: Path


class Registry:
    """All installed plugins in dependency order, and their hooks. One per application."""

    def __init__(self, plugins: list[Loaded], themes: dict[str, LoadedTheme], *, trace: bool = False) -> None:
        self.themes = themes
        self.plugins = {loaded.plugin.name: loaded for loaded in _in_order(plugins)}
        self.manager = pluggy.PluginManager(contract.PROJECT)
        self.manager.add_hookspecs(contract)
        for loaded in self.plugins.values():
            self._register(loaded)
        self.guard = guard.HookGuard(trace=trace)
        self.endpoints: frozenset[str] = frozenset()  # pages a menu can lead to; routes.py fills it
        self._impls = {name: self._impls_of(name) for name in hook_names()}

    def _register(self, loaded: Loaded) -> None:
        name = loaded.plugin.name
        try:
            self.manager.register(loaded.module, name=name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise SetupError(f"Plugin {name}: {error}") from error
        for fault in faults(loaded, {impl.name for impl in self.manager.get_hookcallers(loaded.module) or ()}):
            raise SetupError(f"Plugin {name}: {fault}")

    def _impls_of(self, hook: str) -> list[tuple[str, pluggy.HookImpl]]:
        order = list(self.plugins)
        impls = [(impl.plugin_name, impl) for impl in getattr(self.manager.hook, hook).get_hookimpls()]
        return sorted(impls, key=lambda pair: order.index(pair[0]))

    def collect(self, hook: str, tenant: Tenant, /, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a collecting hook in the tenant's plugins: (plugin name, result) pairs; failures are logged and left out."""
        for name, impl in self._impls[hook]:
            if name in tenant.plugins:
                run = partial(impl.function, *[arguments[argument] for argument in impl.argnames])
                check = partial(hook_results.check, self, name, hook)
                result = self.guard.call(name, tenant, hook, run, arguments.get("db"), check)
                if result is not None:
                    yield name, result

    def gather(self, hook: str, tenant: Tenant, /, **arguments: Any) -> list[Any]:
        """The lists that a collecting hook returned, joined and sorted by their items' `order`."""
        items = [item for _, result in self.collect(hook, tenant, **arguments) for item in result]
        return sorted(items, key=lambda item: getattr(item, "order", 100))

    def asks(self, hook: str, tenant: Tenant) -> bool:
        """Whether any plugin that is on here implements the hook."""
        return any(name in tenant.plugins for name, _ in self._impls[hook])

    def insist(
        self, hook: str, tenant: Tenant, /, *, everywhere: bool = False, **arguments: Any
    ) -> list[tuple[str, Any]]:
        """Call a hook that must not fail: (plugin name, result) pairs.

        TalkootError goes to the caller as it is; any other error is logged and becomes an InvalidError, so a broken check
        refuses too. `everywhere` also asks plugins that are off here: a person's data outlives the switch.
        """
        asked = [(name, impl) for name, impl in self._impls[hook] if everywhere or name in tenant.plugins]
        return [(name, self._insist(name, tenant, hook, impl, arguments)) for name, impl in asked]

    def _insist(self, name: str, tenant: Tenant, hook: str, impl: pluggy.HookImpl, arguments: Mapping[str, Any]) -> Any:
        try:
            return impl.function(*[arguments[argument] for argument in impl.argnames])
        except (TalkootError, IsolationError):
            raise
        except Exception as error:
            guard.failed(name, hook, tenant)
            if isinstance(error, SQLAlchemyError):  # the transaction is lost, no page can be made with it
                raise
            title = self.plugins[name].plugin.title
            raise InvalidError(
                gettext(
                    "This could not be done because a part of the site, %(plugin)s, failed. Nothing was changed. Try again later.",
                    plugin=title,
                )
            ) from error

    def deliver(self, hook: str, plugin: str, tenant: Tenant, /, *, db: TenantSession, **arguments: Any) -> None:
        """Call one plugin's hook in a savepoint. What it raises is logged, counted and raised: the caller tries again later.

        A slow one is not skipped as others are: nobody waits for it, and what it is told is told once.
        """
        impl, given = dict(self._impls[hook])[plugin], {**arguments, "db": db}
        try:
            with db.begin_nested():
                impl.function(*[given[argument] for argument in impl.argnames])
        except Exception:
            guard.failed(plugin, hook, tenant)
            raise

    def implementing(self, hook: str) -> list[str]:
        """The plugins that have this hook, each after those it requires."""
        return [name for name, _ in self._impls[hook]]

    def statistics(self, db: TenantSession) -> list[tuple[str, int]]:
        """(title, number) of each statistic of the tenant's plugins."""
        return db.remembered(("statistics",), lambda: self._count(db), weight=lambda found: 200 * (len(found) + 1))

    def _count(self, db: TenantSession) -> list[tuple[str, int]]:
        found = []
        for name, loaded in self.plugins.items():
            for statistic in loaded.plugin.statistics if name in db.tenant.plugins else ():
                count = self.guard.call(name, db.tenant, statistic.name, partial(statistic.count, db), db)
                if count is not None:
                    found.append((statistic.title, count))
        return found

    def scope_names(self, db: TenantSession, scopes: Iterable[tuple[str, UUID]], language: str) -> dict[UUID, str]:
        """The names of plugins' objects over which roles are held, by id; those of plugins that are off are left out."""
        wanted: dict[str, list[UUID]] = {}
        for kind, identity in scopes:
            wanted.setdefault(kind, []).append(identity)
        found: dict[UUID, str] = {}
        for name, loaded in self.plugins.items():
            for known in loaded.plugin.scopes if name in db.tenant.plugins else ():
                if ids := wanted.get(known.name):
                    read = partial(known.names, db, ids, language)
                    check = partial(hook_results.check_mapping, known.name)
                    found |= self.guard.call(name, db.tenant, known.name, read, db, check) or {}
        return found

    @cached_property
    def permissions(self) -> dict[str, Permission]:
        from talkoot.access.policy import CORE_PERMISSIONS

        own = [p for loaded in self.plugins.values() for p in loaded.plugin.permissions]
        return {permission.name: permission for permission in (*CORE_PERMISSIONS, *own)}

    @cached_property
    def settings(self) -> dict[str, Setting]:
        from talkoot.tenants.settings import CORE_SETTINGS

        own = [s for loaded in self.plugins.values() for s in loaded.plugin.settings]
        return {setting.name: setting for setting in (*CORE_SETTINGS, *own)}

    @cached_property
    def conversation_kinds(self) -> dict[str, ConversationKind]:
        return {kind.name: kind for loaded in self.plugins.values() for kind in loaded.plugin.conversations}

    @cached_property
    def follow_kinds(self) -> dict[str, FollowKind]:
        return {kind.name: kind for loaded in self.plugins.values() for kind in loaded.plugin.follows}

    @cached_property
    def jobs(self) -> dict[str, tuple[str, Job]]:
        """Plugins' jobs by name, with the plugin they belong to."""
        return {job.name: (name, job) for name, loaded in self.plugins.items() for job in loaded.plugin.jobs}


def hook_names() -> list[str]:
    """Every hook of the contract."""
    return sorted(name for name, thing in vars(contract).items() if hasattr(thing, "talkoot_spec"))


def load(*, trace: bool = False, extra: Iterable[ModuleType] = (), only: set[str] | None = None) -> Registry:
    """Import every installed plugin and theme; raises SetupError that names the one that cannot be used.

    `only`: the names of the plugins to load, as if others were not installed.
    """
    points = [point for point in entry_points(group="talkoot.plugins") if only is None or point.name in only]
    plugins = [_loaded(_import(point)) for point in points]
    plugins += [_loaded(module) for module in extra]
    names = [loaded.plugin.name for loaded in plugins]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"Two installed plugins are called {', '.join(sorted(twice))}")
    themes = [_theme(_import(point)) for point in entry_points(group="talkoot.themes")]
    if not themes:
        raise SetupError("No theme is installed, so no page can be shown. Install Talkoot anew")
    return Registry(plugins, {loaded.theme.name: loaded for loaded in themes}, trace=trace)


def _theme(module: ModuleType) -> LoadedTheme:
    if not isinstance(getattr(module, "theme", None), Theme):
        raise SetupError(f"{module.__name__} has no `theme = Theme(...)`")
    return LoadedTheme(module.theme, _folder(module))


def _loaded(module: ModuleType) -> Loaded:
    if not isinstance(getattr(module, "plugin", None), Plugin):
        raise SetupError(f"{module.__name__} has no `plugin = Plugin(...)`")
    return Loaded(module.plugin, module, _folder(module))


def _import(point: EntryPoint) -> ModuleType:
    try:
        return importlib.import_module(point.value)
    except Exception as error:
        raise SetupError(
            f"The {point.group.removeprefix('talkoot.')[:-1]} {point.name} ({point.value}) cannot be loaded: {error!r}"
        ) from error


def _folder(module: ModuleType) -> Path:
    return Path(module.__file__ or ".").parent


def _in_order(plugins: list[Loaded]) -> list[Loaded]:
    """Each after what it requires, otherwise by name, so that the order is the same on every machine."""
    by_name = {loaded.plugin.name: loaded for loaded in plugins}
    for loaded in plugins:
        if missing := [name for name in loaded.plugin.requires if name not in by_name]:
            raise SetupError(f"Plugin {loaded.plugin.name} requires {', '.join(missing)}, which is not installed")
    sorter: graphlib.TopologicalSorter[str] = graphlib.TopologicalSorter()
    for name in sorted(by_name):
        sorter.add(name, *by_name[name].plugin.requires)
    try:
        return [by_name[name] for name in sorter.static_order()]
    except graphlib.CycleError as error:
        raise SetupError(f"Plugins require each other in a circle: {' → '.join(error.args[1])}") from error

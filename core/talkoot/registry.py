"""Finds plugins and themes, refuses those that break the contract, and calls hooks for one tenant's plugins."""

from __future__ import annotations

import graphlib
import importlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pluggy
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from sqlalchemy import Table

import talkoot
from talkoot import plugin as contract
from talkoot.db.isolation import INSTALLATION_TABLES
from talkoot.db.model import Base, is_tenant_owned
from talkoot.errors import SetupError
from talkoot.guard import HookGuard
from talkoot.plugin import ConversationKind, Job, Permission, Plugin, Setting, Theme

if TYPE_CHECKING:
    from talkoot.tenants.tenant import Tenant

NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
CORE_NAMES = frozenset({"core", "talkoot", "static", "operator", "people", "site"})


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
        return [t for t in Base.metadata.sorted_tables if _package_of(t) == self.package]


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
        self.guard = HookGuard(trace=trace)
        self._impls = {name: self._impls_of(name) for name in hook_names()}

    def _register(self, loaded: Loaded) -> None:
        name = loaded.plugin.name
        try:
            self.manager.register(loaded.module, name=name)
            self.manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise SetupError(f"Plugin {name}: {error}") from error
        for problem in check(loaded, {impl.name for impl in self.manager.get_hookcallers(loaded.module) or ()}):
            raise SetupError(f"Plugin {name}: {problem}")

    def _impls_of(self, hook: str) -> list[tuple[str, pluggy.HookImpl]]:
        order = list(self.plugins)
        impls = [(impl.plugin_name, impl) for impl in getattr(self.manager.hook, hook).get_hookimpls()]
        return sorted(impls, key=lambda pair: order.index(pair[0]))

    def collect(self, hook: str, tenant: Tenant, **arguments: Any) -> Iterator[tuple[str, Any]]:
        """Call a collecting hook in the tenant's plugins: (plugin name, result) pairs; failures are logged and left out."""
        for name, impl in self._impls[hook]:
            if name in tenant.plugins:
                result = self.guard.call(name, tenant, hook, impl, arguments)
                if result is not None:
                    yield name, result

    def gather(self, hook: str, tenant: Tenant, **arguments: Any) -> list[Any]:
        """The lists that a collecting hook returned, joined and sorted by their items' `order`."""
        items = [item for _, result in self.collect(hook, tenant, **arguments) for item in result]
        return sorted(items, key=lambda item: getattr(item, "order", 100))

    def insist(self, hook: str, tenant: Tenant, **arguments: Any) -> None:
        """Call a veto hook: what any plugin raises goes to the caller, so a broken check refuses too."""
        for name, impl in self._impls[hook]:
            if name in tenant.plugins:
                impl.function(*[arguments[argument] for argument in impl.argnames])

    def has_impl(self, plugin: str, hook: str) -> bool:
        return any(name == plugin for name, _ in self._impls[hook])

    @property
    def permissions(self) -> dict[str, Permission]:
        from talkoot.access.policy import CORE_PERMISSIONS

        own = [p for loaded in self.plugins.values() for p in loaded.plugin.permissions]
        return {permission.name: permission for permission in (*CORE_PERMISSIONS, *own)}

    @property
    def settings(self) -> dict[str, Setting]:
        from talkoot.tenants.settings import CORE_SETTINGS

        own = [s for loaded in self.plugins.values() for s in loaded.plugin.settings]
        return {setting.name: setting for setting in (*CORE_SETTINGS, *own)}

    @property
    def conversation_kinds(self) -> dict[str, ConversationKind]:
        return {kind.name: kind for loaded in self.plugins.values() for kind in loaded.plugin.conversations}

    @property
    def jobs(self) -> dict[str, tuple[str, Job]]:
        """Plugins' jobs by name, with the plugin they belong to."""
        return {job.name: (name, job) for name, loaded in self.plugins.items() for job in loaded.plugin.jobs}


def hook_names() -> list[str]:
    """Every hook of the contract."""
    return sorted(name for name, thing in vars(contract).items() if hasattr(thing, "talkoot_spec"))


def load(*, trace: bool = False, extra: Iterable[ModuleType] = (), only: set[str] | None = None) -> Registry:
    """Import every installed plugin and theme; raises SetupError that names the one that cannot be used."""
    plugins = [_load_plugin(point) for point in entry_points(group="talkoot.plugins") if not only or point.name in only]
    plugins += [_loaded(module) for module in extra]
    themes = {}
    for point in entry_points(group="talkoot.themes"):
        module = _import(point)
        themes[module.theme.name] = LoadedTheme(module.theme, _folder(module))
    names = [loaded.plugin.name for loaded in plugins]
    if twice := {name for name in names if names.count(name) > 1}:
        raise SetupError(f"Two installed plugins are called {', '.join(sorted(twice))}")
    return Registry(plugins, themes, trace=trace)


def _load_plugin(point: EntryPoint) -> Loaded:
    return _loaded(_import(point))


def _loaded(module: ModuleType) -> Loaded:
    if not isinstance(getattr(module, "plugin", None), Plugin):
        raise SetupError(f"{module.__name__} has no `plugin = Plugin(...)`")
    return Loaded(module.plugin, module, _folder(module))


def _import(point: EntryPoint) -> ModuleType:
    try:
        return importlib.import_module(point.value)
    except Exception as error:
        raise SetupError(f"The plugin {point.name} ({point.value}) cannot be loaded: {error!r}") from error


def _folder(module: ModuleType) -> Path:
    return Path(module.__file__ or ".").parent


def _package_of(table: Table) -> str | None:
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper.class_.__module__.partition(".")[0]
    return None


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


# --- duties -------------------------------------------------------------------------------------------------------


def check(loaded: Loaded, hooks: set[str]) -> Iterator[str]:
    """What the plugin lacks of the contract, one sentence each."""
    plugin = loaded.plugin
    if not NAME.fullmatch(plugin.name) or plugin.name in CORE_NAMES:
        yield f"its name {plugin.name!r} must be 3 to 30 lower-case letters and digits, and not one of core's own"
        return
    try:
        if talkoot.__version__ not in SpecifierSet(plugin.core):
            yield f"it works with Talkoot {plugin.core}, this is {talkoot.__version__}"
    except InvalidSpecifier:
        yield f"its core range {plugin.core!r} is not a version range"
    prefix = f"{plugin.name}."
    named = [*plugin.permissions, *plugin.settings, *plugin.jobs, *plugin.conversations, *plugin.statistics]
    yield from (f"{type(n).__name__} {n.name!r} must begin with {prefix!r}" for n in named if not n.name.startswith(prefix))
    yield from (f"blueprint {b.name!r} must be named {plugin.name!r}" for b in plugin.blueprints if b.name != plugin.name)
    yield from _check_tables(loaded, hooks)


def _check_tables(loaded: Loaded, hooks: set[str]) -> Iterator[str]:
    tables = loaded.tables()
    by_hand = {"export_person", "erase_person"} <= hooks
    for table in tables:
        if not table.name.startswith(f"{loaded.plugin.name}_"):
            yield f"table {table.name} must begin with {loaded.plugin.name}_"
        if not is_tenant_owned(table) or table.name in INSTALLATION_TABLES:
            yield f"table {table.name} must be TenantOwned"
        if "person" not in table.info and not by_hand:
            yield (
                f"table {table.name} does not say whose data it holds: add "
                "`__table_args__ = ({'info': {'person': 'author_id', 'erase': 'anonymise'}},)` (or 'person': None), "
                "or implement export_person and erase_person"
            )
    if tables and not loaded.folder_named("migrations"):
        yield "it has tables but no migrations folder"
    if tables and "demo" not in hooks:
        yield "it has tables but does not fill the demo region (hook demo)"

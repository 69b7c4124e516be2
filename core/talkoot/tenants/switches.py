"""Plugins of one tenant: which are on, who decided it, and switching them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.plugin import Plugin
from talkoot.registry import Registry
from talkoot.tenants import registering
from talkoot.tenants.governance import plugin_is_on


@dataclass(frozen=True)
class Switch:
    """A plugin in a tenant. `rule`: the region's; `own`: the tenant's switch (None: never touched)."""

    plugin: Plugin
    on: bool
    rule: str | None
    own: bool | None
    missing: tuple[str, ...]  # titles of required plugins that are off, so this one stays off too
    needed_by: tuple[str, ...]  # titles of plugins that are on and require this one

    @property
    def open(self) -> bool:
        """Whether the tenant may switch it."""
        return self.rule not in ("mandate", "forbid")


def switches(registry: Registry, own: Mapping[str, bool], rules: Mapping[str, str]) -> dict[str, Switch]:
    """Every installed plugin by name; `own` and `rules` as the database has them now."""
    plugins = {name: loaded.plugin for name, loaded in registry.plugins.items()}
    wanted = {n: plugin_is_on(own.get(n), rules.get(n), p.on_by_default) for n, p in plugins.items()}
    on: set[str] = set()
    for name, plugin in plugins.items():  # in dependency order
        if wanted[name] and set(plugin.requires) <= on:
            on.add(name)
    return {
        name: Switch(
            plugin=plugin,
            on=name in on,
            rule=rules.get(name),
            own=own.get(name),
            missing=tuple(str(plugins[other].title) for other in plugin.requires if other not in on),
            needed_by=tuple(str(plugins[other].title) for other in on if name in plugins[other].requires),
        )
        for name, plugin in plugins.items()
    }


def of(connection: Any, registry: Registry, slug: str) -> dict[str, Switch]:
    """The switches of the tenant at this address, read now."""
    row = registering.row(connection, slug)
    return switches(registry, row.plugins, registering.policy_for(connection, row.id).get("plugins", {}))


def switch(connection: Any, tenant_id: int, found: Switch | None, on: bool) -> None:
    """Switch a plugin; raises NotFoundError for one that is not installed, InvalidError where it may not be switched."""
    if found is None:
        raise NotFoundError
    if not found.open:
        raise InvalidError(gettext("The region has decided this."))
    if on and found.missing:
        raise InvalidError(gettext("Switch this on first: %(titles)s", titles=", ".join(found.missing)))
    if not on and found.needed_by:
        raise InvalidError(gettext("Switch this off first: %(titles)s", titles=", ".join(sorted(found.needed_by))))
    registering.switch_plugin(connection, tenant_id, found.plugin.name, on)

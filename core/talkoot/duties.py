"""What a plugin must be like before it is loaded, and what it must bring with what it has. One sentence for each fault."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from sqlalchemy import Table

import talkoot
from talkoot.access.policy import GRANTABLE
from talkoot.db.isolation import INSTALLATION_TABLES
from talkoot.db.model import Base, is_tenant_owned

if TYPE_CHECKING:
    from talkoot.plugin import ConversationKind, FollowKind, Job, Permission, ScopeKind, Setting, Statistic
    from talkoot.registry import Loaded

NAME = re.compile(r"[a-z][a-z0-9]{2,29}")
# Core's blueprints, and the first parts of its permissions and settings.
CORE_NAMES = frozenset(
    {"core", "talkoot", "static", "site", "front", "people", "staff", "operator", "operators", "tenant", "installation"}
    | {"conversations", "contributions", "files", "followup", "mail", "answers", "notices", "search"}
)
ROLES = frozenset({"everyone", "person", "member", "operator", *GRANTABLE})


def faults(loaded: Loaded, hooks: set[str]) -> Iterator[str]:
    """What the plugin lacks of the contract; `hooks` are the names of those it implements."""
    if fault := name_fault(loaded.plugin.name):
        yield fault
        return
    yield from _core_range_faults(loaded.plugin.core)
    yield from _naming_faults(loaded)
    yield from _value_faults(loaded)
    yield from _table_faults(loaded, hooks)


def name_fault(name: str) -> str:
    """Why a plugin cannot be called so; empty when it can."""
    if not NAME.fullmatch(name) or name in CORE_NAMES or any(_begins(table, name) for table in _core_tables()):
        return f"its name {name!r} must be 3 to 30 lower-case letters and digits, and not one of core's own"
    return ""


def _core_tables() -> list[str]:
    return [table.name for table in Base.metadata.sorted_tables if package_of(table) == "talkoot"]


def _begins(table: str, name: str) -> bool:
    return table == name or table.startswith(f"{name}_")


def _core_range_faults(core: str) -> Iterator[str]:
    try:
        if talkoot.__version__ not in SpecifierSet(core):
            yield f"it works with Talkoot {core}, this is {talkoot.__version__}"
    except InvalidSpecifier:
        yield f"its core range {core!r} is not a version range"


def _naming_faults(loaded: Loaded) -> Iterator[str]:
    plugin = loaded.plugin
    named: list[Permission | Setting | Job | ConversationKind | ScopeKind | FollowKind | Statistic] = [
        *plugin.permissions,
        *plugin.settings,
        *plugin.jobs,
        *plugin.conversations,
        *plugin.scopes,
        *plugin.follows,
        *plugin.statistics,
    ]
    for thing in named:
        if not thing.name.startswith(f"{plugin.name}."):
            yield f"{type(thing).__name__} {thing.name!r} must begin with '{plugin.name}.'"
    names = [(type(thing).__name__, thing.name) for thing in named]
    yield from (
        f"{kind} {name!r} is declared twice" for kind, name in sorted(set(names)) if names.count((kind, name)) > 1
    )
    yield from (
        f"blueprint {b.name!r} must be named {plugin.name!r}" for b in plugin.blueprints if b.name != plugin.name
    )


def _value_faults(loaded: Loaded) -> Iterator[str]:
    for permission in loaded.plugin.permissions:
        if unknown := sorted(set(permission.roles) - ROLES):
            yield f"permission {permission.name!r} names roles that do not exist: {', '.join(unknown)}"
    own = {permission.name for permission in loaded.plugin.permissions}
    for kind in loaded.plugin.conversations:
        if kind.reply is not None and kind.write not in own:
            yield f"conversation {kind.name!r} takes replies by mail, but its `write` is no permission of the plugin"
    for setting in loaded.plugin.settings:
        if setting.choices and setting.default not in setting.choices:
            yield f"setting {setting.name!r}: its default is not one of its choices"


def _table_faults(loaded: Loaded, hooks: set[str]) -> Iterator[str]:
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


def package_of(table: Table) -> str | None:
    """The import package that declares the table's model."""
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return mapper.class_.__module__.partition(".")[0]
    return None

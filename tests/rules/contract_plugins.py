"""Plugins made up for a test: a module with facts and hooks, as if it had been installed."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from talkoot import Plugin, hookimpl
from talkoot.app import Talkoot, create_app
from talkoot.db.model import Base
from talkoot.tenants import registering

HEADER = """
from uuid import UUID
from sqlalchemy.orm import Mapped, mapped_column
from talkoot.db import Base, TenantOwned, tenant_key
"""


def made_up(
    name: str = "raffles", folder: Path | None = None, *, hooks: tuple[Callable[..., Any], ...] = (), **facts: Any
) -> ModuleType:
    """A plugin's module; the functions in `hooks` implement the hooks they are called like."""
    module = ModuleType(f"talkoot_{name}")
    module.__file__ = str((folder or Path(__file__).parent / "nowhere") / "plugin.py")
    module.plugin = Plugin(name=name, **{"title": name.title(), "version": "1.0", **facts})  # type: ignore[attr-defined]
    for hook in hooks:
        setattr(module, hook.__name__, hookimpl(hook))
    return module


@contextmanager
def tables_of(name: str, *statements: str) -> Iterator[None]:
    """Models declared in a package `talkoot_<name>` for as long as the block lasts."""
    before, module = set(Base.metadata.tables), ModuleType(f"talkoot_{name}.models")
    sys.modules[module.__name__] = module
    try:
        exec(HEADER + "\n".join(statements), vars(module))
        yield
    finally:
        for table in set(Base.metadata.tables) - before:
            Base.metadata.remove(Base.metadata.tables[table])
        del sys.modules[module.__name__]
        vars(module).clear()
        gc.collect()  # SQLAlchemy knows mapped classes weakly, and they hold themselves in circles


@contextmanager
def installed(app: Talkoot, *modules: ModuleType, on: tuple[str, ...] = ("kokkola",)) -> Iterator[Talkoot]:
    """Another application on the same database that also has these plugins, switched on in these towns."""
    other = create_app(app.settings, extra_plugins=modules)
    other.testing = True
    other.directory.max_age = 0.0
    other.page_cache.pages.limit, other.registry.guard.slow_seconds = 0, 30.0
    other.__dict__["handover"] = SimpleNamespace(take=list)
    slugs = {tenant.slug: tenant.id for tenant in app.directory.current().tenants}
    with app.database.session(None, writing=True) as db:
        for module in modules:
            for slug in on:
                registering.switch_plugin(db, slugs[slug], module.plugin.name, True)
    try:
        yield other
    finally:
        other.database.dispose()

"""A throw-away installation in which one plugin is tried: two towns where it is on, and what people wrote there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from sqlalchemy import Table, select

from talkoot import registry
from talkoot.app import Talkoot
from talkoot.errors import SetupError
from talkoot.registry import Loaded
from talkoot.tenants import registering
from talkoot.tenants.tenant import Tenant
from talkoot.testing import installations, towns, walking, watching
from talkoot.testing.installations import Installation
from talkoot.testing.towns import MARK, NEIGHBOUR, TOWN, Furnish, World
from talkoot.testing.visitors import Visitor

OWN = "OWN-A"  # begins what the town's people write
PRIVATE = "PRIVATE-A"  # what a person gives to be reached by: has to be gone with them
WRITERS = ("admin", "resident")


@dataclass
class Trial:
    """The plugin under trial and its surroundings."""

    name: str
    installation: Installation
    world: World

    @property
    def app(self) -> Talkoot:
        return self.installation.app

    @property
    def loaded(self) -> Loaded:
        return self.app.registry.plugins[self.name]

    def renewed(self) -> Trial:
        """As it was when it had just been made: what the last check did is undone."""
        self.installation.renew()
        return self

    def tenant(self, slug: str) -> Tenant:
        return self.app.directory.current().by_slug[slug]

    @property
    def town(self) -> Tenant:
        return self.tenant(TOWN)

    @property
    def neighbour(self) -> Tenant:
        return self.tenant(NEIGHBOUR)

    def visitor(self, role: str, slug: str = TOWN) -> Visitor:
        """Somebody in this role on a town's site; each comes from a network of their own."""
        number = len(self.world.things)
        self.world.things["visitor", str(number)] = role
        found = Visitor(self.app, self.tenant(slug), network=f"10.9.{number // 250}.{number % 250 + 1}")
        return found if role == "guest" else found.sign_in_as(self.world.people[slug, role])

    def switch(self, on: bool, slug: str = TOWN) -> None:
        """Switch the plugin in a town, as its main user would."""
        with self.app.database.session(None, writing=True) as db:
            registering.switch_plugin(db, self.tenant(slug).id, self.name, on)
        self.app.directory.forget()

    def rows(self, slug: str, table: Table) -> list[dict[str, Any]]:
        """A town's rows of a table."""
        with self.app.database.session(self.tenant(slug)) as db:
            found = db.execute(select(table).where(table.c.tenant_id == db.tenant.id).order_by(table.c.id))
            return [dict(row._mapping) for row in found]

    def write(self, slug: str, role: str) -> None:
        """Let somebody fill in the plugin's forms; the town's words and the neighbour's can be told apart."""
        mark = OWN if slug == TOWN else MARK

        def words(field: str) -> str:
            number = len(self.world.things)
            self.world.things["words", str(number)] = field
            start = PRIVATE if slug == TOWN and role == "resident" and walking.PERSONAL.search(field) else mark
            return f"{start} {field} {number}"

        walking.write(self.visitor(role, slug), self.name, words)


@contextmanager
def trial(name: str, fill: Furnish | None = None, *, modules: tuple[ModuleType, ...] = ()) -> Iterator[Trial]:
    """The plugin called `name`, installed here or among `modules`, on trial; `fill` adds rows that its forms cannot.

    Raises SetupError when it cannot even be loaded.
    """
    if name not in registry.load(extra=modules).plugins:
        raise SetupError(f"No plugin called {name} is installed; see: talkoot plugin list")
    with tempfile.TemporaryDirectory(prefix="talkoot-trial-") as folder:
        installation = installations.make(installations.settings(Path(folder), "sqlite"), extra_plugins=modules)
        try:
            watching.begin()
            installation.app.testing = False  # a page that fails is a page with status 500, as it would be for people
            made = Trial(name, installation, towns.build(installation.app, [fill] if fill else []))
            _furnish(made)
            installation.keep(None)
            yield made
        finally:
            installation.close()


def _furnish(made: Trial) -> None:
    made.app.directory.max_age = 0.0
    for needed in (*_required(made.app, made.name), made.name):
        with made.app.database.session(None, writing=True) as db:
            for slug in (TOWN, NEIGHBOUR):
                registering.switch_plugin(db, made.tenant(slug).id, needed, True)
    made.app.directory.forget()
    for slug in (TOWN, NEIGHBOUR):
        for role in WRITERS:
            made.write(slug, role)


def _required(app: Talkoot, name: str) -> list[str]:
    direct = app.registry.plugins[name].plugin.requires
    return [needed for one in direct for needed in (*_required(app, one), one)]

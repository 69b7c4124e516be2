"""An installation with the two towns of the tests, in a folder from which real servers can be started."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tests.bench import servers
from tests.bench.browser import Browser

from talkoot import migrate, registry
from talkoot.app import Talkoot, create_app
from talkoot.config import Settings, load
from talkoot.testing import towns
from talkoot.testing.postgres import Cluster
from talkoot.testing.towns import Furnish, World


@dataclass(frozen=True)
class Site:
    """The folder with its settings. `app` looks into the database from outside the servers."""

    folder: Path
    settings: Settings
    app: Talkoot
    world: World

    def resident(self, port: int, network: str = "10.0.0.1") -> Browser:
        """A resident of the town, signed in."""
        browser = Browser(port, network=network)
        browser.sign_in(f"/{towns.TOWN}", address_of("resident"), towns.PASSWORD)
        return browser

    @property
    def topic(self) -> str:
        """The path of the town's topic."""
        return f"/{towns.TOWN}/topics/{self.world.things[towns.TOWN, 'topic']}"


def address_of(role: str) -> str:
    """The e-mail address of the town's person in this role."""
    return f"{role}@{towns.TOWN}.example"


def make(
    folder: Path, furnishers: Iterable[Furnish], cluster: Cluster | None, database: str = "", **values: object
) -> Site:
    """Make it, on a new database of the cluster or on SQLite; `values` go into its settings file."""
    if cluster is not None:
        cluster.create(database)
        values |= {"database_url": cluster.url(database), "owner_database_url": cluster.owner_url(database)}
    servers.write_settings(folder, secret_key="signs nothing outside of the tests, really", proxy_count=1, **values)
    settings = load(folder)
    migrate.upgrade(settings, registry.load())
    app = create_app(settings)
    world = towns.build(app, furnishers)
    app.database.dispose()
    return Site(folder, settings, app, world)

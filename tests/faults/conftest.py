"""Sites on real servers, for tests that take something away from them."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.bench import servers
from tests.bench.browser import Browser

from talkoot import migrate, registry
from talkoot.app import Talkoot, create_app
from talkoot.config import Settings, load
from talkoot.testing import postgres, towns
from talkoot.testing.postgres import Cluster
from talkoot.testing.towns import Furnish, World

_databases = itertools.count(1)


@dataclass(frozen=True)
class Site:
    """An installation with two towns, in a folder from which servers can be started. `app` looks into its database."""

    folder: Path
    settings: Settings
    app: Talkoot
    world: World

    def resident(self, port: int, network: str = "10.0.0.1") -> Browser:
        """A resident of the town, signed in."""
        browser = Browser(port, network=network)
        browser.sign_in(f"/{towns.TOWN}", f"resident@{towns.TOWN}.example", towns.PASSWORD)
        return browser

    @property
    def topic(self) -> str:
        """The path of the town's topic."""
        return f"/{towns.TOWN}/topics/{self.world.things[towns.TOWN, 'topic']}"


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path, furnishers: list[Furnish]) -> Iterator[MakeSite]:
    """`make_site(cluster)`, on PostgreSQL, or `make_site()`, on SQLite; further values go into its settings file."""
    made: list[Site] = []

    def make(cluster: Cluster | None = None, **values: object) -> Site:
        if cluster is not None:
            name = f"faults_{os.getpid()}_{next(_databases)}"
            cluster.create(name)
            values |= {"database_url": cluster.url(name), "owner_database_url": cluster.owner_url(name)}
        servers.write_settings(
            tmp_path, secret_key="signs nothing outside of the tests, really", proxy_count=1, **values
        )
        settings = load(tmp_path)
        migrate.upgrade(settings, registry.load())
        app = create_app(settings)
        world = towns.build(app, furnishers)
        app.database.dispose()
        made.append(Site(tmp_path, settings, app, world))
        return made[-1]

    yield make
    for site in made:
        site.app.database.dispose()


@pytest.fixture
def site(database_kind: str, make_site: MakeSite, request: pytest.FixtureRequest) -> Site:
    """A site on SQLite, and again one on PostgreSQL."""
    return make_site(request.getfixturevalue("cluster") if database_kind == "postgresql" else None)


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that the test may stop: nobody else uses it."""
    folder = Path(tempfile.mkdtemp(prefix="talkoot-"))
    yield postgres.start(folder, os.getpid())
    postgres.stop(folder)

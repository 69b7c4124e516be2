"""Sites on real servers, for tests that take something away from them."""

from __future__ import annotations

import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.bench import sites
from tests.bench.sites import Site

from talkoot.testing import postgres
from talkoot.testing.postgres import Cluster
from talkoot.testing.towns import Furnish

_databases = itertools.count(1)
MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path, furnishers: list[Furnish]) -> Iterator[MakeSite]:
    """`make_site(cluster)`, on PostgreSQL, or `make_site()`, on SQLite; further values go into its settings file."""
    made: list[Site] = []

    def make(cluster: Cluster | None = None, **values: object) -> Site:
        made.append(sites.make(tmp_path, furnishers, cluster, f"faults_{os.getpid()}_{next(_databases)}", **values))
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

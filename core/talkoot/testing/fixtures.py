"""The pytest plugin: options, the run's PostgreSQL, and the fixtures that every test may ask for."""

from __future__ import annotations

import email
import email.policy
import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import structlog
import structlog.testing

from talkoot.app import Talkoot
from talkoot.jobs import worker
from talkoot.mail.messages import mailbox
from talkoot.tenants.tenant import Tenant
from talkoot.testing import installations, postgres, towns, watching
from talkoot.testing.installations import Installation
from talkoot.testing.towns import Furnish, World
from talkoot.testing.visitors import ADDRESSES, Visitor

FOLDER = pytest.StashKey[Path]()  # of the whole run
RUN = pytest.StashKey[int]()  # process that the run ends with
_networks = itertools.count(1)
AsRole = Callable[..., Visitor]
Budget = Callable[[int], AbstractContextManager[list[str]]]


# --- the run ------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("talkoot").addoption(
        "--database",
        choices=("sqlite", "postgresql", "both"),
        help="databases on which tests that use `app` run; default: both where PostgreSQL's programs are found, else sqlite",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "database(kind): run only on this database, `sqlite` or `postgresql`")
    given: dict[str, Any] = getattr(config, "workerinput", {})
    config.stash[FOLDER] = Path(given.get("talkoot_folder") or tempfile.mkdtemp(prefix="talkoot-"))
    config.stash[RUN] = given.get("talkoot_run") or os.getpid()
    _log_from(logging.WARNING)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: every worker uses the folder, and so the one PostgreSQL, of the run."""
    node.workerinput["talkoot_folder"] = str(node.config.stash[FOLDER])
    node.workerinput["talkoot_run"] = os.getpid()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := config.stash.get(FOLDER, None)):
        postgres.stop(folder / "postgresql")
        shutil.rmtree(folder, ignore_errors=True)


def _log_from(level: int) -> None:
    """Plain lines: the development console's coloured tracebacks take seconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"talkoot: databases {', '.join(_databases(config))}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        only = [mark.args[0] for mark in metafunc.definition.iter_markers("database")]
        metafunc.parametrize(
            "database_kind", [kind for kind in _databases(metafunc.config) if not only or kind in only]
        )


def _databases(config: pytest.Config) -> tuple[str, ...]:
    asked = config.getoption("--database")
    if asked in ("sqlite", "postgresql"):
        return (asked,)
    return ("sqlite", "postgresql") if asked == "both" or postgres.binaries() else ("sqlite",)


@pytest.fixture(scope="session")
def run_folder(pytestconfig: pytest.Config) -> Path:
    """A temporary folder that all workers of the run share."""
    return pytestconfig.stash[FOLDER]


@pytest.fixture(scope="session")
def cluster(pytestconfig: pytest.Config, run_folder: Path) -> postgres.Cluster:
    """The run's PostgreSQL, started by whoever asks first. `cluster.create(name)` makes a database of one's own."""
    folder = run_folder / "postgresql"
    run_folder.chmod(0o755)  # the server may run as another user
    with postgres.locked(run_folder / "postgresql.lock"):
        if not folder.exists():
            folder.mkdir()
            postgres.start(folder, pytestconfig.stash[RUN])
    return postgres.Cluster(folder)


@pytest.fixture(scope="session")
def furnishers() -> list[Furnish]:
    """Functions that add a plugin's rows to both towns. A plugin's own conftest.py overrides this."""
    return []


# --- the installation ---------------------------------------------------------------------------------------------


@dataclass
class _Kept:
    installation: Installation
    world: World


@pytest.fixture(scope="session")
def _kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, furnishers: list[Furnish]
) -> Iterator[Callable[[str], _Kept]]:
    """One installation per database and process, furnished once."""
    made: dict[str, _Kept] = {}
    watching.begin()

    def get(kind: str) -> _Kept:
        if kind not in made:
            cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
            made[kind] = _make(tmp_path_factory.mktemp(kind), cluster, furnishers)
        return made[kind]

    yield get
    for kept in made.values():
        kept.installation.close()


def _make(folder: Path, cluster: postgres.Cluster | None, furnishers: list[Furnish]) -> _Kept:
    name = f"tests_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}_{os.getpid()}"
    if cluster is not None:
        cluster.create(name)
    installation = installations.make(installations.settings(folder, name if cluster else "sqlite", cluster))
    world = towns.build(installation.app, furnishers)
    installation.keep(cluster)
    return _Kept(installation, world)


@pytest.fixture
def installation(_kept: Callable[[str], _Kept], database_kind: str) -> Iterator[Installation]:
    """The installation as it was when it had just been furnished."""
    made = _kept(database_kind).installation
    made.renew()
    watching.offences()
    yield made
    assert not (found := watching.offences()), f"statements that name no tenant: {found}"
    assert (left := made.open_connections()) == 0, f"{left} database sessions were left open"


@pytest.fixture
def app(installation: Installation) -> Talkoot:
    """The application, on SQLite and on PostgreSQL: the test runs twice."""
    return installation.app


@pytest.fixture
def world(_kept: Callable[[str], _Kept], database_kind: str, app: Talkoot) -> World:
    """Ids of people, members and things in the towns."""
    return _kept(database_kind).world


@pytest.fixture
def town(app: Talkoot) -> Tenant:
    """A bilingual municipality: Finnish first."""
    return app.directory.current().by_slug[towns.TOWN]


@pytest.fixture
def neighbour(app: Talkoot) -> Tenant:
    """Another municipality of the same region, Swedish first. Every text in it begins with CANARY-B."""
    return app.directory.current().by_slug[towns.NEIGHBOUR]


@pytest.fixture
def region(app: Talkoot) -> Tenant:
    """The region that both belong to."""
    return app.directory.current().by_slug[towns.REGION]


# --- people -------------------------------------------------------------------------------------------------------


@pytest.fixture
def visitor(app: Talkoot, town: Tenant) -> Callable[..., Visitor]:
    """`visitor(tenant=…, by="path" or "host")`: a guest on a site, by default the town's; `tenant=None`: the installation's."""

    def make(tenant: Tenant | None = town, by: str = "path", network: str | None = None) -> Visitor:
        return Visitor(app, tenant, by, network or _another_network())

    return make


@pytest.fixture
def client(visitor: Callable[..., Visitor]) -> Visitor:
    """A guest on the town's site."""
    return visitor()


@pytest.fixture
def as_role(visitor: Callable[..., Visitor], world: World, town: Tenant) -> AsRole:
    """`as_role("moderator")`, signed in on the town's site; `tenant=neighbour`: on the neighbour's, as one of its people.

    Roles: guest, stranger (signed in, member of the other town only), resident, convener, moderator, official,
    councillor, clerk, editor, admin, operator.
    """

    def make(role: str, tenant: Tenant = town, by: str = "path") -> Visitor:
        found = visitor(tenant, by)
        return found if role == "guest" else found.sign_in_as(world.people[tenant.slug, role])

    return make


@pytest.fixture(params=ADDRESSES)
def address(request: pytest.FixtureRequest) -> str:
    """Both kinds of address, for `visitor(by=address)` and `as_role(…, by=address)`."""
    return str(request.param)


def _another_network() -> str:
    """Each visitor comes from elsewhere, so that limits per network count each on its own."""
    n = next(_networks)
    return f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"


# --- data, time, cost ---------------------------------------------------------------------------------------------


@pytest.fixture
def reading(app: Talkoot) -> Callable[..., AbstractContextManager[Any]]:
    """`with reading(town) as db:` a reading session, outside of any request; `None`: the installation's."""

    @contextmanager
    def open_session(tenant: Tenant | None) -> Iterator[Any]:
        with app.app_context(), app.database.session(tenant) as db:
            yield db

    return open_session


@pytest.fixture
def writing(app: Talkoot) -> Callable[..., AbstractContextManager[Any]]:
    """`with writing(town) as db:` a session committed at the end of the block; `None`: the installation's."""

    @contextmanager
    def open_session(tenant: Tenant | None) -> Iterator[Any]:
        with app.app_context(), app.database.session(tenant, writing=True) as db:
            yield db

    return open_session


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    """The events logged during the test, requests included, as dicts."""
    _log_from(logging.INFO)
    with structlog.testing.capture_logs() as events:
        yield events
    _log_from(logging.WARNING)


@pytest.fixture
def run_jobs(app: Talkoot) -> Callable[[], int]:
    """Do every job that waits, here and now; returns how many."""
    return lambda: worker.run_all(app)


@pytest.fixture
def mails(app: Talkoot) -> Callable[[], list[EmailMessage]]:
    """Do the waiting jobs; returns every mail of this test so far, the oldest first."""

    def sent() -> list[EmailMessage]:
        worker.run_all(app)
        files = sorted(mailbox(app).glob("*.eml"), key=lambda path: path.stat().st_mtime_ns)
        return [email.message_from_bytes(path.read_bytes(), policy=email.policy.default) for path in files]

    return sent


@pytest.fixture
def query_budget(app: Talkoot) -> Budget:
    """`with query_budget(5):` fails when the block sends more statements (BEGIN, SET LOCAL and COMMIT not counted)."""

    @contextmanager
    def budget(most: int) -> Iterator[list[str]]:
        app.directory.current()
        app.directory.max_age = 3600.0  # in production it looks once a second, not once a request
        with watching.counted() as seen:
            yield seen
        app.directory.max_age = 0.0
        assert len(seen) <= most, f"{len(seen)} statements, at most {most} expected:\n" + "\n".join(seen)

    return budget


@pytest.fixture
def page_cache(app: Talkoot) -> Any:
    """Switches the page cache on for this test: it is off by default."""
    app.page_cache.limit = app.settings.page_cache_bytes
    return app.page_cache


class Clock:
    """Time as the test wants it: it stands still until it is moved."""

    def __init__(self, traveller: Any) -> None:
        self._traveller = traveller

    def move_to(self, moment: datetime) -> None:
        self._traveller.move_to(moment, tick=False)

    def shift(self, by: timedelta) -> None:
        self._traveller.shift(by)


@pytest.fixture
def clock() -> Iterator[Clock]:
    """`clock.shift(timedelta(days=3))`, `clock.move_to(datetime(2026, 3, 1, 12, tzinfo=UTC))`."""
    import time_machine  # an extra that only tests which move time need

    with time_machine.travel(datetime.now(UTC), tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def unwatched() -> Callable[[], AbstractContextManager[None]]:
    """`with unwatched():` lets statements without a tenant through, for tests that attack on purpose."""
    return watching.unwatched

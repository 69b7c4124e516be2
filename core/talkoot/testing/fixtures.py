"""The pytest plugin: options, the run's PostgreSQL, and the fixtures that every test may ask for."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from talkoot.testing import postgres
from talkoot.testing.visitors import Visitor

FOLDER = pytest.StashKey[Path]()
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
    config.addinivalue_line("markers", "attack: sends statements without a tenant on purpose; the listener lets them through")
    given: dict[str, Any] | None = getattr(config, "workerinput", None)
    config.stash[FOLDER] = Path(given["talkoot_folder"] if given else tempfile.mkdtemp(prefix="talkoot-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """pytest-xdist: every worker uses the folder, and so the one PostgreSQL, of the run."""
    node.workerinput["talkoot_folder"] = str(node.config.stash[FOLDER])
    node.workerinput["talkoot_run"] = _run_id()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput") and (folder := config.stash.get(FOLDER, None)):
        postgres.stop(folder / "postgresql")
        shutil.rmtree(folder, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> str:
    return f"talkoot: databases {', '.join(_databases(config))}"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        only = [mark.args[0] for mark in metafunc.definition.iter_markers("database")]
        metafunc.parametrize("database_kind", [kind for kind in _databases(metafunc.config) if not only or kind in only])


def _databases(config: pytest.Config) -> tuple[str, ...]:
    asked = config.getoption("--database")
    if asked in ("sqlite", "postgresql"):
        return (asked,)
    return ("sqlite", "postgresql") if asked == "both" or postgres.binaries() else ("sqlite",)

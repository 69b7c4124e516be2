"""No test is skipped silently: in CI a skip is a failure, and the only ways to skip are those that CI can see."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TESTS = """
import pytest

@pytest.mark.skipif(True, reason="needs a program that is not here")
def test_of_a_missing_program():
    pass

@pytest.mark.xfail(reason="some day")
def test_of_something_broken():
    assert False

@pytest.mark.database("postgresql")
def test_of_one_database(database_kind):
    pass

def test_of_nothing():
    pass
"""


def run(folder: Path, ci: str, *arguments: str) -> dict[str, int]:
    """How the tests above end: "passed", "failed", "skipped" …, how many each."""
    (folder / "test_it.py").write_text(TESTS, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.skipping", "-p", "no:cacheprovider", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CI": ci}
    done = subprocess.run(
        [*command, str(folder)], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    return {what: int(n) for n, what in re.findall(r"(\d+) (\w+)", done.stdout.strip().splitlines()[-1])}


def test_in_ci_a_skipped_test_has_failed(tmp_path: Path) -> None:
    found = run(tmp_path, "true", "--database=sqlite")
    assert (found["failed"], found["error"], found["skipped"], found["passed"]) == (1, 1, 1, 1), (
        "the one of the other database was not asked for"
    )


def test_elsewhere_it_is_skipped_and_said(tmp_path: Path) -> None:
    found = run(tmp_path, "", "--database=sqlite")
    assert (found["skipped"], found["xfailed"], found["passed"]) == (2, 1, 1)


def test_the_suite_uses_it() -> None:
    from tests import conftest, skipping

    assert conftest.pytest_runtest_makereport is skipping.pytest_runtest_makereport


@pytest.mark.parametrize("top", ["tests", "core", "plugins", "themes"])
def test_nothing_is_skipped_while_tests_are_collected(top: str) -> None:
    """A module that skips itself has no report of its own to fail."""
    ways = re.compile(r"importorskip\(|pytest\.skip\(|allow_module_level|collect_ignore|addopts.*--(ignore|deselect)")
    found = [
        str(path.relative_to(ROOT))
        for path in (ROOT / top).rglob("*.py")
        if path != Path(__file__) and ways.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_ci_says_that_it_is_ci_and_chooses_both_databases() -> None:
    assert "export CI=true" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "--database=both" in (ROOT / "tests" / "run").read_text(encoding="utf-8")

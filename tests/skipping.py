"""In continuous integration no test is skipped: a program that is missing there is a failure, not a green run."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any

import pytest

# Tests of one database have nothing to run on when the other was chosen; CI chooses both (tests/run).
CHOSEN = "got empty parameter set for (database_kind)"


@pytest.hookimpl(wrapper=True, tryfirst=True)  # around the one that turns xfail into a skip
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    """With CI=true a skipped test has failed, saying why it would have been skipped."""
    report = yield
    if report.skipped and os.environ.get("CI") == "true":
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else f"xfail, {report.wasxfail}"
        if CHOSEN not in reason or item.config.getoption("--database") not in ("sqlite", "postgresql"):
            report.outcome = "failed"
            report.longrepr = f"{item.nodeid} would be skipped, and nothing is in CI: {reason}"
    return report

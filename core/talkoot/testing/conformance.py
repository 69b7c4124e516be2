"""Whether a plugin keeps the contract: what `talkoot plugin check` runs, and what a plugin's own tests run.

In a plugin's tests one line collects everything, one test for each check:

    test_conformance = conformance("noticeboard")
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

from structlog.testing import capture_logs

from talkoot.errors import SetupError
from talkoot.testing import accessibility, package_checks, page_checks
from talkoot.testing.towns import Furnish
from talkoot.testing.trials import Trial, trial

Check = Callable[[Trial], Iterator[str]]
CHECKS: tuple[Check, ...] = (
    page_checks.pages_open,
    page_checks.reading_writes_nothing,
    page_checks.towns_stay_apart,
    page_checks.switched_off_means_unreachable,
    page_checks.more_rows_cost_no_more_queries,
    page_checks.people_can_take_and_erase_their_data,
    package_checks.tables_keep_tenants_apart,
    package_checks.migrations_go_up_and_down,
    package_checks.texts_are_translated,
    package_checks.commands_work_without_it,
    accessibility.pages_pass_axe,
)


def check_plugin(name: str, fill: Furnish | None = None) -> list[str]:
    """Every fault of an installed plugin, one sentence each; an empty list means it keeps the contract."""
    try:
        with trial(name, fill) as made:
            return [f"{_title(check)}: {fault}" for check in CHECKS for fault in _faults(check, made)]
    except SetupError as error:
        return [str(error)]


def conformance(name: str, fill: Furnish | None = None) -> Callable[..., None]:
    """A test function, parametrised by check, for a plugin's own test file.

    `fill(app, db, world, mark)` adds rows that cannot be made through the plugin's forms; their texts begin with `mark`.
    """
    import pytest

    kept: list[Trial] = []  # made by the first check that runs, ended with its module

    def begin(request: pytest.FixtureRequest) -> Trial:
        if not kept:
            stack = ExitStack()
            stack.callback(kept.clear)
            kept.append(stack.enter_context(trial(name, fill)))
            request.node.getparent(pytest.Module).addfinalizer(stack.close)
        return kept[0]

    @pytest.mark.parametrize("check", CHECKS, ids=_title)
    def test_conformance(check: Check, request: pytest.FixtureRequest) -> None:
        faults = _faults(check, begin(request))
        assert not faults, "\n".join(faults)

    return test_conformance


def _faults(check: Check, made: Trial) -> list[str]:
    """What a check finds, with the errors that were logged meanwhile; the rest of the log is not shown."""
    with capture_logs() as lines:
        found = list(check(made.renewed()))
    errors = {f"{line['path']} raised {line['error']}" for line in lines if line["event"] == "unexpected"}
    return [*found, *(sorted(errors) if found else ())]


def _title(check: Any) -> str:
    return str(check.__name__).replace("_", " ")


__all__ = ["CHECKS", "check_plugin", "conformance"]

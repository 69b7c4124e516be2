"""asvs.csv says which items of OWASP ASVS 5.0 are met and by which test; a test that vanishes fails here."""

from __future__ import annotations

import ast
import csv
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = Path(__file__).with_name("asvs.csv")
ITEM = re.compile(r"v5\.0\.0-(\d+)\.(\d+)\.(\d+)")
FEWEST_MET = 60


def rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def missing(test: str) -> str:
    """What is wrong with `tests/…/test_x.py::test_name`; empty when it is there and would be collected."""
    path, separator, name = test.partition("::")
    file = ROOT / path
    if not separator or not path.startswith("tests/") or not file.name.startswith("test_"):
        return f"{test!r} is not written as tests/…/test_….py::test_…"
    if not file.is_file():
        return f"there is no {path}"
    return "" if name in names(file) else f"{path} has no {name}"


@lru_cache(maxsize=128)
def names(file: Path) -> frozenset[str]:
    """The tests of a file: functions, and methods of classes as `TestThing::test_name`."""
    return frozenset(_names(ast.parse(file.read_text(encoding="utf-8"))))


def _names(tree: ast.Module) -> Iterator[str]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            methods = [m.name for m in node.body if isinstance(m, ast.FunctionDef) and m.name.startswith("test_")]
            yield from (f"{node.name}::{method}" for method in methods)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["id"])
def test_an_item_that_is_met_names_tests_that_exist(row):
    assert ITEM.fullmatch(row["id"]), "ids are written as v5.0.0-8.4.1"
    assert row["level"] in ("1", "2", "3")
    assert row["status"] in ("met", "open")
    tests = row["test"].split()
    assert bool(tests) == (row["status"] == "met"), "what is met names its tests, what is open names none"
    assert [problem for problem in map(missing, tests) if problem] == []


def test_items_stand_once_and_in_order():
    numbers = [tuple(map(int, ITEM.fullmatch(row["id"]).groups())) for row in rows()]
    assert numbers == sorted(set(numbers))


def test_the_table_does_not_shrink():
    assert sum(row["status"] == "met" for row in rows()) >= FEWEST_MET


@pytest.mark.parametrize(
    ("test", "problem"),
    [
        ("tests/rules/test_asvs.py::test_items_stand_once_and_in_order", ""),
        (
            "tests/rules/test_asvs.py::test_that_was_taken_away",
            "tests/rules/test_asvs.py has no test_that_was_taken_away",
        ),
        ("tests/rules/test_nothing.py::test_x", "there is no tests/rules/test_nothing.py"),
        ("tests/rules/test_asvs.py", "'tests/rules/test_asvs.py' is not written as tests/…/test_….py::test_…"),
        ("core/talkoot/app.py::test_x", "'core/talkoot/app.py::test_x' is not written as tests/…/test_….py::test_…"),
    ],
)
def test_a_test_that_vanished_is_noticed(test, problem):
    assert missing(test) == problem

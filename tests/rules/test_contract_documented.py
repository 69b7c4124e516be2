"""Every hook and fact of the contract is documented with its exact arguments, tested, used, and really called."""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import pytest

from talkoot import plugin as contract
from talkoot import registry

ROOT = Path(__file__).parents[2]
HOOKS = registry.hook_names()
DOCUMENT = (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
FACTS = (
    "Plugin",
    "Permission",
    "Setting",
    "Job",
    "Place",
    "ConversationKind",
    "ScopeKind",
    "FollowKind",
    "Statistic",
    "NavItem",
    "TakePart",
    "Section",
    "SummaryItem",
    "Theme",
)


def test_there_are_hooks():
    assert "nav_items" in HOOKS
    assert len(HOOKS) >= 12


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_documented_with_its_arguments_and_an_example(hook):
    function = getattr(contract, hook)
    signature = f"`{hook}({', '.join(inspect.signature(function).parameters)}) -> {function.__annotations__['return']}`"
    part = DOCUMENT.partition(f"\n## {hook}\n")[2].partition("\n## ")[0]
    assert signature in part
    example = re.search(r"```python\n(.*?)```", part, re.DOTALL)
    assert example
    assert f"@hookimpl\ndef {hook}(" in example[1]
    compile(example[1], hook, "exec")
    assert f"| [`{hook}`](#{hook}) |" in DOCUMENT


def test_no_hook_is_documented_that_is_not_there():
    assert set(re.findall(r"^## (\w+)$", DOCUMENT, re.MULTILINE)) == set(HOOKS)


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_has_one_line_of_explanation(hook):
    assert getattr(contract, hook).__doc__.strip().count("\n") == 0


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_tested_through_the_example_plugin(hook):
    tests = (ROOT / "tests" / "plugins" / "noticeboard" / "test_hooks.py").read_text(encoding="utf-8")
    assert f"def test_hook_{hook}(" in tests


@pytest.mark.parametrize("hook", HOOKS)
def test_a_hook_is_used_and_called(hook):
    """A hook ships only with a plugin that uses it, and somebody calls it."""
    assert "noticeboard" in registry.load().implementing(hook)
    sources = [p.read_text(encoding="utf-8") for part in ("core", "plugins") for p in (ROOT / part).rglob("*.py")]
    calls = re.compile(rf'(collect|gather|insist|deliver)\(\s*"{hook}"|hook\.{hook}\b')
    assert any(calls.search(source) for source in sources)


@pytest.mark.parametrize("fact", FACTS)
def test_a_fact_can_be_imported_and_is_explained(fact):
    import talkoot

    found = getattr(talkoot, fact)
    assert dataclasses.is_dataclass(found)
    assert found.__doc__.strip()
    assert fact in talkoot.__all__


def test_the_practices_have_their_numbers():
    """Code cites "domain row N": the rows are there, each once, in order."""
    rows = re.findall(
        r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$",
        (ROOT / "docs" / "practices.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert [int(row[0]) for row in rows] == list(range(1, 153))
    assert all(row[3].strip().endswith(".") for row in rows)
    cited = set()
    for folder in ("core", "plugins", "themes"):
        for path in (ROOT / folder).rglob("*.py"):
            cited |= {int(n) for n in re.findall(r"domain row (\d+)", path.read_text(encoding="utf-8"))}
    assert cited
    assert max(cited) <= 152

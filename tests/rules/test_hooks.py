"""Every hook of the contract is documented with its exact arguments, has a test of its own, and is called by core."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from talkoot import plugin as contract
from talkoot.registry import hook_names

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs" / "hooks.md"
PLACES = (ROOT / "core" / "talkoot", ROOT / "plugins")  # a plugin calls post_extras where it shows its conversations
NOT_CALLERS = {"plugin.py", "duties.py"}


def arguments(hook: str) -> str:
    return ", ".join(inspect.signature(getattr(contract, hook)).parameters)


def test_there_are_hooks():
    assert {"nav_items", "check_post", "erase_person"} <= set(hook_names())


@pytest.mark.parametrize("hook", hook_names())
def test_a_hook_is_documented_with_its_arguments(hook):
    assert f"{hook}({arguments(hook)})" in DOCS.read_text(encoding="utf-8"), (
        f"docs/hooks.md lacks {hook}({arguments(hook)})"
    )


@pytest.mark.parametrize("hook", hook_names())
def test_a_hook_has_a_test(hook):
    tests = [
        path
        for path in (ROOT / "tests").rglob("test_*.py")
        if f"def test_hook_{hook}(" in path.read_text(encoding="utf-8")
    ]
    assert tests, f"no test is called test_hook_{hook}"


@pytest.mark.parametrize("hook", hook_names())
def test_the_hook_is_called(hook):
    call = re.compile(rf'\.(collect|gather|insist|collect_everywhere|\w+)\(\s*"{hook}"')
    files = [path for place in PLACES for path in place.rglob("*.py")]
    callers = [path for path in files if path.name not in NOT_CALLERS and "testing" not in path.parts]
    assert [path for path in callers if call.search(path.read_text(encoding="utf-8"))], f"nobody calls {hook}"


@pytest.mark.parametrize("hook", hook_names())
def test_a_hook_says_what_it_is_for(hook):
    doc = inspect.getdoc(getattr(contract, hook)) or ""
    assert doc
    assert "\n" not in doc, "one line: the whole contract is one page"


def test_the_docs_name_no_hook_that_is_gone():
    named = set(re.findall(r"^#+ `?([a-z_]+)\(", DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= set(hook_names())

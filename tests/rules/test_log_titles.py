"""Every act that is written to a site's log has words, in every language of the page that shows it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from talkoot import i18n, registry
from talkoot.audit import titles

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for top in ("core", "plugins")
    for path in sorted((ROOT / top).rglob("*.py"))
    if not {"testing", "demo", "migrations"} & set(path.parts)
]
KNOWN = {
    **{name: title for p in registry.load().plugins.values() for name, title in p.plugin.log_titles.items()},
    **titles.TITLES,
}


def acts(path: Path) -> set[str]:
    """The names of acts in calls of `here.note(…)`, `audit.note(db, …)` and `noting.note(db, …)`, but those put together there."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("here.note", "audit.note", "noting.note"):
            name = node.args[0 if ast.unparse(node.func) == "here.note" else 1]
            both = [name.body, name.orelse] if isinstance(name, ast.IfExp) else [name]
            found |= {str(part.value) for part in both if isinstance(part, ast.Constant)}
    return found


def test_every_act_has_words():
    found = {name: path for path in SOURCES for name in acts(path)}
    assert len(found) > 30
    assert {name: str(path.relative_to(ROOT)) for name, path in found.items() if name not in KNOWN} == {}


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_the_words_are_translated(app, language):
    with i18n.speaking(language):
        said = {name: str(title) for name, title in KNOWN.items()}
    with i18n.speaking("en"):
        english = {name: str(title) for name, title in KNOWN.items()}
    assert [name for name, words in said.items() if words == english[name]] == []

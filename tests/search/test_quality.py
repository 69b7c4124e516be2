"""How much of what is meant is found, for a written set of queries in Finnish and Swedish, on both databases.

docs/search.md shows the table of these figures, and is compared with it here: who changes an analyzer sees what it did.
"""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pytest

from talkoot.conversations.posts import NewPost
from talkoot.search import analyzers, lemmas, querying, terms
from talkoot.search.keys import Keys
from talkoot_forums import forums, topics

HERE = Path(__file__).parent / "quality"
DOCS = Path(__file__).parents[2] / "docs" / "search.md"
# (share of what must be found, wrong extras) that a change may not fall behind
FLOORS = {"fi": (0.99, 8), "sv": (0.99, 0), "fi-unseen": (0.87, 0), "sv-unseen": (0.90, 0)}
STEMS_FLOORS = {"fi": (0.37, 1), "sv": (0.50, 4)}  # without base forms


class Figures(NamedTuple):
    """What became of a set of queries. `partly` were found in part, `extra` are posts that should not have been found."""

    queries: int
    must: int
    found: int
    whole: int
    extra: int
    wrong: tuple[str, ...]

    @property
    def recall(self) -> float:
        return self.found / self.must


def load(of: str) -> dict[str, Any]:
    with (HERE / f"{of}.toml").open("rb") as file:
        return tomllib.load(file)


@pytest.fixture
def measure(app, world, writing, reading, town, run_jobs):
    """The figures of a language's set in the town, whose pages are in Finnish, Swedish and English."""

    def figures(of: str) -> Figures:
        given, language = load(of), of[:2]
        with writing(town) as db:
            forum = forums.get(db, world.things["kokkola", "forum"]).id
            made = [_write(app, db, world, forum, text, language) for text in given["posts"]]
        run_jobs()
        keys = Keys(town.id, analyzers.of(app.settings.instance), town.languages)
        with reading(town) as db:
            answers = {query: _find(app, db, keys, query, made) for query in given["queries"]}
        return _compare(given, answers)

    return figures


def _write(app, db, world, forum, text, language):
    draft = NewPost(world.members["kokkola", "resident"], text, uuid4(), language)
    return topics.begin(db, app.registry, forum, title="---", kind="discussion", draft=draft)[1].id


def _find(app, db, keys, query, made) -> set[int]:
    found, after = set(), None
    while True:
        page = querying.find(db, app.registry, keys, terms.parse(query), querying.Filters(), member=False, after=after)
        found |= {made.index(post.id) + 1 for post in page.posts if post.id in made}
        if (after := page.following) is None:
            return found


def _compare(given, answers) -> Figures:
    must = found = whole = extra = 0
    wrong = []
    for query, wanted in given["queries"].items():
        right = set(wanted)
        missed, more = right - answers[query], answers[query] - right - set(given["may"].get(query, ()))
        must, found, extra = must + len(right), found + len(right - missed), extra + len(more)
        whole += not missed
        if missed or more:
            wrong.append(f"{query}: misses {sorted(missed)}, too many {sorted(more)}")
    return Figures(len(answers), must, found, whole, extra, tuple(wrong))


@pytest.fixture
def base_forms(app, dictionaries):
    """The whole dictionaries, in the installation of the test."""
    for code in ("fi", "sv"):
        path = lemmas.path_of(app.settings.instance, code)
        path.parent.mkdir(exist_ok=True)
        shutil.copy(lemmas.path_of(dictionaries, code), path)
    _forget()
    yield
    shutil.rmtree(app.settings.instance / "lemmas")
    _forget()


def _forget():
    lemmas.open_all.cache_clear()
    analyzers.of.cache_clear()


@pytest.mark.parametrize("of", FLOORS)
def test_there_are_queries_enough(of):
    given = load(of)
    assert len(given["queries"]) >= (36 if "unseen" in of else 60)
    assert set(given["may"]) <= set(given["queries"])
    assert all(1 <= n <= len(given["posts"]) for wanted in given["queries"].values() for n in wanted)


@pytest.mark.parametrize("of", FLOORS)
def test_with_base_forms(base_forms, measure, of):
    figures, (recall, extra) = measure(of), FLOORS[of]
    print("", _row(of, "base forms", figures), *figures.wrong, sep="\n")
    assert figures.recall >= recall, figures.wrong
    assert figures.extra <= extra, figures.wrong
    assert _row(of, "base forms", figures) in DOCS.read_text(), "write this row into docs/search.md"


@pytest.mark.parametrize("language", STEMS_FLOORS)
def test_without_base_forms(measure, language):
    figures, (recall, extra) = measure(language), STEMS_FLOORS[language]
    print("", _row(language, "stems only", figures), *figures.wrong, sep="\n")
    assert figures.recall >= recall, figures.wrong
    assert figures.extra <= extra, figures.wrong
    assert _row(language, "stems only", figures) in DOCS.read_text(), "write this row into docs/search.md"


def _row(of: str, by: str, figures: Figures) -> str:
    name = {"fi": "Finnish", "sv": "Swedish"}[of[:2]] + (" unseen" if "unseen" in of else "")
    return (
        f"| {name}, {by} | {figures.queries} | {figures.whole} | {figures.found} of {figures.must} "
        f"({figures.recall:.0%}) | {figures.extra} |"
    )

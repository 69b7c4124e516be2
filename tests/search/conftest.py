"""Fixtures of search's tests: posts written and found, base forms of a few words or of whole languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from importlib.metadata import version
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from tests.core.conftest import run

from talkoot.conversations.posts import NewPost
from talkoot.search import analyzers, lemmas
from talkoot.tenants.tenant import Tenant
from talkoot.testing.postgres import locked
from talkoot_forums import forums, topics

__all__ = ["run"]  # pytest finds its fixtures here
Write = Callable[..., UUID]
Find = Callable[..., list[str]]
FEW = {
    "fi": {"kunnassa": "kunta", "kunta": "kunta", "turvallisuus": "turvallisuus", "suunnitelma": "suunnitelma",
           "suunnitelmaan": "suunnitelma", "sää": "sää", "säätä": "sää"},
    "sv": {"böcker": "bok", "bok": "bok", "säkerhet": "säkerhet", "planen": "plan", "plan": "plan"},
}  # fmt: skip


@pytest.fixture(scope="session")
def dictionaries(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the base forms of Finnish and Swedish, compiled once for this version of the dictionaries."""
    folder = Path(request.config.cache.mkdir(f"lemmas-{version('simplemma')}"))
    with locked(folder / "lock"):
        list(lemmas.compile_each(folder, lemmas.missing(folder, ("fi", "sv"))))
    return folder


@pytest.fixture
def few_words(app, request):
    """Base forms of a few words, in the installation of the test."""
    folder = app.settings.instance
    for code, pairs in FEW.items():
        lemmas.write(lemmas.path_of(folder, code), pairs.items())
    _forget()
    yield
    for code in FEW:
        lemmas.path_of(folder, code).unlink()
    _forget()


def _forget() -> None:
    lemmas.open_all.cache_clear()
    analyzers.of.cache_clear()


@pytest.fixture
def write(app, world, writing, town, run_jobs) -> Write:
    """Begin a topic, or with `topic` reply in it; returns the post's id. Jobs are done."""

    def post(text: str, *, title: str = "A title", topic: int | None = None, by: str = "resident", at: Tenant = town,
             language: str = "", forum: str = "forum", kind: str = "discussion") -> UUID:  # fmt: skip
        draft = NewPost(world.members[at.slug, by], text, uuid4(), language or at.language)
        with writing(at) as db:
            if topic:
                added = topics.reply(db, app.registry, topics.get(db, topic), draft)
            else:
                forum_id = forums.get(db, world.things[at.slug, forum]).id
                number, added = topics.begin(db, app.registry, forum_id, title=title, kind=kind, draft=draft)
                world.things[at.slug, "new topic"] = number
        run_jobs()
        return added.id

    return post


def texts(page: str) -> list[str]:
    """The excerpts of a page of results, marks left out."""
    found = re.findall(r'<p class="hit-text"[^>]*>(.*?)</p>', page, re.DOTALL)
    return [unescape(re.sub(r"</?mark>", "", text)) for text in found]


def count(page: str) -> int:
    """How many posts the page says were found."""
    told = re.search(r"([\d\s,\u00a0]+) posts? (?:was|were) found", page)
    return int(re.sub(r"\D", "", told[1])) if told else 0


def left_out(page: str) -> int:
    """How many posts the page says to be in the same discussions as those that are shown."""
    return sum(int(number) for number in re.findall(r">(\d+) other posts? in this discussion", page))


@pytest.fixture
def find(client) -> Find:
    """`find("words")`: the excerpts of what a guest finds; `who`: somebody else. The count told is theirs."""

    def ask(query: str, *, who=client, **more: str) -> list[str]:
        answer = who.get("/search", query_string={"q": query, "lang": "en", **more})
        assert answer.status_code == 200
        found = texts(answer.text)
        assert count(answer.text) == len(found) + left_out(answer.text) or len(found) == 20
        return found

    return ask

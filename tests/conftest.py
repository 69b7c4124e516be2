"""What the tests of this repository add to the kit of talkoot.testing: the example plugin, and plugins' rows in both towns."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
import structlog
from tests.example_plugin import installing
from tests.example_plugin.furnishing import furnish_noticeboard
from tests.plugins.polls.furnishing import furnish_polls
from tests.skipping import pytest_runtest_makereport

from talkoot.app import Talkoot
from talkoot.conversations import flags, posts, reactions
from talkoot.db import TenantSession
from talkoot.testing.towns import Furnish, World
from talkoot_forums import forums, tags, topic_tags, topics, upkeep

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["pytest_runtest_makereport"]  # pytest finds its hooks here


def pytest_configure(config: pytest.Config) -> None:
    """The example plugin is a distribution of its own: pip installs it for the run, before anything looks for plugins."""
    os.environ.setdefault(
        "TALKOOT_SEARCH_LANGUAGES", ""
    )  # compiling base forms takes half a minute; tests/search does it once
    installing.make_available(Path(config.cache.mkdir("example-plugin")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="put the README's pictures into docs/pictures")


@pytest.fixture(autouse=True)
def loggers_are_not_kept() -> Iterator[None]:
    """A command that sets the logs up for a server, in the process of the tests, would leave later tests no events to see."""
    yield
    assert not structlog.get_config()["cache_logger_on_first_use"]


@pytest.fixture
def made(app: Talkoot, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that Flask was asked for: what stands before it answers the others."""
    asked: list[str] = []
    inner = app.page_cache.app

    def count(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        asked.append(environ["PATH_INFO"])
        return inner(environ, start_response)

    monkeypatch.setattr(app.page_cache, "app", count)
    return asked


@pytest.fixture(scope="session")
def furnishers() -> list[Furnish]:
    return [furnish_forums, furnish_polls, furnish_noticeboard]


def furnish_forums(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    """A public forum and one for members, topics with posts, a quote, a reaction, a report, an edit, a hidden post."""
    slug, language, words = db.tenant.slug, db.tenant.language, f"{mark}-" if mark else ""
    member = {role: identity for (where, role), identity in world.members.items() if where == slug}

    def draft(role: str, text: str, **more: object) -> posts.NewPost:
        return posts.NewPost(member[role], f"{words}{text}", uuid4(), language, **more)  # type: ignore[arg-type]

    public = forums.save(
        db,
        None,
        names={"fi": f"{words}Kylät", "sv": f"{words}Byar"},
        about={"fi": f"{words}about the forum"},
        standing="permanent",
        area_id=world.things[slug, "area"].id,
        body_id=world.things[slug, "body"],
        slug=f"{'canary-b-' if mark else ''}kylat",
        shared=True,
    )
    closed = forums.save(
        db,
        None,
        names={"fi": f"{words}Jäsenet"},
        about={},
        standing="pilot",
        area_id=None,
        body_id=None,
        members_only=True,
        slug=f"{'canary-b-' if mark else ''}jasenet",
    )
    number, first = topics.begin(
        db, app.registry, public.id, title=f"{words}Katuvalot", kind="question", draft=draft("resident", "first post")
    )
    topic = topics.get(db, number)
    second = topics.reply(db, app.registry, topic, draft("official", "an answer with **weight**", quote_of=first.id))
    third = topics.reply(db, app.registry, topic, draft("resident", "a post that is hidden"))
    inner, _ = topics.begin(
        db,
        app.registry,
        closed.id,
        title=f"{words}Vain jäsenille",
        kind="discussion",
        draft=draft("resident", "for members"),
    )
    for extra in range(3 if mark else 0):  # the neighbour has numbers that the town has not
        number_of_extra, _ = topics.begin(
            db,
            app.registry,
            public.id,
            title=f"{words}Extra {extra}",
            kind="idea",
            draft=draft("resident", f"extra {extra}"),
        )
        world.things[slug, f"topic {extra}"] = number_of_extra
    reactions.react(db, posts.get(db, second.id), member["resident"], "thanks", True)
    flags.flag(db, posts.get(db, third.id), member["official"], "insult", f"{words}flag")
    posts.edit(db, app.registry, posts.get(db, first.id), member["resident"], f"{words}first post, edited", 1)
    posts.hide(db, app.registry, posts.get(db, third.id), member["moderator"], f"{words}hidden reason")
    upkeep.lift(
        db,
        topics.get(db, number),
        by=member["convener"],
        words=f"{words}lifted",
        due_on=None,
        language=language,
        submission=uuid4(),
    )
    tag = tags.save(db, None, {"fi": f"{words}Liikenne", "sv": f"{words}Trafik"})
    topic_tags.choose(db, topic.id, [tag.slug])
    world.things |= {
        (slug, "tag"): tag.slug,
        (slug, "forum"): public.slug,
        (slug, "members' forum"): closed.slug,
        (slug, "topic"): number,
        (slug, "members' topic"): inner,
        (slug, "conversation"): topic.conversation_id,
        (slug, "post"): first.id,
        (slug, "second post"): second.id,
        (slug, "hidden post"): third.id,
    }

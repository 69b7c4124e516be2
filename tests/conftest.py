"""What the tests of this repository add to the kit of talkoot.testing: the example plugin, and plugins' rows in both towns."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from tests.example_plugin import installing
from tests.example_plugin.furnishing import furnish_noticeboard
from tests.skipping import pytest_runtest_makereport

from talkoot.app import Talkoot
from talkoot.conversations import flags, posts, reactions
from talkoot.db import TenantSession
from talkoot.testing.towns import Furnish, World
from talkoot_forums import forums, topics, upkeep

__all__ = ["pytest_runtest_makereport"]  # pytest finds its hooks here


def pytest_configure(config: pytest.Config) -> None:
    """The example plugin is a distribution of its own: pip installs it for the run, before anything looks for plugins."""
    installing.make_available(Path(config.cache.mkdir("example-plugin")))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", action="store_true", help="put the README's pictures into docs/pictures")


@pytest.fixture(scope="session")
def furnishers() -> list[Furnish]:
    return [furnish_forums, furnish_noticeboard]


def furnish_forums(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    """A public forum and one for members, topics with posts, a quote, a reaction, a report, an edit, a hidden post."""
    slug, language, words = db.tenant.slug, db.tenant.language, f"{mark}-" if mark else ""
    member = {role: identity for (where, role), identity in world.members.items() if where == slug}

    def draft(role: str, text: str, **more: object) -> posts.Draft:
        return posts.Draft(member[role], f"{words}{text}", uuid4(), language, **more)  # type: ignore[arg-type]

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
    world.things |= {
        (slug, "forum"): public.slug,
        (slug, "members' forum"): closed.slug,
        (slug, "topic"): number,
        (slug, "members' topic"): inner,
        (slug, "conversation"): topic.conversation_id,
        (slug, "post"): first.id,
        (slug, "second post"): second.id,
        (slug, "hidden post"): third.id,
    }

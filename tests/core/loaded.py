"""A demo that is loaded once on each database, for the tests of what is in it; conftest.py has the fixtures from here."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot import clock, migrate, registry
from talkoot.app import Talkoot, create_app
from talkoot.config import Settings
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Conversation, Draft, Flag, Post, PostVersion, Reaction
from talkoot.demo import loading
from talkoot.demo.world import Scale
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.people.models import Membership, RoleGrant
from talkoot.testing import installations
from talkoot_forums.models import Forum, Tag, Topic, TopicTag
from talkoot_polls.models import Ballot, Poll, Voter

EVERYTHING = (
    Contribution,
    Conversation,
    Draft,
    Flag,
    FollowUp,
    FollowUpEvent,
    Forum,
    Membership,
    Post,
    PostVersion,
    Reaction,
    RoleGrant,
    Topic,
    Tag,
    TopicTag,
    Poll,
    Voter,
    Ballot,
)
Make = Callable[[str], Settings]


@pytest.fixture(scope="session")
def make(request, tmp_path_factory) -> Iterator[Make]:
    """`make("sqlite")`: the settings of an empty, migrated installation on a database of its own."""
    with ExitStack() as leaving:

        def settings(kind: str) -> Settings:
            cluster = request.getfixturevalue("cluster") if kind == "postgresql" else None
            name = f"demo_{os.getpid()}_{uuid4().hex[:8]}"
            if cluster:
                cluster.create(name)
                leaving.callback(cluster.drop, name)
            made = installations.settings(
                tmp_path_factory.mktemp("demo"), name if cluster else "sqlite", cluster, demo=True
            )
            migrate.upgrade(made, registry.load())
            return made

        yield settings


class Loaded:
    """A loaded demo: the application, and every row of every site, read once."""

    def __init__(self, settings: Settings, scale: Scale | None = None) -> None:
        self.progress: list[int] = []
        self.indexed: list[int] = []
        self.counts = loading.load(
            settings, registry.load(), scale=scale, progress=self.progress.append, indexed=self.indexed.append
        )
        self.loaded_at = clock.now()
        self.app: Talkoot = create_app(settings)
        loading.publish(self.app)
        self.tenants = self.app.directory.current().by_slug
        self.rows: dict[type, list[Any]] = {model: [] for model in EVERYTHING}
        for tenant in self.tenants.values():
            with self.app.database.session(tenant) as db:
                for model in EVERYTHING:
                    self.rows[model] += db.scalars(select(model).where(model.tenant_id == tenant.id)).all()

    def of_installation(self, model: Any) -> list[Any]:
        """All rows of one of the installation's own tables."""
        with self.app.database.session(None) as db:
            return list(db.scalars(select(model)))

    def posts_by_conversation(self) -> dict[Any, list[Any]]:
        """Posts in order, by conversation."""
        found: dict[Any, list[Any]] = {}
        for post in sorted(self.rows[Post], key=lambda post: post.n):
            found.setdefault(post.conversation_id, []).append(post)
        return found


@pytest.fixture(scope="session")
def kept(make) -> Iterator[Callable[[str, Scale | None], Loaded]]:
    """Each demo is loaded once on each database."""
    made: dict[tuple[str, Scale | None], Loaded] = {}

    def get(kind: str, scale: Scale | None) -> Loaded:
        if (kind, scale) not in made:
            made[kind, scale] = Loaded(make(kind), scale)
        return made[kind, scale]

    yield get
    for loaded in made.values():
        loaded.app.database.dispose()


@pytest.fixture
def demo(kept, database_kind) -> Loaded:
    """The demo region."""
    return kept(database_kind, None)


@pytest.fixture
def composed_one(kept, database_kind) -> Loaded:
    """A composed installation of three municipalities with one long topic."""
    return kept(database_kind, Scale(3, 5_200))

"""A poll in the town's public discussion, made as a test wants it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.core.conftest import actions

from talkoot import clock as now
from talkoot.conversations import posts
from talkoot_polls import polls

__all__ = ["actions"]


@pytest.fixture
def ask(app, writing, town, world):
    """`ask(kind="several", anonymous=False)`: a poll of the resident under the first post; returns its number."""

    def make(
        *, kind="single", anonymous=True, shown="always", most=None, days=7, options=("Ma", "Ti", "Ke"), under="post"
    ):
        closes = now.now() + timedelta(days=days)
        asked = polls.Asked("Mikä päivä sopii?", options, kind, most, anonymous, shown, closes)
        with writing(town) as db:
            post = posts.get(db, world.things["kokkola", under])
            return polls.begin(db, app.registry, post, world.members["kokkola", "resident"], asked, "fi")

    return make

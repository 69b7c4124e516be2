"""What was last written in one area: its own forums' topics, the newest first, and what each reader may know of."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from talkoot import clock
from talkoot.conversations import posts
from talkoot.tenants import areas
from talkoot_forums import forums, nearby, topics
from talkoot_forums.models import Topic

TOPICS = [  # forum, title, days ago, what else
    ("Satama", "pinned", 9, {"pinned": True}),
    ("Satama", "old", 8, {}),
    ("Satama", "hidden", 1, {"hidden_at": clock.now()}),
    ("Satama", "new", 2, {}),
    ("Saaret", "middle", 5, {}),
    ("Sisäpiiri", "members'", 4, {}),
    ("Muualla", "elsewhere", 3, {}),
]


@pytest.fixture
def area(app, world, writing, town, neighbour):
    """An area of the town in which these topics are, but for one; the neighbour has one of the same name."""
    author = world.members["kokkola", "resident"]
    with writing(neighbour) as db:
        areas.add(db, {"fi": "Perämeri"})
    with writing(town) as db:
        made, homes = areas.add(db, {"fi": "Perämeri"}), {}
        for name in dict.fromkeys(forum for forum, *_ in TOPICS):
            own = {"area_id": None if name == "Muualla" else made.id, "members_only": name == "Sisäpiiri"}
            saved = forums.save(db, None, names={"fi": name}, about={}, standing="permanent", body_id=None, **own)
            homes[name] = saved.id
        for forum, title, days, values in TOPICS:
            draft = posts.Draft(author, "Moi.", uuid4(), "fi")
            number, _ = topics.begin(db, app.registry, homes[forum], title=title, kind="idea", draft=draft)
            values = {**values, "last_post_at": clock.now() - timedelta(days=days)}
            db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(values))
    return made


def test_the_newest_first_whichever_forum(reading, town, area):
    with reading(town) as db:
        assert [t.title for t in nearby.latest(db, area.id)] == ["new", "middle", "old", "pinned"]
        assert [t.title for t in nearby.latest(db, area.id, member=True, limit=3)] == ["new", "members'", "middle"]


def test_nothing_where_nothing_is(reading, town, neighbour, area):
    with reading(neighbour) as db:
        assert nearby.latest(db, areas.get(db, area.slug).id, member=True) == []
        assert nearby.latest(db, area.id, member=True) == []

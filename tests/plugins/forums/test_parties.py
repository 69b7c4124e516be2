"""Who has spoken in a topic: residents, associations, officials; somebody who is two of them counts for both."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot.conversations import posts
from talkoot.people import memberships
from talkoot_forums import topics
from talkoot_forums.models import Topic
from talkoot_forums.parties import speaks_for


@pytest.mark.database("sqlite")
@pytest.mark.parametrize(
    ("verified_as", "roles", "parties"),
    [
        (None, [], {"residents"}),
        (None, ["resident"], {"residents"}),
        (None, ["youth", "volunteer"], {"residents"}),
        (None, ["association"], {"associations"}),
        (None, ["association", "professional"], {"associations"}),
        (None, ["resident", "association"], {"residents", "associations"}),
        (None, ["association", "youth", "resident"], {"residents", "associations"}),
        ("official", ["resident", "association"], {"officials"}),
        ("councillor", [], {"officials"}),
    ],
)
def test_whom_somebody_speaks_for(verified_as, roles, parties):
    assert speaks_for(verified_as, roles) == parties


@pytest.fixture
def begun(app, writing, town, neighbour, world):
    """A topic in both towns, begun by a resident whose roles are given."""

    def begin(*roles):
        numbers = {}
        for tenant, kept in ((town, roles), (neighbour, ())):
            with writing(tenant) as db:
                member = memberships.get(db, world.members[tenant.slug, "resident"])
                member.participant_roles = list(kept)
                db.flush()
                forum = topics.get(db, world.things[tenant.slug, "topic"]).forum_id
                draft = posts.NewPost(member.id, "Kuka aurataan?", uuid4(), "fi")
                numbers[tenant.slug], _ = topics.begin(
                    db, app.registry, forum, title="Auraus", kind="question", draft=draft
                )
        return numbers

    return begin


def spoken(page):
    """The parties that the topic's page shows as having spoken."""
    return re.findall(r"<li><span aria-hidden=\"true\">●</span> ([^<]+)</li>", page.text)


def test_an_association_member_who_is_a_resident_counts_for_both(begun, visitor, neighbour, clock):
    numbers = begun("resident", "association")
    assert spoken(visitor().get(f"/topics/{numbers['kokkola']}?lang=en")) == ["Residents", "Associations"]
    assert spoken(visitor(neighbour).get(f"/topics/{numbers['kronoby']}?lang=en")) == ["Residents"]
    clock.shift(timedelta(days=4))
    assert "quiet-note" in visitor().get(f"/topics/{numbers['kokkola']}").text, "the officials are missed"


def test_an_association_alone_counts_once(begun, visitor):
    number = begun("association")["kokkola"]
    assert spoken(visitor().get(f"/topics/{number}?lang=en")) == ["Associations"]


def test_a_party_is_noted_once_and_a_second_one_is_added(begun, app, writing, reading, town, world):
    number = begun("association")["kokkola"]
    with writing(town) as db:
        memberships.get(db, world.members["kokkola", "resident"]).participant_roles = ["resident", "association"]
        db.flush()
        topic = topics.get(db, number)
        for role in ("resident", "resident", "official"):
            topics.reply(
                db, app.registry, topic, posts.NewPost(world.members["kokkola", role], "Lisää.", uuid4(), "fi")
            )
    with reading(town) as db:
        kept = db.scalars(select(Topic.parties).where(Topic.tenant_id == town.id, Topic.number == number)).one()
    assert kept == ["associations", "residents", "officials"]


def test_merged_topics_have_the_parties_of_both(begun, app, writing, reading, town, world):
    from talkoot_forums import upkeep

    number = begun("resident", "association")["kokkola"]
    with writing(town) as db:
        into = topics.get(db, world.things["kokkola", "topic"])
        upkeep.merge(db, topics.get(db, number), into)
    with reading(town) as db:
        kept = db.scalars(select(Topic.parties).where(Topic.tenant_id == town.id, Topic.id == into.id)).one()
    assert {"associations", "residents"} <= set(kept)

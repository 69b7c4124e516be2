"""Atom feeds, read by an independent parser."""

from __future__ import annotations

import feedparser
import pytest


@pytest.fixture
def feeds(world):
    forum, number = world.things["kokkola", "forum"], world.things["kokkola", "topic"]
    area = world.things["kokkola", "area"].slug
    return ["/feed.atom", f"/areas/{area}/feed.atom", f"/forums/{forum}/feed.atom", f"/topics/{number}/feed.atom"]


def test_every_feed_is_well_formed_and_has_entries(client, feeds):
    for path in feeds:
        answer = client.get(path)
        assert answer.mimetype == "application/atom+xml"
        read = feedparser.parse(answer.data)
        assert not read.bozo, (path, read.get("bozo_exception"))
        assert read.entries, path
        assert all(entry.id and entry.updated and entry.link.startswith("http") for entry in read.entries)


def test_feeds_leave_out_what_is_hidden_or_for_members(client, feeds):
    for path in feeds:
        text = client.get(path).text
        assert "a post that is hidden" not in text
        assert "Vain jäsenille" not in text
        assert "for members" not in text


def test_entry_ids_stay_when_a_topic_is_renamed(as_role, client, world):
    number = world.things["kokkola", "topic"]
    before = {entry.id for entry in feedparser.parse(client.get("/feed.atom").data).entries}
    assert as_role("moderator").submit(f"/topics/{number}/care", act="rename", title="Uusi nimi").status_code == 303
    after = feedparser.parse(client.get("/feed.atom").data).entries
    assert {entry.id for entry in after} == before
    assert "Uusi nimi" in {entry.title for entry in after}

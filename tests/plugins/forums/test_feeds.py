"""Atom feeds, read by an independent parser."""

from __future__ import annotations

import re
from uuid import uuid4

import feedparser
import pytest

from talkoot.conversations import posts
from talkoot_forums import topics


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


MARKUP = "Kirjoita <script>alert(1)</script> tai `<img src=x onerror=alert(1)>` & katso"


def test_the_beginning_of_a_text_is_no_markup_for_readers_of_feeds(app, client, feeds, world, writing, town):
    """An excerpt is plain text again; called HTML, what somebody wrote about markup would become markup."""
    with writing(town) as db:
        forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
        draft = posts.NewPost(world.members["kokkola", "resident"], MARKUP, uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, forum, title="Merkinnöistä", kind="idea", draft=draft)
    for path in feeds[:3]:
        entry = next(
            e for e in feedparser.parse(client.get(path).data, sanitize_html=False).entries if e.title == "Merkinnöistä"
        )
        assert "content" not in entry, path
        assert entry.summary_detail.type == "text/plain", path
        assert "<script>alert(1)</script>" in entry.summary, "said as it was written"
    whole = feedparser.parse(client.get(f"/topics/{number}/feed.atom").data, sanitize_html=False).entries[0]
    assert whole.content[0].type == "text/html"
    assert "<script" not in whole.content[0].value
    assert "&lt;script&gt;" in whole.content[0].value


@pytest.mark.parametrize("odd", ["\uffff", "\ufffe", "\ufdd0", "\U0001fffe"])
def test_no_character_breaks_a_feed(as_role, client, feeds, odd):
    assert (
        as_role("resident").submit(f"/topics/{feeds[3].split('/')[2]}/reply", text=f"outo {odd} merkki").status_code
        == 303
    )
    read = feedparser.parse(client.get(feeds[3]).data)
    assert not read.bozo, read.get("bozo_exception")
    assert "merkki" in read.entries[0].content[0].value


def test_feeds_are_kept_for_guests_and_renewed(as_role, visitor, page_cache, feeds):
    path = feeds[3]
    first = visitor().get(path)
    assert visitor().get(path, headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    as_role("resident").submit(f"/topics/{path.split('/')[2]}/reply", text="Aivan uusi vastaus.")
    assert "Aivan uusi vastaus." in visitor().get(path).text
    assert "ETag" not in as_role("resident").get(path).headers


def test_an_area_links_its_own_feed_and_the_home_page_the_whole(client, world):
    area = world.things["kokkola", "area"].slug
    for page, feed in ((f"/areas/{area}/", f"/areas/{area}/feed.atom"), ("/", "/feed.atom")):
        linked = re.findall(r'<a href="([^"]*)" type="application/atom\+xml"', client.get(page).text)
        assert [client.path_of(address) for address in linked] == [client.path_of(feed)]

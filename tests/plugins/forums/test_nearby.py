"""What was last written and is talked about, in an area and everywhere: the newest first, and what each reader may know of."""

from __future__ import annotations

from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from sqlalchemy import update

from talkoot import clock
from talkoot.conversations import posts
from talkoot.followup.models import FollowUp
from talkoot.tenants import areas
from talkoot_forums import forums, nearby, topics
from talkoot_forums.models import Forum, Topic

TOPICS = [  # forum, title, days ago, what else
    ("Satama", "pinned", 9, {"pinned": True}),
    ("Satama", "old", 8, {}),
    ("Satama", "hidden", 1, {"hidden_at": clock.now()}),
    ("Satama", "new", 2, {}),
    ("Saaret", "middle", 5, {}),
    ("Sisäpiiri", "members'", 4, {}),
    ("Muualla", "elsewhere", 3, {}),
    ("Päättynyt", "of what is over", 0, {}),
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
            draft = posts.NewPost(author, f"Moi, {title}.", uuid4(), "fi")
            number, _ = topics.begin(db, app.registry, homes[forum], title=title, kind="idea", draft=draft)
            values = {**values, "last_post_at": clock.now() - timedelta(days=days)}
            db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(values))
        db.find(Forum, id=homes["Päättynyt"]).standing = "ended"
    return made


def test_the_newest_first_whichever_forum(reading, town, area):
    with reading(town) as db:
        every = nearby.latest(db, area.id)
        assert [t.title for t in every] == ["of what is over", "new", "middle", "old", "pinned"]
        newest = nearby.latest(db, area.id, member=True, limit=3)
        assert [t.title for t in newest] == ["of what is over", "new", "members'"]


def talked_about(db, limit=8, **which):
    return [topic.title for topic in nearby.talked_about(db, forums.listed(db, **which), limit=limit)]


def test_what_is_talked_about_stands_in_forums_that_have_not_ended(reading, town, area):
    with reading(town) as db:
        own = {"area_id": area.id, "member": False}
        assert talked_about(db, **own) == ["new", "middle", "old", "pinned"]
        assert talked_about(db, area_id=area.id) == ["new", "members'", "middle", "old", "pinned"]
        assert talked_about(db, limit=1, **own) == ["new"]
        assert talked_about(db, limit=2, **own) == ["new", "middle"]
        everywhere = talked_about(db, member=False)
        assert [t for t in everywhere if t != "Katuvalot"] == ["new", "elsewhere", "middle", "old", "pinned"]


def test_a_forum_listed_later_in_which_was_written_last_is_not_cut_off(reading, writing, town, area):
    with writing(town) as db:
        last = update(Topic).where(Topic.tenant_id == town.id, Topic.title == "middle")
        db.execute(last.values(last_post_at=clock.now()))
    with reading(town) as db:
        own = {"area_id": area.id, "member": False}
        assert [forum.name("fi") for forum in forums.listed(db, **own)][:2] == ["Satama", "Saaret"]
        assert talked_about(db, limit=1, **own) == ["middle"]
        assert talked_about(db, limit=2, **own) == ["middle", "new"]


@pytest.mark.parametrize(("role", "may"), [("guest", False), ("stranger", False), ("resident", True)])
def test_the_home_page_and_an_areas_show_a_members_forum_to_members_only(role, may, as_role, area):
    for path in ("/", f"/areas/{area.slug}/"):
        page = unescape(as_role(role).get(path).text)
        assert "middle" in page
        assert "Saaret" in page
        assert ("members'" in page) is may, f"{role} reads a title on {path}"
        assert ("Sisäpiiri" in page) is may, f"{role} reads a forum's name on {path}"


def test_feeds_go_on_telling_of_a_forum_that_ends(client, area):
    for page, feed in (("/", "/feed.atom"), (f"/areas/{area.slug}/", f"/areas/{area.slug}/feed.atom")):
        shown = client.get(page).text.partition("latest-title")[2].partition("forums-title")[0]
        assert "middle" in shown, page
        assert "of what is over" not in shown, page
        assert "of what is over" in client.get(feed).text, feed


def test_rows_say_what_became_of_a_topic_wherever_they_stand(client, world, town, writing, neighbour):
    with writing(neighbour) as db:
        db.execute(update(FollowUp).where(FollowUp.tenant_id == neighbour.id).values(answered_at=clock.now()))
    for path in (
        "/",
        f"/areas/{world.things['kokkola', 'area'].slug}/",
        f"/forums/{world.things['kokkola', 'forum']}/",
    ):
        rows = client.get(path).text.split('<li class="row">')
        assert [row.count('class="standing open"') for row in rows if 'class="kind ' in row] == [1], path
    with writing(town) as db:
        db.execute(update(FollowUp).where(FollowUp.tenant_id == town.id).values(answered_at=clock.now()))
    assert 'class="standing answered"' in client.get("/").text


def test_a_forum_says_what_it_is_when_it_is_not_like_others(client, as_role, area):
    page = client.get("/forums/?lang=en").text
    own, over = (next(row for row in page.split("<li")[1:] if f">{name}<" in row) for name in ("Satama", "Päättynyt"))
    assert "badge" not in own
    assert '<span class="badge ended">Ended</span>' in over
    assert '<span class="badge pilot">Pilot</span>' in as_role("resident").get("/forums/?lang=en").text


def test_nothing_where_nothing_is(reading, town, neighbour, area):
    with reading(neighbour) as db:
        assert nearby.latest(db, areas.get(db, area.slug).id, member=True) == []
        assert nearby.latest(db, area.id, member=True) == []

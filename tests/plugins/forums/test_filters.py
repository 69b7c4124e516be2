"""Lists of topics filtered and sorted in the address: in a forum, with a tag, and over all forums."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from sqlalchemy import insert, update
from tests.rows_read import analyze, at_most

from talkoot.conversations import posts
from talkoot.conversations.models import Post
from talkoot.ids import new_id
from talkoot_forums import counting, listing, tags, topics, upkeep
from talkoot_forums.listing import SORTS, STATES, Filters
from talkoot_forums.models import KINDS, Topic, TopicTag


@pytest.fixture
def begin(app, writing, town, world):
    """`begin("Penkki", replies=["official"], kind="idea")`: a topic of the resident; returns its number."""

    def make(title, replies=(), kind="discussion"):
        with writing(town) as db:
            forum = topics.get(db, world.things["kokkola", "topic"]).forum_id

            def draft(role, text):
                return posts.NewPost(world.members["kokkola", role], f"{title}: {text}", uuid4(), "fi")

            number, _ = topics.begin(db, app.registry, forum, title=title, kind=kind, draft=draft("resident", "alku"))
            for n, role in enumerate(replies):
                topics.reply(db, app.registry, topics.get(db, number), draft(role, f"vastaus {n}"))
            return number

    return make


def shown(client, query, path="/topics/"):
    """The titles that a list shows, in order."""
    page = client.get(f"{path}?{query}")
    assert page.status_code == 200
    return re.findall(r'class="row-title"[^>]*>([^<]+)</a>', page.text)


def test_unanswered_means_that_nobody_else_has_written(client, begin, app, writing, town):
    begin("Yksin")
    begin("Itsekseen", ["resident"])
    heard = begin("Kuultu", ["official"])
    assert shown(client, "state=unanswered") == ["Itsekseen", "Yksin"]
    with writing(town) as db:  # the only post of somebody else is hidden
        view = topics.get(db, heard)
        post = db.find(Post, conversation_id=view.conversation_id, n=2)
        posts.hide(db, app.registry, post, view.author_id, "Asiaton")
    assert set(shown(client, "state=unanswered")) == {"Itsekseen", "Kuultu", "Yksin"}


def test_each_state_shows_its_topics(client, begin, writing, town):
    shut = begin("Suljettu", ["official"])
    with writing(town) as db:
        upkeep.close(db, topics.get(db, shut), "Valmis.")
    assert "Suljettu" not in shown(client, "state=open")
    assert shown(client, "state=waiting") == ["Katuvalot"]
    assert shown(client, "state=answered") == []


def test_each_order(client, begin):
    begin("Vanha mutta vilkas", ["official", "official", "clerk"])
    begin("Uusi")
    assert shown(client, "") == ["Uusi", "Vanha mutta vilkas", "Katuvalot"]
    assert shown(client, "sort=newest") == ["Uusi", "Vanha mutta vilkas", "Katuvalot"]
    assert shown(client, "sort=replies") == ["Vanha mutta vilkas", "Katuvalot", "Uusi"]


def test_filters_are_kept_by_links_and_by_the_next_page(client, begin, world):
    for n in range(27):
        begin(f"Idea {n:02d}", kind="idea")
    path = f"/forums/{world.things['kokkola', 'forum']}/"
    page = client.get(f"{path}?kind=idea&state=unanswered&sort=newest").text
    further = re.search(r'hx-get="([^"]+)"', page)[1].replace("&amp;", "&")
    assert {"kind=idea", "state=unanswered", "sort=newest"} < set(further.partition("?")[2].split("&"))
    rest = client.get(further.removeprefix("/kokkola")).text
    assert re.findall(r">(Idea \d\d)<", rest) == ["Idea 01", "Idea 00"]
    assert "kind=question&amp;state=unanswered&amp;sort=newest" in page
    assert '<option value="newest" selected>' in page


@pytest.mark.parametrize("sort", ["", *SORTS[1:]])
def test_paging_gives_every_topic_once(reading, begin, town, sort):
    made = {begin(f"Aihe {n}", ["official"] * (n % 3)) for n in range(9)}
    with reading(town) as db:
        seen, before = [], None
        while True:
            found, before = listing.everywhere(db, Filters(sort=sort), before=before, limit=2)
            seen += [topic.number for topic in found]
            if before is None:
                break
    assert len(seen) == len(set(seen))
    assert made < set(seen)


@pytest.mark.parametrize(
    "query", ["kind=x", "state='", "sort=%00", "tag=canary-b-liikenne", "before=99999999", "before=x"]
)
def test_rubbish_is_left_out(client, query):
    assert client.get(f"/topics/?{query}").status_code == 200


def test_all_ways_to_ask_at_once(client, world):
    for kind, state, sort in product(("", *KINDS), ("", *STATES), SORTS):
        assert client.get(f"/topics/?kind={kind}&state={state}&sort={sort}&tag=liikenne").status_code == 200


def test_what_is_for_members_is_not_told_to_others(client, as_role):
    assert "Vain jäsenille" not in shown(client, "")
    assert "Vain jäsenille" in shown(as_role("resident"), "")
    assert "Vain jäsenille" not in client.get("/tags/liikenne/").text


def test_guests_pages_are_cached_with_their_filters(app, client, page_cache, query_budget):
    for query in ("state=open&sort=replies&tag=liikenne", "kind=idea&sort=newest"):
        assert client.get(f"/topics/?{query}").status_code == 200
        with query_budget(0):
            assert client.get(f"/topics/?{query}").status_code == 200


def test_a_list_with_tags_costs_one_statement_more_for_the_vocabulary(as_role, query_budget, begin, world):
    """However many topics it shows."""
    resident, path = as_role("resident"), f"/forums/{world.things['kokkola', 'forum']}/"
    counts = []
    for _ in range(2):
        resident.get(path)
        with query_budget(8) as seen:
            resident.get(path)
        counts.append(len(seen))
        begin("Yksi lisää")
    assert counts[0] == counts[1]


@pytest.mark.database("postgresql")
def test_each_order_reads_a_page_of_thousands(app, writing, town, world):
    many = 3_000
    with writing(town) as db:
        view = topics.get(db, world.things["kokkola", "topic"])
        own = {
            "tenant_id": town.id,
            "forum_id": view.forum_id,
            "kind": "idea",
            "slug": "",
            "language": "fi",
            "parties": [],
        }
        own |= {"author_id": view.author_id, "pinned": False, "closed_reason": "", "heard": True}
        tag = tags.get(db, world.things["kokkola", "tag"]).id
        rows = []
        for n in range(many):
            topic_id = new_id()
            talk = posts.start(db, topics.KIND, topic_id)
            rows.append(
                {
                    **own,
                    "id": topic_id,
                    "conversation_id": talk,
                    "number": 1_000 + n,
                    "title": f"Noise {n}",
                    "post_count": n % 50,
                }
                | {"created_at": view.created_at, "last_post_at": view.created_at - timedelta(minutes=n)}
            )
        db.execute(insert(Topic), rows)
        given = [{"tenant_id": town.id, "id": new_id(), "topic_id": row["id"], "tag_id": tag} for row in rows[::2]]
        db.execute(insert(TopicTag), given)
    analyze(app)
    forum = view.forum_id
    for sort, before, tagged in product(("", *SORTS[1:]), (None, 2_500), (None, tag)):
        for scope in ({"in": forum}, {}):
            with at_most(app, "forums_topic", 5 * topics.PAGE), app.app_context(), app.database.session(town) as db:
                if scope:
                    found, _ = listing.in_forum(db, forum, Filters(sort=sort), tag_id=tagged, before=before)
                else:
                    found, _ = listing.everywhere(db, Filters(sort=sort), tag_id=tagged, before=before)
                assert len(found) == topics.PAGE, (sort, before, scope)


def test_a_repair_tells_anew_who_was_heard(writing, reading, town, begin):
    number = begin("Korjattava", ["official"])
    with writing(town) as db:
        db.execute(update(Topic).where(Topic.tenant_id == town.id, Topic.number == number).values(heard=False))
        counting.changed(db, topics.get(db, number).id)
    with reading(town) as db:
        assert "Korjattava" not in [t.title for t in listing.everywhere(db, Filters(state="unanswered"))[0]]

"""Whose words a post quotes: told beside the text, under the name of today, and not at all when they are not to be seen."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import select

from talkoot.conversations import pages, posts
from talkoot.conversations.models import Post
from talkoot.people import memberships, privacy
from talkoot_forums import topics, upkeep


@pytest.fixture
def quoting(as_role, world):
    """Let the councillor quote the official's post with the form; returns the topic's address."""
    path = f"/topics/{world.things['kokkola', 'topic']}"
    second = world.things["kokkola", "second post"]
    councillor = as_role("councillor")
    page = councillor.get(f"{path}/reply?quote={second}").text
    quotation = re.search(r"<textarea[^>]*>\n(.*?)</textarea>", page, re.DOTALL)[1].replace("&gt;", ">")
    sent = councillor.submit(f"{path}/reply?quote={second}", text=f"{quotation}Samaa mieltä.")
    assert sent.status_code == 303
    return path


def told(page, n=4):
    """Whom the post with this number quotes: (address of the quoted post, name and number); None when it is not told."""
    article = re.search(rf'<article[^>]*id="p{n}".*?</article>', page, re.DOTALL)[0]
    found = re.search(r'<p class="quoted meta">.*?<a href="([^"]*)">(.*?)</a></p>', article)
    return (found[1], re.sub("<.*?>", "", found[2])) if found else None


def test_a_quoting_post_names_the_writer_and_links_to_the_post(quoting, client, world):
    second = world.things["kokkola", "second post"]
    page = client.get(quoting).text
    assert told(page) == (f"/kokkola/posts/{second}", "Official Testinen #2")
    assert client.get(f"/posts/{second}").location.endswith("#p2")
    assert told(page, 2)[1] == "Resident Testinen #1"
    assert told(page, 1) is None


def test_a_number_reads_the_same_where_one_writes_from_right_to_left(quoting, client):
    page = client.get(quoting).text
    assert re.findall(r'<bdi class="n">(#\d+)</bdi></a></header>', page) == [f"#{n}" for n in (1, 2, 3, 4)]
    assert re.findall(r"<bdi>(#\d+)</bdi></a></p>", page) == ["#1", "#2"]


def test_the_text_itself_names_nobody(quoting, reading, town, world):
    with reading(town) as db:
        post = db.scalars(
            select(Post).where(Post.tenant_id == town.id, Post.author_id == world.members["kokkola", "councillor"])
        ).one()
        assert "an answer with" in post.source
        assert "Testinen" not in post.source + post.html
        assert post.quote_of == world.things["kokkola", "second post"]


def test_the_name_is_the_one_of_today(quoting, as_role, client, writing, town, world):
    with writing(town) as db:
        memberships.get(db, world.members["kokkola", "official"]).name = "Uusi <b>Nimi"
    page = client.get(quoting).text
    assert told(page)[1] == "Uusi &lt;b&gt;Nimi #2"
    assert "Official Testinen" not in page


@pytest.mark.parametrize("policy", ["keep", "anonymise"])
def test_who_has_left_is_named_nowhere(app, quoting, client, writing, town, world, policy):
    from talkoot.tenants import registering

    with writing(None) as db:
        registering.set_setting(db, town.id, {"people.erasure": policy})
    with writing(app.directory.renew().by_slug["kokkola"]) as db:
        privacy.erase(db, app.registry, memberships.get(db, world.members["kokkola", "official"]))
    page = client.get(quoting).text
    assert "Official Testinen" not in page
    assert told(page) in (None, (f"/kokkola/posts/{world.things['kokkola', 'second post']}", "#2"))


def test_nothing_is_told_of_a_hidden_post(app, quoting, as_role, client, writing, town, world):
    with writing(town) as db:
        post = posts.get(db, world.things["kokkola", "second post"])
        posts.hide(db, app.registry, post, world.members["kokkola", "moderator"], "Syy")
    for role in ("guest", "resident", "moderator"):
        assert told(as_role(role).get(quoting).text) is None, role
    with writing(town) as db:
        posts.restore(db, app.registry, posts.get(db, world.things["kokkola", "second post"]))
    assert told(client.get(quoting).text)[1] == "Official Testinen #2"


def test_nothing_is_told_of_an_erased_post(quoting, client, writing, town, world):
    with writing(town) as db:
        posts.get(db, world.things["kokkola", "second post"]).erased_at = datetime.now(UTC)
    assert told(client.get(quoting).text) is None


def test_nothing_is_told_by_a_post_that_is_hidden_itself(app, quoting, as_role, client, writing, town, world):
    with writing(town) as db:
        post = posts.get(db, world.things["kokkola", "second post"])
        posts.hide(db, app.registry, post, world.members["kokkola", "moderator"], "Syy")
    assert told(client.get(quoting).text, 2) is None
    assert told(as_role("moderator").get(quoting).text, 2)[1] == "Resident Testinen #1"


def test_a_post_of_another_discussion_cannot_be_quoted(app, as_role, client, reading, town, world):
    """Its writer may be in a forum that only members know."""
    with reading(town) as db:
        inner = topics.get(db, world.things["kokkola", "members' topic"])
        secret = pages.page(db, inner.conversation_id, 1)[0].id
    path = f"/topics/{world.things['kokkola', 'topic']}"
    for foreign in (secret, world.things["kronoby", "post"], uuid4()):
        resident = as_role("resident")
        assert 'name="quote"' not in resident.get(f"{path}/reply?quote={foreign}").text
        token = resident.token_of(f"{path}/reply")
        sent = resident.post(
            f"{path}/reply", data={"csrf_token": token, "text": f"Lainaan: {foreign}", "quote": foreign}
        )
        assert sent.status_code == 303
        assert f"/posts/{foreign}" not in client.get(path).text
    with reading(town) as db:
        added = db.scalars(select(Post).where(Post.tenant_id == town.id, Post.source.startswith("Lainaan:"))).all()
        assert [post.quote_of for post in added] == [None] * 3


def test_what_was_split_off_is_not_named_in_the_old_topic(quoting, client, writing, town, world):
    second = world.things["kokkola", "second post"]
    with writing(town) as db:
        view = topics.get(db, world.things["kokkola", "topic"])
        upkeep.split(db, view, [second], "Erilleen")
    assert told(client.get(quoting).text, 3) is None


def test_merged_posts_keep_what_they_quote(app, quoting, client, writing, town, world):
    with writing(town) as db:
        view = topics.get(db, world.things["kokkola", "topic"])
        draft = posts.NewPost(world.members["kokkola", "clerk"], "Toinen keskustelu", uuid4(), "fi")
        number, _ = topics.begin(db, app.registry, view.forum_id, title="Toinen keskustelu", kind="idea", draft=draft)
        upkeep.merge(db, view, topics.get(db, number))
    page = client.get(f"/topics/{number}").text
    assert told(page, 4) == (f"/kokkola/posts/{world.things['kokkola', 'second post']}", "Official Testinen #2")

"""Two people at once in a forum: a reply while a topic is split or merged, the same new topic sent twice, counters."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import select, update
from tests.plugins.forums.counters import assert_counters_hold
from tests.racing import in_parallel, in_the_middle

from talkoot.conversations import pages, posts
from talkoot.conversations.models import Post
from talkoot.errors import InvalidError
from talkoot_forums import counting, forums, topics, upkeep
from talkoot_forums.models import Forum, Topic


@pytest.fixture
def begun(app, writing, town, neighbour, world):
    """A topic with these many replies, and one of the same number in the neighbour; returns its view."""

    def begin(title, replies):
        views = {}
        for tenant in (town, neighbour):
            author = world.members[tenant.slug, "resident"]
            with writing(tenant) as db:
                forum = topics.get(db, world.things[tenant.slug, "topic"]).forum_id
                first = posts.NewPost(author, f"{title}: alku", uuid4(), "fi")
                number, _ = topics.begin(db, app.registry, forum, title=title, kind="idea", draft=first)
                view = topics.get(db, number)
                for n in range(replies):
                    topics.reply(db, app.registry, view, posts.NewPost(author, f"{title}: vastaus {n}", uuid4(), "fi"))
                views[tenant.slug] = topics.get(db, number)
        return views["kokkola"]

    return begin


@pytest.fixture
def answer(app, town, world):
    """Answer in a topic as somebody whose page was made before; returns what was added."""

    def send(view, text="Ehdin vastata."):
        draft = posts.NewPost(world.members["kokkola", "councillor"], text, uuid4(), "fi")
        with app.app_context(), app.database.session(town, writing=True) as db:
            return topics.reply(db, app.registry, view, draft)

    return send


def texts(db, conversation_id):
    query = select(Post.source).where(Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id)
    return list(db.scalars(query.order_by(Post.n)))


def test_a_reply_during_a_split_stays_in_its_topic(begun, answer, writing, reading, town, neighbour, monkeypatch):
    view = begun("Jaettava", 4)
    with in_the_middle(monkeypatch, upkeep, "_put_in_order", lambda: answer(view)) as added, writing(town) as db:
        chosen = [post.id for post in pages.page(db, view.conversation_id, 1)[2:4]]
        upkeep.split(db, view, chosen, "Erilleen")
    assert isinstance(added[0], posts.Added), added
    with reading(town) as db:
        assert texts(db, view.conversation_id) == [
            "Jaettava: alku", "Jaettava: vastaus 0", "Jaettava: vastaus 3", "Ehdin vastata.",
        ]  # fmt: skip
        assert added[0].n == 4
        assert_counters_hold(db)
    with reading(neighbour) as db:
        assert_counters_hold(db)


def test_a_reply_during_a_merge_is_told_that_the_discussion_has_moved(
    begun, answer, writing, reading, town, monkeypatch
):
    gone, into = begun("Poistuva", 3), begun("Jäävä", 3)
    with in_the_middle(monkeypatch, upkeep, "_put_in_order", lambda: answer(gone)) as added, writing(town) as db:
        upkeep.merge(db, gone, into)
    assert isinstance(added[0], InvalidError), added
    with reading(town) as db:
        assert texts(db, gone.conversation_id) == []
        assert len(texts(db, into.conversation_id)) == 8
        assert posts.newest(db, gone.conversation_id) == 0
        assert_counters_hold(db)


def test_a_reply_to_a_merged_topic_goes_where_the_discussion_is(begun, as_role, writing, reading, town):
    gone, into = begun("Poistuva", 1), begun("Jäävä", 1)
    resident = as_role("resident")
    token = resident.token_of(f"/topics/{gone.number}/reply")  # the form is open when the topics are merged
    with writing(town) as db:
        upkeep.merge(db, gone, into)
    sent = resident.post(f"/topics/{gone.number}/reply", data={"csrf_token": token, "text": "Perille asti."})
    assert sent.status_code == 303
    assert f"/topics/{into.number}/" in sent.location
    assert "Perille asti." in resident.get(sent.location).text
    with reading(town) as db:
        assert_counters_hold(db)


def test_the_same_topic_is_merged_once(begun, as_role, reading, town, monkeypatch):
    gone, one, other = begun("Poistuva", 2), begun("Jäävä", 2), begun("Toinen", 2)

    care, moderator, hasty = f"/topics/{gone.number}/care", as_role("moderator"), as_role("moderator")
    token = hasty.token_of(care)

    def merge_too():
        fields = {"csrf_token": token, "act": "merge", "number": str(other.number)}
        return hasty.post(care, data=fields).status_code

    with in_the_middle(monkeypatch, upkeep, "_put_in_order", merge_too) as answers:
        assert moderator.submit(care, act="merge", number=str(one.number)).status_code == 303
    assert answers[0] in (404, 422), "on SQLite the second begins when the first is done, and finds no such topic"
    with reading(town) as db:
        assert len(texts(db, one.conversation_id)) == 6
        assert len(texts(db, other.conversation_id)) == 3
        assert_counters_hold(db)


def test_the_same_split_is_made_once(begun, as_role, reading, town, monkeypatch):
    view = begun("Jaettava", 4)
    moderator, hasty = as_role("moderator"), as_role("moderator")
    with reading(town) as db:
        chosen = [str(post.id) for post in pages.page(db, view.conversation_id, 1)[1:3]]
    care = f"/topics/{view.number}/care"

    def again():
        return hasty.submit(care, act="split", posts=chosen, title="Kahdesti painettu")

    with in_the_middle(monkeypatch, upkeep, "_put_in_order", again) as answers:
        first = moderator.submit(care, act="split", posts=chosen, title="Kahdesti painettu")
    assert first.status_code == 303
    assert answers[0].status_code == 422
    assert 'value="Kahdesti painettu"' in answers[0].text
    with reading(town) as db:
        made = select(Topic.post_count).where(Topic.tenant_id == town.id, Topic.title == "Kahdesti painettu")
        assert list(db.scalars(made)) == [2]
        assert_counters_hold(db)


def test_a_split_of_many_posts_is_quick_and_keeps_every_one(begun, writing, reading, town):
    view = begun("Pitkä", 60)
    with writing(town) as db:
        every = pages.between(db, view.conversation_id, 1, 61)
        number = upkeep.split(db, view, [post.id for post in every[1::2]], "Joka toinen")
        other = topics.get(db, number)
    with reading(town) as db:
        for found, expected in ((view, every[::2]), (other, every[1::2])):
            shown = pages.between(db, found.conversation_id, 1, 61)
            assert [post.id for post in shown] == [post.id for post in expected]
            assert [post.n for post in shown] == list(range(1, len(expected) + 1))
        assert_counters_hold(db)


def test_renumbering_takes_few_statements(begun, writing, town, query_budget):
    view, into = begun("Poistuva", 30), begun("Jäävä", 30)
    with writing(town) as db, query_budget(45):
        upkeep.merge(db, view, into)


def test_the_same_new_topic_sent_at_once_is_one_topic(app, town, world, reading):
    """Both find nothing when they look, unless they look in turn."""
    submission = uuid4()

    def send(_n):
        draft = posts.NewPost(world.members["kokkola", "resident"], "Kerran riittää.", submission, "fi")
        with app.app_context(), app.database.session(town, writing=True) as db:
            forum = forums.get(db, "kylat").id
            return topics.begin(db, app.registry, forum, title="Vain yksi", kind="idea", draft=draft)

    results = in_parallel(send, 6)
    assert len({number for number, _ in results}) == 1, results
    assert sorted(added.again for _, added in results) == [False] + [True] * 5
    with reading(town) as db:
        made = select(Topic.number).where(Topic.tenant_id == town.id, Topic.title == "Vain yksi")
        assert len(list(db.scalars(made))) == 1
        assert_counters_hold(db)


def test_a_reply_while_a_post_is_hidden_is_counted(app, begun, answer, writing, reading, town, world, monkeypatch):
    """Counting anew reads how many there are: who adds one at that moment must not be forgotten."""
    view = begun("Laskettava", 3)
    with in_the_middle(monkeypatch, counting, "_counted", lambda: answer(view)) as added, writing(town) as db:
        post = posts.get(db, pages.page(db, view.conversation_id, 1)[1].id)
        posts.hide(db, app.registry, post, world.members["kokkola", "moderator"], "Syy on kerrottu.")
    assert isinstance(added[0], posts.Added), added
    with reading(town) as db:
        assert topics.get(db, view.number).post_count == 4
        assert_counters_hold(db)


def test_replies_to_two_topics_of_a_forum_do_not_wait_for_each_other(
    app, begun, answer, writing, reading, town, database_kind, world, monkeypatch
):
    view, other = begun("Vilkas", 1), begun("Naapuriaihe", 1)
    draft = posts.NewPost(world.members["kokkola", "resident"], "Kirjoitan yhä.", uuid4(), "fi")
    patience = 1 if database_kind == "sqlite" else 10  # SQLite has one writer at a time
    with (
        in_the_middle(monkeypatch, posts, "_tell_of_new", lambda: answer(other), patience) as added,
        writing(town) as db,
    ):
        topics.reply(db, app.registry, view, draft)
        through = list(added)
    assert isinstance(added[0], posts.Added), added
    assert through or database_kind == "sqlite"
    with reading(town) as db:
        assert_counters_hold(db)


def test_a_topic_begun_while_topics_are_counted_is_counted(
    app, begun, writing, reading, town, neighbour, world, monkeypatch
):
    forum_id = begun("Vanha", 1).forum_id
    draft = posts.NewPost(world.members["kokkola", "councillor"], "Aloitan nyt.", uuid4(), "fi")

    def begin():
        with app.app_context(), app.database.session(town, writing=True) as db:
            return topics.begin(db, app.registry, forum_id, title="Uusi aihe", kind="idea", draft=draft)

    with writing(town) as db:  # a wrong number, so that counting writes one
        db.execute(update(Forum).where(Forum.tenant_id == town.id).values(topic_count=99))
    with in_the_middle(monkeypatch, forums, "_counted", begin) as made, writing(town) as db:
        forums.recount_all(db)
    assert isinstance(made[0], tuple), made
    for tenant in (town, neighbour):
        with reading(tenant) as db:
            assert_counters_hold(db)

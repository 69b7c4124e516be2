"""Posts: numbered without gaps, saved once per form however often it is sent, edited without losing anybody's words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from tests.racing import in_parallel

from talkoot.conversations import history, pages, posts
from talkoot.conversations.models import Conversation, Post
from talkoot.errors import InvalidError, NotFoundError
from talkoot.testing.forms import posting_form


@pytest.fixture
def topic(world) -> str:
    return f"/topics/{world.things['kokkola', 'topic']}"


def numbers(db, conversation_id):
    query = (
        select(Post.n).where(Post.tenant_id == db.tenant.id, Post.conversation_id == conversation_id).order_by(Post.n)
    )
    return list(db.scalars(query))


def draft(world, text="A reply.", submission=None, author="resident", **more):
    return posts.NewPost(world.members["kokkola", author], text, submission or uuid4(), "fi", **more)


def test_a_reply_is_shown_at_its_place(as_role, client, topic):
    response = as_role("resident").submit(f"{topic}/reply", text="Kiitos **kaikille**!")
    assert response.status_code == 303
    assert response.headers["Location"].endswith("#p4")
    page = client.get(topic).text
    assert 'id="p4"' in page
    assert "Kiitos <strong>kaikille</strong>!" in page
    assert "Resident Testinen" in page


def test_numbers_are_dense(app, writing, town, world):
    conversation = world.things["kokkola", "conversation"]
    with writing(town) as db:
        for n in range(45):
            posts.add(db, app.registry, conversation, draft(world, f"reply number {n}"))
        assert numbers(db, conversation) == list(range(1, 49))
        assert posts.newest(db, conversation) == 48
        assert [len(pages.page(db, conversation, n)) for n in (1, 2, 3, 4)] == [20, 20, 8, 0]


@pytest.mark.parametrize(("n", "page"), [(1, 1), (20, 1), (21, 2), (40, 2), (41, 3), (2000, 100), (0, 1)])
def test_the_page_of_a_number(n, page):
    assert posts.page_of(n) == page


def test_page_2_follows_page_1(app, as_role, client, writing, town, world, topic):
    with writing(town) as db:
        for n in range(30):
            posts.add(db, app.registry, world.things["kokkola", "conversation"], draft(world, f"reply number {n}"))
    assert 'id="p20"' in client.get(topic).text
    assert 'id="p21"' not in client.get(topic).text
    assert 'id="p21"' in client.get(f"{topic}?page=2").text
    assert client.get(f"{topic}?page=3").location.endswith("?page=2"), "the last there is"
    for odd in ("0", "-1", "abc", "1e9", "99999999999999999999", ""):
        assert client.get(f"{topic}?page={odd}").status_code in (200, 404), odd


# --- once per form ------------------------------------------------------------------------------------------------


def test_the_same_form_twice_is_one_post(as_role, client, topic):
    who, submission = as_role("resident"), str(uuid4())
    places = {
        who.submit(f"{topic}/reply", text="Once only.", submission=submission).headers["Location"] for _ in range(3)
    }
    assert len(places) == 1
    assert client.get(topic).text.count("Once only.") == 1


def test_going_back_and_sending_again_is_one_post(app, as_role, reading, town, neighbour, world, topic):
    who, conversation = as_role("resident"), world.things["kokkola", "conversation"]
    first = who.submit(f"{topic}/reply", text="Sent, and sent again.").headers["Location"]
    with reading(town) as db:
        written_at = db.find(Conversation, id=conversation).last_post_at
    again = who.submit(f"{topic}/reply", text=" Sent, and sent again.\r\n")  # the form comes with a new key
    assert again.headers["Location"] == first
    with reading(town) as db:
        assert numbers(db, conversation) == [1, 2, 3, 4]
        found = db.find(Conversation, id=conversation)
        assert (found.post_count, found.last_post_at) == (4, written_at)
    other = as_role("resident", neighbour).submit(f"{topic}/reply", text="Sent, and sent again.")
    assert other.headers["Location"] != first


@pytest.mark.parametrize("words", [("First words.", "Other words."), ("Other words.", "First words.")])
def test_going_back_and_sending_other_words_is_another_post(as_role, client, topic, words):
    """A browser that keeps the page shows the form with the key it had."""
    who = as_role("resident")
    form = posting_form(who.get(topic).text, ["text"])
    first, second = (who.post(f"{topic}/reply", data=form.filled({"text": text})) for text in words)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location != second.location
    assert who.post(f"{topic}/reply", data=form.filled({"text": words[0]})).location == first.location
    page = client.get(topic).text
    assert [page.count(text) for text in words] == [1, 1]


@pytest.mark.parametrize("text", ["> ", "# ", "[]()", "```", "---", "\u200b", "> " * 40 + "too deep"])
def test_a_post_of_which_nothing_would_be_seen_is_refused(as_role, topic, text, reading, town, world):
    answer = as_role("resident").submit(f"{topic}/reply", text=text)
    assert answer.status_code == 422
    with reading(town) as db:
        assert posts.newest(db, world.things["kokkola", "conversation"]) == 3


@pytest.mark.parametrize("text", [".", "👍", "> a", "`x`"])
def test_a_short_post_is_a_post(as_role, topic, text):
    assert as_role("resident").submit(f"{topic}/reply", text=text).status_code == 303


def test_what_somebody_else_says_or_who_says_it_later_is_a_new_post(app, writing, town, world, clock):
    conversation = world.things["kokkola", "conversation"]

    def say(text="Agreed!", author="resident"):
        with writing(town) as db:
            return posts.add(
                db, app.registry, conversation, posts.NewPost(world.members["kokkola", author], text, uuid4(), "fi")
            )

    assert [say().n, say().n] == [4, 4]
    assert say(author="official").n == 5
    assert say().n == 6
    assert say("Agreed, too!").n == 7
    clock.shift(timedelta(minutes=11))
    assert say("Agreed, too!").n == 8


@pytest.mark.database("postgresql")
def test_the_same_words_after_an_answer_are_a_new_post(app, town, world):
    """The answer is being saved while they are sent: they wait for it, but do not see it among what they read."""
    conversation = world.things["kokkola", "conversation"]
    with app.database.session(town, writing=True) as db:
        first = posts.add(db, app.registry, conversation, draft(world, "Is it so?"))

    def once_more(_n):
        with app.database.session(town, writing=True) as db:
            return posts.add(db, app.registry, conversation, draft(world, "Is it so?"))

    with app.database.session(town, writing=True) as db:
        answer = posts.add(db, app.registry, conversation, draft(world, "It is.", author="official"))
        asking = ThreadPoolExecutor(1).submit(once_more, 0)
        wait([asking], timeout=0.5)
        assert not asking.done()
    again = asking.result(30)
    assert (answer.n, again.n, again.again) == (first.n + 1, first.n + 2, False)


def test_the_same_form_twice_leaves_the_time_of_the_last_post(app, writing, reading, town, world):
    conversation, submission = world.things["kokkola", "conversation"], uuid4()
    for text in ("First.", "Another text under the same key."):
        with writing(town) as db:
            added = posts.add(db, app.registry, conversation, draft(world, text, submission))
    with reading(town) as db:
        assert (added.n, added.again) == (4, True)
        assert db.find(Conversation, id=conversation).last_post_at == posts.get(db, added.id).created_at


def test_the_same_new_topic_twice_is_one_topic(as_role, client):
    who, submission = as_role("resident"), str(uuid4())
    places = {
        who.submit(
            "/forums/kylat/new", title="A new topic", text="Once only.", kind="idea", submission=submission
        ).headers["Location"]
        for _ in range(2)
    }
    assert len(places) == 1
    assert client.get("/forums/kylat/").text.count("A new topic") == 1


def test_the_same_form_in_parallel_is_one_post(app, town, world, reading):
    submission, conversation = uuid4(), world.things["kokkola", "conversation"]

    def send(_n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            return posts.add(db, app.registry, conversation, draft(world, submission=submission))

    results = in_parallel(send, 8)
    assert {result.n for result in results} == {4}
    assert sorted(result.again for result in results) == [False] + [True] * 7
    with reading(town) as db:
        assert numbers(db, conversation) == [1, 2, 3, 4]
        assert posts.newest(db, conversation) == 4


def test_different_posts_in_parallel_are_numbered_without_gaps(app, town, world, reading):
    conversation = world.things["kokkola", "conversation"]

    def send(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            return posts.add(db, app.registry, conversation, draft(world, f"parallel {n}")).n

    assert sorted(in_parallel(send, 8)) == list(range(4, 12))
    with reading(town) as db:
        assert numbers(db, conversation) == list(range(1, 12))


def test_parallel_new_topics_get_different_numbers(app, town, world, reading):
    from talkoot_forums import forums, topics

    def send(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            forum = forums.get(db, "kylat")
            return topics.begin(db, app.registry, forum.id, title=f"Parallel {n}", kind="idea", draft=draft(world))[0]

    results = in_parallel(send, 6)
    assert len(set(results)) == 6
    assert all(isinstance(result, int) for result in results), results


def test_parallel_forms_over_http(app, as_role, client, topic):
    visitors = [as_role("resident") for _ in range(4)]
    tokens = [visitor.token_of(f"{topic}/reply") for visitor in visitors]
    submission = str(uuid4())
    results = in_parallel(
        lambda n: (
            visitors[n]
            .post(
                f"{topic}/reply", data={"csrf_token": tokens[n], "submission": submission, "text": "Four times sent."}
            )
            .status_code
        ),
        4,
    )
    assert results == [303] * 4
    assert client.get(topic).text.count("Four times sent.") == 1


def test_a_submission_of_another_tenant_is_not_found(app, writing, town, neighbour, world):
    """The key is unique per tenant: the same value in the neighbour neither clashes nor leads there."""
    submission = uuid4()
    with writing(neighbour) as db:
        author = world.members["kronoby", "resident"]
        posts.add(
            db, app.registry, world.things["kronoby", "conversation"], posts.NewPost(author, "x", submission, "sv")
        )
    with writing(town) as db:
        assert posts.submitted(db, submission) is None
        assert (
            posts.add(
                db, app.registry, world.things["kokkola", "conversation"], draft(world, submission=submission)
            ).again
            is False
        )


# --- refused -------------------------------------------------------------------------------------------------------


def test_a_conversation_of_the_neighbour_is_not_found(app, writing, town, world):
    with writing(town) as db, pytest.raises(NotFoundError):
        posts.add(db, app.registry, world.things["kronoby", "conversation"], draft(world))


@pytest.mark.parametrize("text", ["", "   ", "x" * 30_001, "\x08"])
def test_a_refused_text_comes_back_and_leaves_nothing(as_role, reading, town, world, topic, text):
    response = as_role("resident").submit(f"{topic}/reply", text=text)
    assert response.status_code == 422
    with reading(town) as db:
        assert numbers(db, world.things["kokkola", "conversation"]) == [1, 2, 3]
        assert posts.newest(db, world.things["kokkola", "conversation"]) == 3


def test_a_megabyte_is_refused_with_a_page(as_role, topic):
    response = as_role("resident").submit(f"{topic}/reply", text="sana " * 200_000)
    assert response.status_code in (413, 422)
    assert "<h1" in response.text


def test_bad_utf_8_is_answered(as_role, topic):
    who = as_role("resident")
    token = who.token_of(f"{topic}/reply")
    response = who.post(
        f"{topic}/reply",
        data=b"csrf_token=" + token.encode() + b"&text=%ff%fe%00abc",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code in (303, 400, 422)


def test_an_unknown_channel_is_refused(app, writing, town, world):
    with writing(town) as db, pytest.raises(InvalidError):
        posts.add(db, app.registry, world.things["kokkola", "conversation"], draft(world, channel="telepathy"))


def test_a_quote_of_the_neighbours_post_is_dropped(app, writing, town, world):
    with writing(town) as db:
        added = posts.add(
            db,
            app.registry,
            world.things["kokkola", "conversation"],
            draft(world, quote_of=world.things["kronoby", "post"]),
        )
        assert posts.get(db, added.id).quote_of is None


# --- editing ----------------------------------------------------------------------------------------------------------


def edit_path(world):
    return f"/posts/{world.things['kokkola', 'post']}/edit"


def test_editing_keeps_the_earlier_text(as_role, client, world, topic):
    assert as_role("resident").submit(edit_path(world), text="Changed once more.").status_code == 303
    assert "Changed once more." in client.get(topic).text
    history = client.get(f"/posts/{world.things['kokkola', 'post']}/history").text
    assert "edited" in history
    assert "Changed" in history


def test_the_later_of_two_edits_sees_both_texts(as_role, client, world, topic):
    one, other = as_role("resident"), as_role("resident")
    page = other.get(edit_path(world)).text
    from talkoot.testing.forms import posting_form

    form = posting_form(page, ["text", "version"])
    assert one.submit(edit_path(world), text="The first to save.").status_code == 303
    response = other.post(edit_path(world), data=form.filled({"text": "The second to save."}))
    assert response.status_code == 409
    assert "The first to save." in response.text
    assert "The second to save." in response.text
    assert "The second to save." not in client.get(topic).text
    merged = posting_form(response.text, ["text", "version"]).filled({"text": "Both together."})
    assert other.post(edit_path(world), data=merged).status_code == 303
    assert "Both together." in client.get(topic).text


def test_two_edits_at_once_lose_nothing(app, town, world, reading):
    def change(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            post = posts.get(db, world.things["kokkola", "post"])
            posts.edit(db, app.registry, post, post.author_id, f"by thread {n}", 2)
        return n

    results = in_parallel(change, 4)
    won = [result for result in results if isinstance(result, int)]
    assert len(won) == 1
    assert all(isinstance(result, posts.EditConflictError) for result in results if result not in won), results
    with reading(town) as db:
        post = posts.get(db, world.things["kokkola", "post"])
        assert (post.source, post.version) == (f"by thread {won[0]}", 3)
        versions, _ = history.versions(db, post)
        assert [v.text for v in versions] == [post.source, "first post, edited", "first post"]


def test_saving_the_same_text_is_no_new_version(as_role, reading, town, world):
    as_role("resident").submit(edit_path(world))
    with reading(town) as db:
        assert posts.get(db, world.things["kokkola", "post"]).version == 2


@pytest.mark.parametrize("role", ["guest", "stranger", "official", "moderator", "admin", "operator"])
def test_nobody_edits_anothers_post(as_role, role, world):
    assert as_role(role).get(edit_path(world)).status_code in (303, 403)


@pytest.mark.parametrize("version", ["", "abc", "-1", "99", "9" * 30])
def test_a_made_up_version_is_a_conflict_not_a_crash(as_role, world, version):
    response = as_role("resident").submit(edit_path(world), text="With a made-up version.", version=version)
    assert response.status_code in (409, 422)
    assert "With a made-up version." in response.text


# --- the cost ------------------------------------------------------------------------------------------------------


def test_a_topic_page_takes_few_statements(as_role, query_budget, topic):
    who = as_role("resident")
    who.get("/forums/")
    with query_budget(6):  # who, topic, posts, about the reader, and what two plugins put under the posts
        who.get(topic)


def test_a_reply_takes_few_statements(as_role, query_budget, topic, database_kind):
    """Who, topic, the post with its number, the topic's counters, and the job with the tenant's stamp."""
    who = as_role("resident")
    form = {"csrf_token": who.token_of(f"{topic}/reply"), "submission": str(uuid4()), "text": "Short and new."}
    before_it = 1  # what the post is about, read for the example plugin, which checks texts
    with query_budget(before_it + (5 if database_kind == "postgresql" else 7)):
        assert who.post(f"{topic}/reply", data=form).status_code == 303


def test_a_page_costs_the_same_however_long_the_topic(app, writing, town, world, client, query_budget, topic):
    with query_budget(10) as before:
        client.get(topic)
    with writing(town) as db:
        for n in range(100):
            posts.add(db, app.registry, world.things["kokkola", "conversation"], draft(world, f"reply number {n}"))
    for page in (1, 6):
        with query_budget(len(before)):
            client.get(f"{topic}?page={page}")


def test_counters_are_true(app, writing, reading, town, world):
    from talkoot_forums.models import Topic

    conversation = world.things["kokkola", "conversation"]
    with writing(town) as db:
        posts.add(db, app.registry, conversation, draft(world))
    with reading(town) as db:
        seen = db.scalar(
            select(func.count())
            .select_from(Post)
            .where(Post.tenant_id == town.id, Post.conversation_id == conversation, Post.hidden_at.is_(None))
        )
        row = db.find(Topic, conversation_id=conversation)
        assert row.post_count == seen == 3


def test_a_number_is_taken_once_even_by_force(writing, town, world):
    from sqlalchemy.exc import IntegrityError

    with pytest.raises(IntegrityError), writing(town) as db:
        db.execute(
            update(Post)
            .where(Post.tenant_id == town.id, Post.conversation_id == world.things["kokkola", "conversation"])
            .values(n=1)
        )

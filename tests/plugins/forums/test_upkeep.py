"""What a convener does with topics: pin, move, merge, split, lift; and that nothing is lost by it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from tests.plugins.forums.counters import assert_counters_hold

from talkoot import clock as calendar
from talkoot.conversations import pages, posts
from talkoot_forums import forums, topics


@pytest.fixture
def two_topics(app, writing, town, world):
    """Numbers of two topics whose posts were written in turn."""
    with writing(town) as db:
        forum = topics.get(db, world.things["kokkola", "topic"]).forum_id
        numbers = []
        for name in ("Ensimmäinen", "Toinen"):
            draft = posts.NewPost(world.members["kokkola", "resident"], f"{name} alku", uuid4(), "fi")
            numbers.append(topics.begin(db, app.registry, forum, title=name, kind="discussion", draft=draft)[0])
        for n in range(4):
            view = topics.get(db, numbers[n % 2])
            draft = posts.NewPost(world.members["kokkola", "councillor"], f"vuoro {n}", uuid4(), "fi")
            topics.reply(db, app.registry, view, draft)
    return numbers


def test_merging_keeps_every_post_in_order_of_time(as_role, reading, town, two_topics, client):
    first, second = two_topics
    moved = as_role("moderator").submit(f"/topics/{second}/care", act="merge", number=str(first))
    assert moved.status_code == 303
    with reading(town) as db:
        view = topics.get(db, first)
        shown = [post.html for post in pages.page(db, view.conversation_id, 1)]
        assert [text.partition(">")[2].partition("<")[0] for text in shown] == [
            "Ensimmäinen alku", "Toinen alku", "vuoro 0", "vuoro 1", "vuoro 2", "vuoro 3",
        ]  # fmt: skip
        assert_counters_hold(db)
    gone = client.get(f"/topics/{second}")
    assert gone.status_code == 301
    assert f"/topics/{first}" in gone.location


def test_splitting_makes_a_new_topic_and_permalinks_follow(as_role, reading, town, two_topics, client):
    first, _ = two_topics
    with reading(town) as db:
        view = topics.get(db, first)
        chosen = pages.page(db, view.conversation_id, 1)[1]
    split = as_role("moderator").submit(
        f"/topics/{first}/care", act="split", posts=[str(chosen.id)], title="Oma aiheensa"
    )
    assert split.status_code == 303
    with reading(town) as db:
        assert [post.n for post in pages.page(db, view.conversation_id, 1)] == [1, 2]
        assert_counters_hold(db)
    followed = client.get(f"/posts/{chosen.id}")
    assert followed.status_code == 302
    assert "oma-aiheensa" in followed.location


def test_the_first_post_cannot_be_split_off(as_role, reading, town, two_topics):
    with reading(town) as db:
        first = pages.page(db, topics.get(db, two_topics[0]).conversation_id, 1)[0]
    path = f"/topics/{two_topics[0]}/care"
    refused = as_role("moderator").submit(path, act="split", posts=[str(first.id)], title="Ei näin")
    assert refused.status_code == 422


def test_a_topic_cannot_be_merged_into_itself_or_into_nothing(as_role, two_topics):
    moderator, number = as_role("moderator"), two_topics[0]
    for into in (str(number), "987654", "x"):
        assert moderator.submit(f"/topics/{number}/care", act="merge", number=into).status_code == 422


def test_moving_takes_the_counters_along(as_role, reading, town, two_topics, world):
    target = world.things["kokkola", "members' forum"]
    assert as_role("admin").submit(f"/topics/{two_topics[0]}/care", act="move", forum=target).status_code == 303
    with reading(town) as db:
        assert topics.get(db, two_topics[0]).forum_slug == target
        assert_counters_hold(db)


def test_a_pinned_topic_stays_on_top(as_role, client, two_topics, world):
    as_role("moderator").submit(f"/topics/{two_topics[0]}/care", act="pin")
    text = client.get(f"/forums/{world.things['kokkola', 'forum']}/").text
    assert text.index("Ensimmäinen") < text.index("Toinen")
    as_role("moderator").submit(f"/topics/{two_topics[0]}/care", act="unpin")
    text = client.get(f"/forums/{world.things['kokkola', 'forum']}/").text
    assert text.index("Toinen") < text.index("Ensimmäinen")


def test_lifting_makes_a_public_promise_that_turns_overdue_and_is_answered(
    as_role, client, two_topics, reading, town, clock
):
    number = two_topics[0]
    due = calendar.today(town.time_zone) + timedelta(days=10)
    lifted = as_role("moderator").submit(
        f"/topics/{number}/care", act="lift", text="Voiko työryhmä vastata?", due_on=due.isoformat()
    )
    assert lifted.status_code == 303
    assert "promise-open" in client.get(f"/topics/{number}").text
    clock.shift(timedelta(days=11))
    assert "promise-overdue" in client.get(f"/topics/{number}").text
    with reading(town) as db:
        view = topics.get(db, number)
        made = view.promise("fi", calendar.today(town.time_zone))
    answered = as_role("official").submit(
        f"/promises/{made.number}", state="decided", text="Tehdään keväällä.", answer="1"
    )
    assert answered.status_code == 303
    assert "promise-answered" in client.get(f"/topics/{number}").text
    assert "Tehdään keväällä." in client.get(f"/promises/{made.number}").text


def test_a_promise_for_yesterday_is_refused(as_role, two_topics, town):
    past = calendar.today(town.time_zone) - timedelta(days=1)
    refused = as_role("moderator").submit(
        f"/topics/{two_topics[0]}/care", act="lift", text="Myöhässä jo.", due_on=past.isoformat()
    )
    assert refused.status_code == 422


@pytest.mark.parametrize("role", ["resident", "official", "clerk"])
def test_others_do_not_look_after_topics(as_role, two_topics, role):
    assert as_role(role).get(f"/topics/{two_topics[0]}/care").status_code == 403


def test_the_convener_of_another_forum_is_nobody_here(app, writing, town, world, visitor, two_topics):
    from talkoot.people import accounts, memberships

    with writing(town) as db:
        own = topics.get(db, two_topics[0]).forum_id
        other = forums.get(db, world.things["kokkola", "members' forum"]).id
        for name, scope in (("own", own), ("other", other)):
            person = accounts.create(db, f"{name}@kokkola.example", None, "fi", confirmed=True)
            member = memberships.join(db, person.id, f"Vetäjä {name}", language="fi")
            memberships.grant(db, member, "convener", scope=("forums.forum", scope))
            world.people["kokkola", f"convener of {name}"] = person.id
    path = f"/topics/{two_topics[0]}/care"
    assert visitor().sign_in_as(world.people["kokkola", "convener of own"]).get(path).status_code == 200
    assert visitor().sign_in_as(world.people["kokkola", "convener of other"]).get(path).status_code == 403


def test_hiding_keeps_the_number_and_tells_the_reason(as_role, client, world, reading, town):
    number, post = world.things["kokkola", "topic"], world.things["kokkola", "second post"]
    assert (
        as_role("moderator").submit(f"/posts/{post}/hide", reason="Sisälsi toisen puhelinnumeron.").status_code == 303
    )
    text = client.get(f"/topics/{number}").text
    assert "an answer with" not in text
    assert "Sisälsi toisen puhelinnumeron." in text
    assert 'id="p2"' in text
    with reading(town) as db:
        assert_counters_hold(db)
    assert as_role("moderator").submit(f"/posts/{post}/hide", act="restore").status_code == 303
    assert "an answer with" in client.get(f"/topics/{number}").text


def test_hiding_without_a_reason_is_refused(as_role, client, world):
    post = world.things["kokkola", "second post"]
    assert as_role("moderator").submit(f"/posts/{post}/hide", reason="  ").status_code == 422
    assert "an answer with" in client.get(f"/topics/{world.things['kokkola', 'topic']}").text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2031-05-05", "x"])
def test_a_promise_is_for_a_day_that_somebody_may_mean(as_role, client, two_topics, clock, day):
    clock.move_to(datetime(2027, 5, 5, 9, tzinfo=UTC))
    lift = {"act": "lift", "text": "Voiko työryhmä vastata?"}
    refused = as_role("moderator").submit(f"/topics/{two_topics[0]}/care", **lift, due_on=day)
    assert refused.status_code == 422
    assert "Voiko työryhmä vastata?" in refused.text
    assert "promise-open" not in client.get(f"/topics/{two_topics[0]}").text

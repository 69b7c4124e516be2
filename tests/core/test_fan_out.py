"""Who is told of what: one notice per person and post, for the strongest reason, and never to who may not see it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from talkoot.conversations import flags, posts
from talkoot.conversations.models import Post
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.jobs import worker
from talkoot.jobs.models import Outbox
from talkoot.notices import fan_out, telling
from talkoot.notices.following import CONVERSATION, OFFICE, office_of
from talkoot.notices.models import Notice
from talkoot.people import memberships, privacy
from talkoot.tenants import registering
from talkoot_forums import forums, topics, upkeep
from talkoot_forums.models import Forum


@pytest.fixture
def forum_id(noticing):
    with noticing.reading(noticing.tenant) as db:
        return forums.get(db, noticing.world.things["kokkola", "forum"]).id


def test_followers_of_a_discussion_its_forum_and_its_area_are_told_once_each(noticing, forum_id, world):
    noticing.follow("clerk")
    noticing.follow("clerk", "forums.forum", forum_id)
    noticing.follow("councillor", "forums.forum", forum_id)
    noticing.follow("editor", "area", world.things["kokkola", "area"].id)
    made = noticing.say("admin")
    told = noticing.told(made.id)
    assert {role: told[role] for role in ("clerk", "councillor", "editor")} == dict.fromkeys(
        ("clerk", "councillor", "editor"), "follow"
    )
    assert "admin" not in told, "nobody is told of their own post"
    assert not {"moderator", "convener"} & set(told)


def test_the_neighbours_followers_hear_nothing(noticing, next_door):
    next_door.follow("clerk")
    next_door.follow("clerk", thing=noticing.conversation)  # even if their row names the town's conversation
    made = noticing.say("admin")
    assert next_door.told(made.id) == {}


def test_who_writes_follows_from_then_on_unless_they_have_chosen_otherwise_or_stopped(noticing):
    noticing.say("clerk")
    noticing.choose("editor", follow_own=False)
    noticing.say("editor")
    noticing.say("councillor")
    noticing.follow("councillor", wanted=False)
    again = noticing.say("councillor", "Something else.")
    assert "clerk" in noticing.told(again.id)
    told = noticing.told(noticing.say("admin").id)
    assert "clerk" in told
    assert not {"editor", "councillor"} & set(told)


def test_who_began_the_discussion_hears_of_replies_as_meant_for_them(noticing):
    assert noticing.told(noticing.say("admin").id)["resident"] == "reply"
    assert "resident" not in noticing.told(noticing.say("resident", "My own reply.").id)


def test_neither_clerk_nor_writer_is_told_of_a_paper_and_the_writer_follows_nothing_by_it(noticing):
    noticing.follow("clerk")
    on_paper = noticing.say("councillor", channel="paper", keyed_by=noticing.member("clerk"))
    assert not {"clerk", "councillor"} & set(noticing.told(on_paper.id))
    told = noticing.told(noticing.say("admin").id)
    assert "clerk" in told
    assert "councillor" not in told


def test_the_strongest_reason_is_kept(noticing, writing, town, world):
    """The resident began the discussion, follows it, is quoted and mentioned: told once, as mentioned."""
    made = noticing.say("admin", quote_of=world.things["kokkola", "post"], work=False)
    with writing(town) as db:
        this = (Post.tenant_id == town.id, Post.id == made.id)
        db.execute(update(Post).where(*this).values(html=noticing.mention("resident", "clerk", "admin")))
    noticing.run_jobs()
    told = noticing.told(made.id)
    assert (told["resident"], told["clerk"]) == ("mention", "mention")
    assert "admin" not in told, "who mentions themselves is not told"
    assert (
        noticing.told(noticing.say("admin", "Again.", quote_of=world.things["kokkola", "post"]).id)["resident"]
        == "quote"
    )


def test_a_mention_of_somebody_elsewhere_tells_nobody(noticing, next_door, writing, town):
    made = noticing.say("admin", work=False)
    with writing(town) as db:
        this = (Post.tenant_id == town.id, Post.id == made.id)
        db.execute(update(Post).where(*this).values(html=next_door.mention("clerk")))
    noticing.run_jobs()
    assert "clerk" not in noticing.told(made.id)
    assert next_door.told(made.id) == {}


def test_a_job_that_runs_twice_tells_nothing_twice(noticing, writing, town):
    noticing.follow("clerk")
    made = noticing.say("admin")
    before = noticing.told(made.id)
    with writing(town) as db:
        fan_out.post_made(db, noticing.app.registry, made.id)
    assert noticing.told(made.id) == before
    with noticing.reading(town) as db:
        mine = (Notice.tenant_id == town.id, Notice.thing_id == made.id)
        assert db.scalar(select(func.count()).select_from(Notice).where(*mine)) == len(before)


@pytest.mark.parametrize("how", ["blocked", "erased"])
def test_who_is_blocked_or_has_left_is_not_told(noticing, writing, town, how):
    noticing.follow("clerk")
    with writing(town) as db:
        member = memberships.get(db, noticing.member("clerk"))
        if how == "blocked":
            memberships.block(db, member, True)
        else:
            privacy.erase(db, noticing.app.registry, member)
    assert "clerk" not in noticing.told(noticing.say("admin").id)


def test_a_post_hidden_before_the_worker_came_tells_nobody(noticing, writing, town):
    noticing.follow("clerk")
    made = noticing.say("admin", work=False)
    with writing(town) as db:
        posts.hide(db, noticing.app.registry, posts.get(db, made.id), noticing.member("moderator"), "Off the topic.")
    noticing.run_jobs()
    assert noticing.told(made.id) == {}


def test_who_stopped_following_a_discussion_does_not_hear_of_it_by_its_forum(noticing, forum_id):
    noticing.follow("clerk", "forums.forum", forum_id)
    noticing.follow("clerk", CONVERSATION, wanted=False)
    assert "clerk" not in noticing.told(noticing.say("admin").id)


def test_who_stopped_following_one_discussion_hears_of_the_others(noticing, forum_id, reading, town, world):
    with reading(town) as db:
        other = topics.get(db, world.things["kokkola", "members' topic"]).conversation_id
    noticing.follow("clerk", "forums.forum", forum_id)
    noticing.follow("clerk", CONVERSATION, other, wanted=False)
    assert "clerk" in noticing.told(noticing.say("admin").id)


def test_an_office_is_followed_beyond_its_holder(noticing, writing, town):
    """What an official writes; then whoever has the office next; not the person who has left it."""
    with writing(town) as db:
        office = office_of(memberships.get(db, noticing.member("official")))
    assert office
    noticing.follow("clerk", OFFICE, office[1])
    noticing.follow("official", OFFICE, office[1])
    told = noticing.told(noticing.say("official").id)
    assert told["clerk"] == "official"
    assert "official" not in told, "nobody is told of their own post, not even by their office"
    with writing(town) as db:
        memberships.verify(db, memberships.get(db, noticing.member("official")), None, "")
        memberships.verify(db, memberships.get(db, noticing.member("editor")), "official", "development MANAGER")
    assert "clerk" not in noticing.told(noticing.say("official", "Now as a resident.").id)
    assert noticing.told(noticing.say("editor").id)["clerk"] == "official"


def test_a_councillor_is_followed_in_person(noticing, writing, town):
    with writing(town) as db:
        for role in ("councillor", "editor"):
            memberships.verify(db, memberships.get(db, noticing.member(role)), "councillor", "Member of the council")
    noticing.follow("clerk", OFFICE, noticing.member("councillor"))
    assert noticing.told(noticing.say("councillor").id)["clerk"] == "official"
    assert "clerk" not in noticing.told(noticing.say("editor").id)


@pytest.fixture
def promise(noticing, reading, town):
    """What was promised when the town's topic was lifted: its id, number and day."""
    with reading(town) as db:
        made = db.scalars(select(FollowUp).where(FollowUp.tenant_id == town.id, FollowUp.public.is_(True))).one()
        return made.id, made.number, made.due_on


def test_a_promise_kept_is_told_to_followers_once_and_not_its_other_steps(noticing, writing, town, promise):
    noticing.follow("clerk")

    def move(state, answer):
        with writing(town) as db:
            promises.move(
                db, promise[1], state=state, words="So it is.", by=noticing.member("official"), language="fi",
                submission=uuid4(), answer=answer,
            )  # fmt: skip
        noticing.run_jobs()
        with noticing.reading(town) as db:
            mine = (Notice.tenant_id == town.id, Notice.kind == "answered")
            return set(db.scalars(select(Notice.membership_id).where(*mine)))

    noticing.follow("official")
    assert move("in_progress", answer=False) == set()
    assert move("decided", answer=True) == {noticing.member("clerk"), noticing.member("resident")}


def test_a_late_answer_is_told_once(noticing, clock, town, promise):
    identity, _, due = promise
    noticing.follow("clerk")
    clock.move_to(datetime(due.year, due.month, due.day, 12, tzinfo=UTC))
    worker.keep_schedule(noticing.app)
    assert noticing.told(identity) == {}, "it may still come today"
    for _ in range(2):
        clock.shift(timedelta(days=1))
        worker.keep_schedule(noticing.app)
        assert noticing.told(identity) == {"clerk": "overdue", "resident": "overdue", "official": "overdue"}


def test_a_late_answer_to_what_is_not_public_is_told_to_nobody(noticing, clock, writing, town, promise):
    identity, _, due = promise
    noticing.follow("clerk")
    with writing(town) as db:
        db.execute(update(FollowUp).where(FollowUp.tenant_id == town.id, FollowUp.id == identity).values(public=False))
    clock.move_to(datetime(due.year, due.month, due.day, 12, tzinfo=UTC) + timedelta(days=1))
    worker.keep_schedule(noticing.app)
    assert noticing.told(identity) == {}


def test_who_hides_their_own_post_is_not_told_so(noticing, writing, town):
    made = noticing.say("moderator")
    with writing(town) as db:
        flags.decide(db, noticing.app.registry, posts.get(db, made.id), noticing.member("moderator"), "hide", "Mine.")
    noticing.run_jobs()
    assert noticing.told(made.id) == {}


def test_the_writer_hears_that_a_post_was_hidden_and_brought_back_and_others_lose_its_notice(noticing, writing, town):
    noticing.follow("clerk")
    made = noticing.say("editor")
    assert "clerk" in noticing.told(made.id)

    def decide(decision, reason=""):
        with writing(town) as db:
            flags.decide(
                db, noticing.app.registry, posts.get(db, made.id), noticing.member("moderator"), decision, reason
            )
        noticing.run_jobs()
        return noticing.told(made.id)

    assert decide("hide", "Off the topic.") == {"editor": "hidden"}
    assert decide("restore") == {"editor": "restored"}


def test_a_forum_for_members_tells_its_followers_and_a_plugin_switched_off_tells_nobody(noticing, writing, town):
    noticing.follow("clerk")
    with writing(town) as db:
        db.execute(update(Forum).where(Forum.tenant_id == town.id, Forum.slug == "kylat").values(members_only=True))
    assert "clerk" in noticing.told(noticing.say("admin").id)
    made = noticing.say("admin", "Then it goes.", work=False)
    with writing(None) as db:
        registering.switch_plugin(db, town.id, "forums", False)
    noticing.app.directory.forget()
    noticing.run_jobs()
    assert noticing.told(made.id) == {}


def test_ten_thousand_followers_are_told_by_a_few_statements(noticing, query_budget, writing, town):
    """As many statements as for one; of rows there are as many as followers."""
    made = noticing.say("admin", work=False)
    for role in ("clerk", "editor", "councillor", "moderator"):
        noticing.follow(role)
    with writing(town) as db, query_budget(16):
        fan_out.post_made(db, noticing.app.registry, made.id)
    assert len(noticing.told(made.id)) >= 5


def test_nothing_due_leaves_no_mail(noticing, app):
    noticing.follow("clerk")
    noticing.say("admin")
    with app.database.session(None) as db:
        assert db.scalar(select(func.count()).select_from(Outbox).where(Outbox.kind == "notices.mail")) == 0


def test_followers_go_along_when_topics_are_merged_and_split(noticing, writing, town, world):
    noticing.follow("clerk")
    noticing.follow("editor", wanted=False)
    with writing(town) as db:
        one, other = (topics.get(db, world.things["kokkola", name]) for name in ("topic", "members' topic"))
        upkeep.merge(db, one, other)
    told = noticing.told(noticing.say("admin", conversation=other.conversation_id).id)
    assert "clerk" in told
    assert "editor" not in told, "who has stopped before is not made to follow"
    with writing(town) as db:
        other = topics.get(db, other.number)
        number = upkeep.split(db, other, [world.things["kokkola", "second post"]], "A matter of its own")
        new = topics.get(db, number)
    assert "clerk" in noticing.told(noticing.say("admin", "Again.", conversation=new.conversation_id).id)


def test_how_many_were_told_is_known(writing, town, world):
    post = world.things["kokkola", "post"]
    members = [world.members["kokkola", role] for role in ("resident", "convener")]
    with writing(town) as db:
        assert telling.tell(db, "follow", post, []) == 0
        assert [telling.tell(db, "follow", post, members) for _ in range(2)] == [2, 0]
        assert telling.tell_anew(db, "hidden", post, members[:1]) == 1

"""Whom an edit mentions is told of it: once, as of a new post, and nobody who was mentioned before."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from talkoot.conversations import flags, posts
from talkoot.conversations.models import PostVersion
from talkoot.notices import fan_out
from talkoot.notices.models import Notice
from talkoot.people import memberships


@pytest.fixture
def edit(noticing, writing, town):
    """`edit(made, "clerk", "editor")`: the post's text mentions these now, and the worker has worked."""

    def change(made, *roles, work=True, text="Changed."):
        with writing(town) as db:
            post = posts.get(db, made.id)
            called = " ".join(f"@{memberships.get(db, noticing.member(role)).name}" for role in roles)
            posts.edit(db, noticing.app.registry, post, post.author_id, f"{text} {called}", post.version)
        if work:
            noticing.run_jobs()

    return change


@pytest.fixture
def read(noticing, writing, town):
    """Everything has been read by everybody; then: who has something new about this post."""

    def mark():
        with writing(town) as db:
            db.execute(update(Notice).where(Notice.tenant_id == town.id).values(read_at=Notice.at))

    return mark


@pytest.fixture
def unread(noticing, town):
    def of(made):
        with noticing.reading(town) as db:
            own = (Notice.tenant_id == town.id, Notice.thing_id == made.id, Notice.read_at.is_(None))
            members = set(db.scalars(select(Notice.membership_id).where(*own)))
        return {
            role for (slug, role), member in noticing.world.members.items() if slug == town.slug and member in members
        }

    return of


def test_whom_an_edit_mentions_is_told_once(noticing, edit, read, unread):
    made = noticing.say("admin")
    assert "clerk" not in noticing.told(made.id)
    edit(made, "clerk")
    assert noticing.told(made.id)["clerk"] == "mention"
    assert "clerk" in unread(made)
    read()
    edit(made, "clerk", text="Changed once more.")
    edit(made, text="Without.")
    edit(made, "clerk", text="With again.")
    assert unread(made) == set()


def test_who_was_mentioned_before_is_not_told_of_the_edit(noticing, edit, read, unread, writing, town):
    made = noticing.say("admin", f"@{_name(noticing, 'editor')} look.")
    read()
    edit(made, "editor", "clerk")
    assert unread(made) == {"clerk"}
    with writing(town) as db:  # and not either when the first notice is gone
        db.execute(Notice.__table__.delete().where(Notice.tenant_id == town.id, Notice.thing_id == made.id))
    edit(made, "editor", "clerk", "councillor", text="Changed again.")
    assert set(noticing.told(made.id)) == {"councillor"}


def _name(noticing, role):
    with noticing.reading(noticing.tenant) as db:
        return memberships.get(db, noticing.member(role)).name


def test_a_follower_who_has_read_of_the_post_hears_that_they_are_meant_now(noticing, edit, read, unread):
    noticing.follow("clerk")
    made = noticing.say("admin")
    assert noticing.told(made.id)["clerk"] == "follow"
    read()
    edit(made, "clerk")
    assert (noticing.told(made.id)["clerk"], unread(made)) == ("mention", {"clerk"})


def test_a_job_that_runs_twice_or_after_the_post_was_told_of_tells_nothing_twice(
    noticing, edit, read, unread, reading, writing, town
):
    made = noticing.say("admin", work=False)
    edit(made, "clerk")
    assert noticing.told(made.id)["clerk"] == "mention"
    read()
    with reading(town) as db:
        version = db.find(PostVersion, post_id=made.id).id
    with writing(town) as db:
        fan_out.mentioned(db, noticing.app.registry, version)
    assert unread(made) == set()


@pytest.mark.parametrize("how", ["hidden", "blocked", "the writer"])
def test_the_rules_of_new_posts_hold(noticing, edit, writing, town, how):
    made = noticing.say("admin")
    edit(made, "admin" if how == "the writer" else "clerk", work=False)
    with writing(town) as db:
        if how == "hidden":
            post = posts.get(db, made.id)
            flags.decide(db, noticing.app.registry, post, noticing.member("moderator"), "hide", "Off the topic.")
        elif how == "blocked":
            memberships.block(db, memberships.get(db, noticing.member("clerk")), True)
    noticing.run_jobs()
    assert not {"clerk", "admin"} & {role for role, kind in noticing.told(made.id).items() if kind == "mention"}


def test_the_neighbours_hear_nothing(noticing, next_door, edit, reading, neighbour):
    made = noticing.say("admin")
    edit(made, "clerk")
    assert next_door.told(made.id) == {}


def test_an_edit_without_a_new_mention_leaves_no_job(noticing, edit, writing, town, installation_jobs):
    made = noticing.say("admin", f"@{_name(noticing, 'editor')} look.")
    edit(made, "editor", work=False)
    assert posts.MENTIONED not in installation_jobs()


@pytest.fixture
def installation_jobs(app):
    """The kinds of the jobs that wait."""
    from talkoot.jobs.models import Outbox

    def kinds():
        with app.database.session(None) as db:
            return list(db.scalars(select(Outbox.kind).where(Outbox.done_at.is_(None))))

    return kinds

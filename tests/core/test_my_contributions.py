"""My contributions: posts, topics and feedback with what became of each; nobody else's."""

from __future__ import annotations

import re
from uuid import uuid4

from sqlalchemy import update

from talkoot import clock
from talkoot.contributions import feedback
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Post
from talkoot.followup import promises
from talkoot.followup.models import FollowUp


def test_topics_posts_and_what_became_of_them(as_role, noticing, world):
    page = as_role("resident").get("/my/contributions/?lang=en").text
    assert "first post, edited" in page
    assert "You began this" in page
    assert "2 posts since" in page
    assert "Taken further" in page
    assert "hidden reason" in page, "one's own hidden post, and why"
    assert "an answer with" not in page
    assert "CANARY" not in page
    assert "1 reaction" in as_role("official").get("/my/contributions/?lang=en").text


def test_feedback_given_under_ones_name_with_its_answer(as_role, noticing, writing, town):
    with writing(town) as db:
        member = noticing.member("clerk")
        given = feedback.give(db, text="The swing is broken.", language="fi", submission=uuid4(), author_id=member)
        feedback.give(db, text="Somebody without a name.", language="fi", submission=uuid4())
    visitor = as_role("clerk")
    assert "The swing is broken." in visitor.get("/my/contributions/").text
    with writing(town) as db:
        made = db.find(FollowUp, subject_kind="contribution", subject_id=given.id)
        promises.move(
            db, made.number, state="done", words="It is **mended**.", by=noticing.member("official"), language="fi",
            submission=uuid4(), answer=True,
        )  # fmt: skip
    noticing.run_jobs()
    page = visitor.get("/my/contributions/").text
    assert "It is <strong>mended</strong>." in page
    assert "Somebody without a name." not in page
    notices = visitor.get("/my/notices/?lang=en").text
    assert "The promised answer has come." in notices
    assert "/my/contributions/" in notices


def test_pages_follow_each_other_by_key(as_role, noticing, query_budget):
    for n in range(30):
        noticing.say("clerk", f"Thought {n}.", work=False)
    visitor = as_role("clerk")
    with query_budget(4):  # who, posts, feedback, places
        first = visitor.get("/my/contributions/").text
    before = re.search(r"before=([\w-]+)", first)[1]
    second = visitor.get(f"/my/contributions/?before={before}").text
    found = [set(re.findall(r"Thought \d+\.", page)) for page in (first, second)]
    assert [len(one) for one in found] == [25, 5]
    assert len(found[0] | found[1]) == 30


def test_of_what_was_written_in_one_moment_nothing_is_lost_between_two_pages(as_role, noticing, next_door, writing):
    for where, words in ((noticing, "Thought"), (next_door, "Tanke")):
        for n in range(25):
            where.say("clerk", f"{words} {n}.", work=False)
        with writing(where.tenant) as db:
            for n in range(25, 30):
                feedback.give(
                    db, text=f"{words} {n}.", language="fi", submission=uuid4(), author_id=where.member("clerk")
                )
            moment = clock.now()
            for table in (Post, Contribution):
                db.execute(update(table).where(table.tenant_id == db.tenant.id).values(created_at=moment))
    visitor = as_role("clerk")
    first = visitor.get("/my/contributions/").text
    second = visitor.get(f"/my/contributions/?before={re.search(r'before=([0-9a-f-]+)', first)[1]}").text
    found = [re.findall(r"Thought \d+\.", page) for page in (first, second)]
    assert [len(one) for one in found] == [25, 5]
    assert len({*found[0], *found[1]}) == 30
    assert "Tanke" not in first + second

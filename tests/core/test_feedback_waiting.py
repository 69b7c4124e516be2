"""The staff's list of feedback: nothing unanswered ever falls off it, however much has come since."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import update

from talkoot import clock as talkoot_clock
from talkoot.contributions import feedback
from talkoot.followup.models import FollowUp


@pytest.fixture
def give(writing):
    """Give feedback on a site; returns its id."""

    def made(tenant, text, **follow_up):
        with writing(tenant) as db:
            given = feedback.give(db, text=text, language="fi", submission=uuid4())
            if follow_up:
                db.execute(
                    update(FollowUp)
                    .where(FollowUp.tenant_id == tenant.id, FollowUp.subject_id == given.id)
                    .values(follow_up)
                )
        return given.id

    return made


def waiting(reading, tenant):
    with reading(tenant) as db:
        return [(made.answered_at is not None, given.source) for given, made in feedback.waiting(db)]


def test_the_oldest_unanswered_stays_whatever_has_come_since(give, reading, town, neighbour, clock, monkeypatch):
    """With a small limit in place of two hundred."""
    monkeypatch.setattr(feedback, "ANSWERED_SHOWN", 3, raising=False)
    give(town, "the oldest, never answered")
    clock.shift(timedelta(days=1))
    for n in range(5):
        clock.shift(timedelta(hours=1))
        give(town, f"answered {n}", answered_at=talkoot_clock.now())
        give(neighbour, f"noise {n}", answered_at=talkoot_clock.now() if n % 2 else None)
        give(town, f"waits {n}")
    found = waiting(reading, town)
    unanswered = [text for answered, text in found if not answered]
    assert unanswered[1:] == ["the oldest, never answered", *(f"waits {n}" for n in range(5))], "soonest due first"
    assert [text for answered, text in found if answered] == ["answered 4", "answered 3", "answered 2"], "latest first"
    assert found == sorted(found, key=lambda one: one[0])


def test_two_hundred_newer_ones_hide_nothing_from_the_clerk(give, as_role, reading, town, writing):
    give(town, "the lamp at the corner")
    with writing(town) as db:
        for n in range(feedback.ANSWERED_SHOWN + 5):
            feedback.give(db, text=f"newer {n}", language="fi", submission=uuid4())
    assert "the lamp at the corner" in as_role("clerk").get("/staff/feedback").text


def test_another_towns_feedback_is_not_among_it(give, reading, town, neighbour):
    give(neighbour, "ours alone")
    assert "ours alone" not in [text for _, text in waiting(reading, town)]
    assert "ours alone" in [text for _, text in waiting(reading, neighbour)]

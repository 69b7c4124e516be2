"""Two requests for the same new row at once: the slower one is run again and finds it. Nobody sees an error, nothing doubles."""

from __future__ import annotations

import re
import threading
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from tests.core.test_posts import in_parallel

from talkoot.contributions import feedback
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Flag
from talkoot.db import TenantSession
from talkoot.people.models import Membership

CODE = re.compile(r"[A-Z2-9]{5}-[A-Z2-9]{5}")


@pytest.fixture
def count(reading):
    def of(tenant, model, **values):
        with reading(tenant) as db:
            return db.scalar(
                select(func.count()).select_from(model).where(model.tenant_id == tenant.id).filter_by(**values)
            )

    return of


@pytest.fixture
def blind(monkeypatch):
    """`blind(Model)`: the next look for a row of it finds none, as when somebody adds it a moment later."""

    def to(model):
        find, looked = TenantSession.find, []

        def see_nothing_once(db, wanted, **values):
            if wanted is model and not looked:
                looked.append(values)
                return None
            return find(db, wanted, **values)

        monkeypatch.setattr(TenantSession, "find", see_nothing_once)
        return looked

    return to


def test_feedback_sent_twice_at_once_is_one_and_shows_its_code(visitor, blind, count, town, neighbour):
    submission, other = uuid4(), visitor(neighbour).submit("/feedback", text="Noise.")
    first = visitor().submit("/feedback", text="A lamp is dark.", submission=str(submission))
    looked = blind(Contribution)
    again = visitor().submit("/feedback", text="A lamp is dark.", submission=str(submission))
    assert looked
    assert again.status_code == 200
    assert CODE.search(again.text)[0] == CODE.search(first.text)[0] != CODE.search(other.text)[0]
    assert count(town, Contribution, source="A lamp is dark.") == 1


@pytest.mark.database("postgresql")
def test_feedback_really_sent_at_once(app, visitor, count, town, monkeypatch):
    """On SQLite writers wait for each other before they look."""
    submission, both, clean = uuid4(), threading.Barrier(2, timeout=10), feedback.clean
    met = []

    def clean_together(text):
        if len(met) < 2:  # not in the second run of the slower one
            met.append(1)
            both.wait()
        return clean(text)

    guests = [visitor() for _ in range(2)]
    tokens = [guest.token_of("/feedback") for guest in guests]
    monkeypatch.setattr(feedback, "clean", clean_together)

    def send(n):
        fields = {"csrf_token": tokens[n], "submission": str(submission), "text": "A lamp is dark."}
        return guests[n].post("/feedback", data=fields).text

    assert len({CODE.search(page)[0] for page in in_parallel(send, 2)}) == 1
    assert count(town, Contribution, source="A lamp is dark.") == 1


def test_a_report_sent_twice_at_once_is_one(as_role, blind, count, town, neighbour, world):
    """A race that the view alone would lose with an error page; what the second one says stands."""
    post, who = world.things["kokkola", "second post"], world.members["kokkola", "resident"]
    noise = count(neighbour, Flag)
    as_role("resident").submit(f"/posts/{post}/flag", reason="advert", text="First.")
    assert blind(Flag) == []
    assert as_role("resident").submit(f"/posts/{post}/flag", reason="insult", text="Second.").status_code == 200
    assert count(town, Flag, post_id=post, membership_id=who) == 1
    assert count(town, Flag, post_id=post, membership_id=who, text="Second.") == 1
    assert count(neighbour, Flag) == noise


def test_who_it_is_is_asked_again(app, as_role, writing, town, world, blind, monkeypatch):
    """Nothing of the first run is kept: somebody blocked in between is refused in the second."""
    post, close = world.things["kokkola", "second post"], TenantSession.close
    resident, blocked = as_role("resident"), []
    resident.submit(f"/posts/{post}/flag", reason="advert", text="First.")
    token = resident.token_of(f"/posts/{post}/flag")
    blind(Flag)

    def block_then(db):
        close(db)
        if db.writing and db.tenant_id and not blocked:
            blocked.append(1)
            with writing(town) as other:
                from talkoot.people import memberships

                memberships.block(other, memberships.get(other, world.members["kokkola", "resident"]), True)

    monkeypatch.setattr(TenantSession, "close", block_then)
    answer = resident.post(f"/posts/{post}/flag", data={"csrf_token": token, "reason": "insult", "text": "Second."})
    assert blocked
    assert answer.status_code == 403


def test_an_error_that_stays_is_an_error(app, as_role, town, world, monkeypatch, count, logs):
    """Run again once, not for ever; nothing is left behind."""
    from sqlalchemy.exc import IntegrityError

    runs, before = [], count(town, Membership)

    def fail(*_, **__):
        runs.append(1)
        raise IntegrityError("INSERT", {"email": "somebody@example.fi"}, Exception("somebody@example.fi exists"))

    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("talkoot.conversations.flags.flag", fail)
    post = world.things["kokkola", "second post"]
    assert as_role("resident").submit(f"/posts/{post}/flag", reason="advert", text="x").status_code == 500
    assert len(runs) == 2
    assert count(town, Membership) == before
    (line,) = [line for line in logs if line["event"] == "lost_race"]
    assert "example.fi" not in repr(line)


def test_a_page_that_only_reads_is_not_run_again(app, visitor, monkeypatch):
    from sqlalchemy.exc import IntegrityError

    runs = []

    def fail(*_, **__):
        runs.append(1)
        raise IntegrityError("SELECT", None, Exception())

    monkeypatch.setattr(app, "testing", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "site.home", fail)
    assert visitor().get("/").status_code == 500
    assert len(runs) == 1

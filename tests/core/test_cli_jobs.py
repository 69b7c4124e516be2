"""`talkoot jobs` and `talkoot plugin`: what waits, what was given up, what is installed."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update

from talkoot import clock
from talkoot.jobs.models import Outbox


def given_up(writing, kind: str) -> None:
    with writing(None) as db:
        db.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(done_at=clock.now()))
        old = clock.now() - timedelta(days=1)
        for name in (kind, "people.other"):
            db.add(Outbox(kind=name, created_at=old, lease_until=old, tries=12, error="OSError('away')"))
        db.add(Outbox(kind="people.waits", created_at=clock.now(), lease_until=clock.now(), tries=3))


def test_jobs_given_up_begin_anew(run, writing, reading):
    given_up(writing, "conversations.post_made:noticeboard")
    shown = run("jobs", "list").output
    assert "given up" in shown
    assert "OSError('away')" in shown
    assert "1 jobs are tried again" in run("jobs", "retry", "conversations.post_made:noticeboard").output
    with reading(None) as db:
        tries = dict(db.execute(select(Outbox.kind, Outbox.tries).where(Outbox.done_at.is_(None))).all())
    assert tries == {"conversations.post_made:noticeboard": 0, "people.other": 12, "people.waits": 3}
    assert "1 jobs are tried again" in run("jobs", "retry").output


def test_jobs_given_up_are_forgotten(run, writing, reading):
    given_up(writing, "people.invite")
    assert "1 jobs forgotten" in run("jobs", "drop", "people.invite", "--yes").output
    assert "1 jobs forgotten" in run("jobs", "drop", "--yes").output
    with reading(None) as db:
        assert list(db.scalars(select(Outbox.kind).where(Outbox.done_at.is_(None)))) == ["people.waits"]


def test_jobs_once_does_what_waits(run):
    run("jobs", "once")
    run("person", "invite", "a@example.fi", "--tenant", "kokkola", "--role", "editor")
    assert "1 jobs done" in run("jobs", "once").output
    assert "done" in run("jobs", "list", "--all").output
    assert "0 jobs done" in run("jobs", "once").output


def test_plugin_list(run):
    shown = run("plugin", "list").output
    assert "forums" in shown
    assert "talkoot_forums" in shown
    assert "civic" in shown
    assert "contrast" in shown

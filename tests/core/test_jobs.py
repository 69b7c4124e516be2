"""Jobs: left with the transaction or not at all, done at least once, taken by one worker, sent again when one is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import OperationalError
from tests.core.test_posts import in_parallel

from talkoot import clock as talkoot_clock
from talkoot.db.engine import commit
from talkoot.guard import WroteWhileReadingError
from talkoot.ids import new_id
from talkoot.jobs import delivery, handover, outbox, worker
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.mail import messages
from talkoot.people import memberships
from talkoot.site import summaries
from talkoot.tenants import registering


@pytest.fixture(autouse=True)
def no_old_jobs(app, writing, run_jobs):
    """What furnishing the towns has left is done."""
    run_jobs()


def waiting(app):
    with app.database.session(None) as db:
        return db.scalar(select(func.count()).select_from(Outbox).where(Outbox.done_at.is_(None)))


def row(app, identity):
    with app.database.session(None) as db:
        return db.get(Outbox, identity)


@pytest.fixture
def handled(app, monkeypatch):
    """A kind of job, `test.note`, that notes what it is called with."""
    seen = []
    known = delivery.handlers
    monkeypatch.setattr(
        delivery,
        "handlers",
        lambda app: {
            **known(app),
            "test.note": lambda _app, db, subject, job: seen.append((db.tenant_id, subject, job)),
        },
    )
    return seen


@pytest.fixture
def queue(app, monkeypatch):
    """The real queue in place of the notes that tests take of it, empty."""
    monkeypatch.delitem(app.__dict__, "handover")
    found = app.deliver.huey
    found.flush()
    yield found
    monkeypatch.undo()


def until(happened, seconds=10.0):
    """Whether it happens within a time."""
    end = time.monotonic() + seconds
    while not happened() and time.monotonic() < end:
        time.sleep(0.01)
    return happened()


def leave_one(app, tenant, kind="test.note", subject=None):
    with app.app_context(), app.database.session(tenant, writing=True) as db:
        return outbox.add(db, kind, subject)


def test_a_job_runs_in_its_tenants_session(app, town, handled):
    subject = uuid4()
    job = leave_one(app, town, subject=subject)
    assert waiting(app) == 1
    assert delivery.run_one(app, job) is True
    assert handled == [(town.id, subject, job)]
    assert waiting(app) == 0


def test_a_rolled_back_transaction_leaves_no_job(app, town):
    def fail_after_leaving_it():
        with app.app_context(), app.database.session(town, writing=True) as db:
            outbox.add(db, "test.note")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_leaving_it()
    assert waiting(app) == 0


def test_jobs_of_a_transaction_are_written_with_it(app, town, neighbour, writing):
    """The last of them goes with the stamp; what a savepoint undoes takes its jobs along."""
    for tenant, quiet in ((town, False), (neighbour, True)):
        with app.app_context(), writing(tenant) as db:
            db.quiet = quiet
            left = [outbox.add(db, "test.note") for _ in range(3)]
            with db.begin_nested() as savepoint:
                outbox.add(db, "test.note")
                savepoint.rollback()
            with db.begin_nested():
                left.append(outbox.add(db, "test.note"))
        with app.database.session(None) as db:
            of_tenant = select(Outbox.id).where(Outbox.tenant_id == tenant.id, Outbox.done_at.is_(None))
            assert set(db.scalars(of_tenant)) == set(left)


def test_a_page_that_only_reads_leaves_no_job(app, town, reading):
    with app.app_context(), reading(town) as db, pytest.raises(WroteWhileReadingError):
        outbox.add(db, "test.note")
    assert waiting(app) == 0


def test_a_hook_that_leaves_a_job_on_a_page_costs_its_own_part(app, town, reading):
    with app.app_context(), reading(town) as db:
        assert app.registry.guard.call("forums", town, "home_sections", lambda: outbox.add(db, "test.note"), db) is None
    assert waiting(app) == 0


def test_a_savepoint_within_an_undone_one_takes_no_earlier_job_along(app, town, writing):
    with app.app_context(), writing(town) as db:
        left = outbox.add(db, "test.note")
        with db.begin_nested() as outer:
            with db.begin_nested():
                outbox.add(db, "test.note")
            outer.rollback()
    with app.database.session(None) as db:
        assert list(db.scalars(select(Outbox.id).where(Outbox.done_at.is_(None)))) == [left]


def test_who_commits_and_goes_on_leaves_each_job_once(app, town, writing):
    with app.app_context(), writing(town) as db:
        left = [outbox.add(db, "test.note") for _ in range(2)]
        commit(db)
        left += [outbox.add(db, "test.note") for _ in range(2)]
    with app.database.session(None) as db:
        assert set(db.scalars(select(Outbox.id).where(Outbox.done_at.is_(None)))) == set(left)


def test_what_is_done_after_a_rollback_leaves_its_own_jobs_only(app, town, writing):
    with app.app_context(), writing(town) as db:
        outbox.add(db, "test.note")
        db.rollback()
        left = outbox.add(db, "test.note")
    with app.database.session(None) as db:
        assert list(db.scalars(select(Outbox.id).where(Outbox.done_at.is_(None)))) == [left]


def test_a_refused_post_leaves_no_job(app, as_role, world, installation):
    response = as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="   ")
    assert response.status_code == 422
    assert waiting(app) == 0
    assert installation.delivered == []


def test_a_post_leaves_one_and_hands_it_over_after_the_commit(app, as_role, world, installation):
    as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="A reply.").close()
    assert waiting(app) == 1
    assert len(installation.delivered) == 1
    assert delivery.run_one(app, installation.delivered[0])


def test_a_queue_that_is_away_loses_nothing(app, as_role, world, monkeypatch, logs):
    def away(_identities):
        raise OSError("no space left")

    gathering = handover.Handover(away)
    monkeypatch.setitem(app.__dict__, "handover", gathering)
    response = as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="A reply.")
    response.close()
    gathering.flush()
    assert response.status_code == 303
    assert waiting(app) == 1
    assert [line["event"] for line in logs].count("queue_away") == 1


def test_jobs_of_a_moment_are_handed_over_together_and_each_once(monkeypatch):
    entries, ids = [], [uuid4() for _ in range(2 * handover.MOST + 2)]
    gathering = handover.Handover(entries.append)
    with monkeypatch.context() as patch:
        patch.setattr(handover.Timer, "start", lambda _: None)
        in_parallel(lambda n: gathering.take(ids[n * 2 : n * 2 + 2]), len(ids) // 2)
        gathering.flush()
    assert [len(entry) for entry in entries] == [handover.MOST, handover.MOST, 2]
    assert sorted(job for entry in entries for job in entry) == sorted(map(str, ids))
    for n in (4, 5):
        gathering.take(ids[:1])
        assert until(lambda n=n: len(entries) == n), "nobody has to call for it"


def test_a_process_without_a_thread_to_spare_loses_nothing(monkeypatch):
    entries, ids = [], [uuid4(), uuid4()]
    gathering = handover.Handover(entries.append)
    with monkeypatch.context() as patch:
        patch.setattr(handover.Timer, "start", lambda _: (_ for _ in ()).throw(RuntimeError("can't start new thread")))
        gathering.take(ids[:1])
    gathering.take(ids[1:])
    assert until(lambda: entries == [[str(ids[1])]]), "the first is the relay's"


def test_a_job_that_cannot_be_taken_does_not_keep_the_next_of_its_entry(app, town, handled, queue, monkeypatch, logs):
    claim, jobs = delivery._claim, [leave_one(app, town) for _ in range(3)]

    def away_for_the_second(app, identity):
        if identity == jobs[1]:
            raise OperationalError("UPDATE", None, Exception("connection lost"))
        return claim(app, identity)

    monkeypatch.setattr(delivery, "_claim", away_for_the_second)
    app.handover.take(jobs)
    app.handover.flush()
    (entry,) = queue.pending()
    assert entry.args == ([str(job) for job in jobs],)
    queue.execute(queue.dequeue())
    assert [job for *_, job in handled] == [jobs[0], jobs[2]]
    assert [line["job"] for line in logs if line["event"] == "job_put_off"] == [str(jobs[1])]


def test_a_queue_that_cannot_be_opened_loses_nothing(app, as_role, world, monkeypatch, logs):
    """The first job that a process hands over opens the queue."""

    def unable(_app):
        raise OSError("unable to open database file")

    for name in ("handover", "deliver", "queue"):
        monkeypatch.delitem(app.__dict__, name, raising=False)
    monkeypatch.setattr(delivery, "queue", unable)
    as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="A reply.").close()
    app.handover.flush()
    assert waiting(app) == 1
    assert [line["event"] for line in logs].count("queue_away") == 1


def test_a_done_job_is_not_done_again(app, town, handled):
    job = leave_one(app, town)
    delivery.run_one(app, job)
    assert delivery.run_one(app, job) is False
    assert len(handled) == 1


def test_two_workers_take_a_job_once(app, town, handled):
    job = leave_one(app, town)
    assert sorted(in_parallel(lambda _n: delivery.run_one(app, job), 6)) == [False] * 5 + [True]
    assert len(handled) == 1


def test_the_relay_waits_for_the_direct_delivery(app, town, handled, clock):
    job = leave_one(app, town)
    assert delivery.relay(app) == []
    clock.shift(outbox.FIRST_LEASE + timedelta(seconds=1))
    assert delivery.relay(app) == [job]


def test_a_job_taken_by_a_killed_worker_is_sent_again(app, town, handled, clock):
    """huey forgets a task when a worker takes it: the row's lease ends and the relay finds it."""
    job = leave_one(app, town)
    delivery._claim(app, job)
    assert delivery.run_one(app, job) is False, "somebody is at it"
    clock.shift(timedelta(minutes=2, seconds=1))
    assert delivery.relay(app) == [job]
    assert delivery.run_one(app, job) is True
    assert row(app, job).tries == 2


@pytest.mark.database("sqlite")
def test_a_worker_killed_in_the_middle_of_a_task(app, town, monkeypatch, clock):
    """A real process, a real SIGKILL, while the handler runs."""
    job = leave_one(app, town)
    app.database.dispose()
    started = multiprocessing.get_context("fork").Event()

    def child():
        monkeypatch.setattr(
            delivery, "handlers", lambda _app: {"test.note": lambda *_: (started.set(), time.sleep(60))}
        )
        delivery.run_one(app, job)

    pid = os.fork()
    if pid == 0:
        child()
        os._exit(0)
    assert started.wait(30)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    assert waiting(app) == 1
    clock.shift(timedelta(minutes=3))
    done = []
    monkeypatch.setattr(delivery, "handlers", lambda _app: {"test.note": lambda *_: done.append(1)})
    worker.tick(app)
    assert done == [1]
    assert waiting(app) == 0


def test_a_failing_job_is_tried_later_and_later(app, town, monkeypatch, clock):
    def fail(*_):
        raise RuntimeError("the mail server is away")

    monkeypatch.setattr(delivery, "handlers", lambda _app: {"test.note": fail})
    job, waits = leave_one(app, town), []
    for _ in range(5):
        assert delivery.run_one(app, job) is False
        waits.append((row(app, job).lease_until - talkoot_clock.now()).total_seconds())
        assert delivery.run_one(app, job) is False, "not before its time"
        clock.shift(timedelta(seconds=waits[-1] + 1))
    assert waits == sorted(waits)
    assert waits[0] < waits[-1] / 8
    assert "the mail server is away" in row(app, job).error


def test_a_failing_job_writes_nothing(app, town, world, monkeypatch, reading):
    def fail(_app, db, _subject, _job):
        memberships.get(db, world.members["kokkola", "resident"]).about = "half done"
        db.flush()
        raise RuntimeError

    monkeypatch.setattr(delivery, "handlers", lambda _app: {"test.note": fail})
    delivery.run_one(app, leave_one(app, town))
    with reading(town) as db:
        assert memberships.get(db, world.members["kokkola", "resident"]).about == "about: resident lives here."


def test_a_hopeless_job_is_given_up(app, town, clock):
    job = leave_one(app, town)
    with app.database.session(None, writing=True) as db:
        db.execute(update(Outbox).where(Outbox.id == job).values(tries=delivery.GIVE_UP_AFTER))
    clock.shift(timedelta(days=2))
    assert delivery.relay(app) == []


def test_a_job_of_a_plugin_that_is_gone_is_laid_aside(app, town):
    job = leave_one(app, town, "gone.work")
    assert delivery.run_one(app, job) is True
    assert waiting(app) == 0


def test_a_closed_sites_jobs_wait_until_it_is_open_again(app, town, neighbour, handled, writing, clock):
    job, other = leave_one(app, town), leave_one(app, neighbour)
    with writing(None) as db:
        registering.change(db, town.id, closed_at=talkoot_clock.now())
    assert delivery.run_one(app, other) is True
    for _ in range(delivery.GIVE_UP_AFTER + 2):  # however long it is closed
        assert delivery.run_one(app, job) is False
        clock.shift(delivery.WHILE_CLOSED + timedelta(seconds=1))
    assert [call[0] for call in handled] == [neighbour.id]
    with writing(None) as db:
        registering.change(db, town.id, closed_at=None)
    assert delivery.relay(app) == [job]
    assert delivery.run_one(app, job) is True
    assert [call[0] for call in handled] == [neighbour.id, town.id]


def test_a_job_of_a_site_that_was_opened_this_second_is_done(app, handled, writing):
    """What is known of the sites may be a second old when the first job of a new one comes."""
    app.directory.current()
    app.directory.max_age = 3600.0
    with writing(None) as db:
        made = registering.add(db, kind="municipality", names={"fi": "Uusikunta"}, languages=("fi",), code="999")
        job = new_id()
        moment = talkoot_clock.now()
        row = {
            "id": job,
            "tenant_id": made,
            "kind": "test.note",
            "created_at": moment,
            "lease_until": moment,
            "tries": 0,
        }
        db.execute(insert(Outbox).values(row))
    assert delivery.run_one(app, job) is True
    assert [call[0] for call in handled] == [made]


def test_an_unknown_job_is_nobodys(app):
    assert delivery.run_one(app, uuid4()) is False


# --- the schedule ---------------------------------------------------------------------------------------------------


def test_two_workers_take_a_tick_once(app, clock):
    results = in_parallel(lambda _n: delivery.take_tick(app, "minute", timedelta(minutes=1)), 6)
    assert sorted(results) == [False] * 5 + [True]
    assert delivery.take_tick(app, "minute", timedelta(minutes=1)) is False
    clock.shift(timedelta(minutes=1))
    assert delivery.take_tick(app, "minute", timedelta(minutes=1)) is True


def test_ticks_of_different_names_do_not_meet(app, clock):
    assert delivery.take_tick(app, "minute", timedelta(minutes=1))
    assert delivery.take_tick(app, "day", timedelta(days=1))


def test_a_tick_does_the_relay_and_the_schedule(app, town, handled, clock):
    leave_one(app, town)
    clock.shift(timedelta(minutes=1))
    worker.tick(app)
    assert len(handled) == 1
    with app.database.session(None) as db:
        assert {tick.name for tick in db.scalars(select(ScheduleTick))} >= {"minute", "day"}


def test_old_rows_are_cleared_away(app, town, handled, clock):
    delivery.run_one(app, leave_one(app, town))
    clock.shift(worker.KEEP_DONE + timedelta(days=1))
    worker.tick(app)
    with app.database.session(None) as db:
        assert db.scalar(select(func.count()).select_from(Outbox)) == 0


def test_a_tick_that_fails_does_not_end_the_worker(app, monkeypatch):
    def fail(_app):
        raise RuntimeError

    monkeypatch.setattr(delivery, "relay", fail)
    worker.tick(app)


def test_one_tenant_that_fails_keeps_no_other_from_its_minute(app, town, neighbour, monkeypatch, logs):
    """The first of the tenants has a summary that cannot be written; the others' summaries and ticks are done."""
    refresh, done, ticked = summaries.refresh, [], []

    def refresh_others(app, tenant):
        if tenant.id == min(app.directory.current().by_id):
            raise TypeError("a title that is no text")
        done.append(tenant.slug)
        return refresh(app, tenant)

    monkeypatch.setattr(summaries, "refresh", refresh_others)
    monkeypatch.setattr(app.registry, "collect", lambda hook, tenant, **_: ticked.append((hook, tenant.slug)) or ())
    worker.tick(app)
    every = [tenant.slug for tenant in app.directory.current().tenants]
    assert done == every[1:]
    assert {town.slug, neighbour.slug} <= set(done)
    assert [slug for hook, slug in ticked if hook == "worker_tick"] == every
    failed = [(line["tenant"], line["what"]) for line in logs if line["event"] == "tick_failed"]
    assert failed == [(every[0], "refresh_others")]


def test_a_database_that_is_away_is_not_asked_for_each_tenant(app, town, monkeypatch, logs):
    asked = []

    def away(*_):
        asked.append(1)
        raise OperationalError("SELECT", None, Exception("connection refused"))

    monkeypatch.setattr(summaries, "refresh", away)
    monkeypatch.setattr(app.directory, "renew", away)
    worker.tick(app)
    assert len(asked) == 2


def test_the_relay_queues_what_was_lost_and_does_nothing_itself(app, town, neighbour, handled, clock, queue):
    """A mail server that stalls holds up the consumers, not the schedule and not the end of the worker."""
    jobs = [leave_one(app, tenant) for tenant in (town, neighbour)]
    clock.shift(outbox.FIRST_LEASE + timedelta(seconds=1))
    for _ in range(3):  # ten seconds later they are still in the queue, once
        worker.send_again(app)
        app.handover.flush()
    assert handled == []
    assert [sorted(task.args[0]) for task in queue.pending()] == [sorted(map(str, jobs))]
    while task := queue.dequeue():
        queue.execute(task)
    assert len(handled) == 2
    worker.send_again(app)
    app.handover.flush()
    assert queue.pending() == []


# --- mail -----------------------------------------------------------------------------------------------------------


def test_nobody_waits_for_a_mail_server_that_stalls(app, town, neighbour, world, writing, monkeypatch):
    """While a mail is being sent no transaction is open: on SQLite nobody else could write."""
    sent = []

    def send(_app, mail):
        assert app.database.engine.pool.checkedout() == 0
        for tenant in (town, neighbour):
            with writing(tenant) as db:
                memberships.get(db, world.members[tenant.slug, "resident"]).about = "written meanwhile"
        sent.append(mail["To"])

    monkeypatch.setattr(messages, "send", send)
    job = leave_one(app, town, "people.reset", world.people["kokkola", "resident"])
    assert delivery.run_one(app, job) is True
    assert sent == ["resident@kokkola.example"]
    assert waiting(app) == 0


def test_a_mail_that_is_not_taken_is_tried_again(app, town, world, monkeypatch, clock):
    taken = []

    def refuse(_app, _mail):
        raise OSError("the mail server is away")

    job = leave_one(app, town, "people.reset", world.people["kokkola", "resident"])
    monkeypatch.setattr(messages, "send", refuse)
    assert delivery.run_one(app, job) is False
    assert "the mail server is away" in row(app, job).error
    monkeypatch.setattr(messages, "send", lambda _app, mail: taken.append(mail["Message-ID"]))
    clock.shift(timedelta(minutes=3))
    assert delivery.run_one(app, job) is True
    assert [str(job) in identity for identity in taken] == [True]


def test_a_mail_sent_twice_has_one_message_id(app, town, world, mails, clock):
    job = leave_one(app, town, "people.reset", world.people["kokkola", "resident"])
    delivery.run_one(app, job)
    with app.database.session(None, writing=True) as db:
        db.execute(update(Outbox).where(Outbox.id == job).values(done_at=None))
    clock.shift(timedelta(minutes=3))
    delivery.run_one(app, job)
    sent = mails()
    assert len(sent) == 1, "the second one has the same Message-ID and so replaced the first in the mailbox"
    assert str(job) in sent[0]["Message-ID"]


def test_a_mail_comes_from_the_installation_in_the_tenants_name(app, town, world, writing, mails):
    with writing(None) as db:
        registering.set_setting(db, town.id, {"mail.reply_to": "forum@kokkola.example"})
    leave_one(app, town, "people.reset", world.people["kokkola", "resident"])
    (mail,) = mails()
    assert mail["From"].addresses[0].display_name == "Kokkola"
    assert mail["From"].addresses[0].domain == app.settings.mail_domain
    assert mail["Reply-To"] == "forum@kokkola.example"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_body(("html",)) is not None


def test_no_mail_says_anything_of_another_tenant(app, neighbour, town, world, mails):
    leave_one(app, town, "people.reset", world.people["kokkola", "resident"])
    (mail,) = mails()
    assert "CANARY-B" not in mail.as_string()
    assert "kronoby" not in mail.as_string().lower()

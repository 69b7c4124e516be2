"""Push services that do not take a message, know a device no more or are somebody else; and workers that are killed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from tests.core.push.browsers import NOON, Browser

from talkoot.jobs import delivery, worker
from talkoot.jobs.models import Outbox
from talkoot.push import services
from talkoot.push.models import PushSubscription


@pytest.fixture
def connection():
    """How connections are made while nobody plays a push service; asked for before `service`."""
    return services._connection


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_its_service_knows_no_more_is_forgotten(
    jobs, noticing, noon, service, added, reading, town, status
):
    noticing.choose("resident")
    gone, there = added("resident"), added("resident")
    service.by_path = {gone.endpoint.removeprefix(f"https://{gone.HOST}"): status}
    noticing.say("official")
    with reading(town) as db:
        query = select(PushSubscription.endpoint).where(PushSubscription.tenant_id == town.id)
        assert list(db.scalars(query)) == [there.endpoint]
    assert jobs()[0].done_at
    noticing.say("official", "More.")
    assert len([path for path, _, _ in service.asked if gone.endpoint.endswith(path)]) == 1, "asked once"
    assert len(service.told(there)) == 2


def trouble_is(browser, trouble, service, monkeypatch):
    """From now on this browser's push service answers with a status, or not at all."""
    connected = services._connection

    def connection(host):
        if trouble == "away" and host == browser.HOST:
            raise ConnectionRefusedError
        return connected(host)

    monkeypatch.setattr(services, "_connection", connection)
    if trouble != "away":
        service.by_path = {browser.endpoint.removeprefix(f"https://{browser.HOST}"): trouble}


@pytest.mark.parametrize("trouble", [503, 429, "away"])
def test_a_service_in_trouble_is_asked_again_and_others_are_not_told_twice(
    jobs, noticing, noon, service, added, monkeypatch, trouble
):
    noticing.choose("resident")
    late, fine = added("resident"), added("resident", Browser("fcm.googleapis.com"))
    connected = services._connection
    trouble_is(late, trouble, service, monkeypatch)
    noticing.say("official")
    (job,) = jobs()
    assert job.done_at is None
    assert "could not be told" in job.error
    monkeypatch.setattr(services, "_connection", connected)
    service.by_path = {}
    noticing.say("official", "While the first waits.")
    noon.shift(timedelta(minutes=5))
    worker.tick(noticing.app)
    assert (len(service.told(late)), len(service.told(fine))) == (2, 2)
    assert len({told["tag"] for told in service.told(fine)}) == 2, "each once"
    assert all(job.done_at for job in jobs())


def test_no_redirect_is_followed(jobs, noticing, noon, service, added):
    noticing.choose("resident")
    added("resident")
    service.status, service.headers = 307, {"Location": "https://127.0.0.1/elsewhere"}
    noticing.say("official")
    assert len(service.asked) == 1
    assert jobs()[0].done_at, "not asked again either: it would say the same"


def test_nothing_is_said_to_who_cannot_show_that_they_are_the_service(
    jobs, connection, noticing, noon, service, added, monkeypatch
):
    """The certificate is looked at: one that nobody vouches for ends the connection before a word is said."""
    noticing.choose("resident")
    added("resident")
    monkeypatch.setattr(services, "_connection", lambda host: service.connect(host, connection(host)._context))
    noticing.say("official")
    assert service.asked == []
    assert jobs()[0].done_at is None


def test_hosts_taken_off_the_list_are_asked_no_more(noticing, noon, service, added, push_app, monkeypatch):
    noticing.choose("resident")
    added("resident")
    monkeypatch.setattr(push_app, "settings", replace(push_app.settings, push_hosts=("fcm.googleapis.com",)))
    noticing.say("official")
    assert service.asked == []


def test_a_worker_killed_after_sending_tells_once_more_under_the_same_name(
    noticing, noon, service, added, app, monkeypatch
):
    """Killed between the answer and its note: the second message has the first one's tag, so it takes its place."""
    noticing.choose("resident")
    phone = added("resident")
    with monkeypatch.context() as patched:
        patched.setattr("talkoot.push.devices.note", _killed)
        with pytest.raises(KeyboardInterrupt):
            noticing.say("official")
    assert len(service.told(phone)) == 1
    for _ in range(3):
        noon.shift(timedelta(minutes=5))
        worker.tick(app)
    first, second = service.told(phone)
    assert first == second
    assert first["tag"]


def _killed(*_, **__):
    raise KeyboardInterrupt


def test_sent_and_noted_but_not_marked_as_done_tells_no_second_time(jobs, noticing, noon, service, added, app, writing):
    noticing.choose("resident")
    phone = added("resident")
    noticing.say("official")
    (job,) = jobs()
    with writing(None) as db:
        db.execute(update(Outbox).where(Outbox.id == job.id).values(done_at=None, tries=1, lease_until=NOON))
    noon.shift(timedelta(minutes=5))
    assert delivery.run_one(app, job.id)
    assert len(service.told(phone)) == 1

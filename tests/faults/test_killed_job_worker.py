"""The worker is killed in the middle of a job: the job is done again, and a mail repeated is the same mail."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes

import pytest
from sqlalchemy import select, update
from tests.bench import servers
from tests.bench.browser import Browser
from tests.bench.sites import Site
from tests.faults.conftest import MakeSite
from tests.faults.mail_server import MailServer, running

from talkoot import clock
from talkoot.jobs.models import Outbox
from talkoot.testing import towns

ADDRESS = "uusi.asukas@example.fi"


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, int]]:
    with running() as found:
        yield found


@pytest.fixture
def mailing_site(
    database_kind: str, make_site: MakeSite, mail_server: tuple[MailServer, int], request: pytest.FixtureRequest
) -> Site:
    cluster = request.getfixturevalue("cluster") if database_kind == "postgresql" else None
    return make_site(cluster, mail_url=f"smtp://127.0.0.1:{mail_server[1]}")


def test_the_job_in_hand_is_repeated_with_the_same_message_id(
    mailing_site: Site, mail_server: tuple[MailServer, int]
) -> None:
    site, (mails, _) = mailing_site, mail_server
    with servers.gunicorn(site.folder) as web, servers.worker(site.folder) as first:
        _sign_up(web.port)
        servers.wait_until(lambda: len(mails.taken) == 1, first, "the worker to be in the middle of sending")
        os.kill(first.pid, signal.SIGKILL)
    assert not _done(site), "what was not finished is not marked done"

    _let_the_lease_end(site)
    with servers.worker(site.folder) as second:
        servers.wait_until(lambda: len(mails.taken) == 2 and _done(site), second, "the job to be done again", 60)
    sent = [message_from_bytes(content) for content in mails.taken]
    assert {message["To"] for message in sent} == {ADDRESS}
    assert len({message["Message-ID"] for message in sent}) == 1, "mail programs show a repeated mail once"


def _sign_up(port: int) -> None:
    guest = Browser(port)
    answer = guest.submit(
        f"/{towns.TOWN}/sign-up", email=ADDRESS, password="kolme sanaa peräkkäin", name="Uusi Asukas", terms="y"
    )  # fmt: skip
    assert answer.status == 200
    assert ADDRESS in answer.text


def _done(site: Site) -> bool:
    with site.app.database.session(None) as db:
        return db.scalar(select(Outbox.done_at).where(Outbox.kind == "people.confirm")) is not None


def _let_the_lease_end(site: Site) -> None:
    """Instead of waiting for the two minutes that a job may take."""
    with site.app.database.session(None, writing=True) as db:
        db.execute(
            update(Outbox).where(Outbox.kind == "people.confirm").values(lease_until=clock.now() - timedelta(seconds=1))
        )

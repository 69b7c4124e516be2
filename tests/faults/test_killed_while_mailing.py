"""The worker is killed while it mails notices: everybody gets theirs, one at most twice, and then with the same Message-ID."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update
from tests.bench import servers
from tests.bench.sites import Site
from tests.faults.conftest import MakeSite
from tests.faults.mail_server import MailServer, running

from talkoot import clock
from talkoot.conversations import posts
from talkoot.jobs.models import Outbox
from talkoot.notices import choices, following
from talkoot.testing import towns

FOLLOWERS = ("clerk", "editor", "councillor", "moderator", "convener", "resident")


@pytest.fixture
def mail_server() -> Iterator[tuple[MailServer, int]]:
    with running(stalls=3) as found:
        yield found


@pytest.fixture
def site(
    database_kind: str, make_site: MakeSite, mail_server: tuple[MailServer, int], request: pytest.FixtureRequest
) -> Site:
    cluster = request.getfixturevalue("cluster") if database_kind == "postgresql" else None
    return make_site(cluster, mail_url=f"smtp://127.0.0.1:{mail_server[1]}")


def test_nobody_is_left_out_and_one_at_most_gets_it_twice(site: Site, mail_server: tuple[MailServer, int]) -> None:
    mails, _ = mail_server
    _post_that_all_follow(site)
    with servers.worker(site.folder) as first:
        servers.wait_until(lambda: len(mails.taken) >= 3, first, "the worker to be in the middle of sending", 40)
        os.kill(first.pid, signal.SIGKILL)
    _let_the_leases_end(site)
    with servers.worker(site.folder) as second:
        servers.wait_until(lambda: _waiting(site) == 0, second, "all jobs to be done", 60)
    sent = [message_from_bytes(content) for content in mails.taken]
    told = Counter(str(message["To"]) for message in sent)
    assert set(told) == {f"{role}@{towns.TOWN}.example" for role in FOLLOWERS}
    assert len(sent) <= len(FOLLOWERS) + 2, "of the two consumers each had one in hand"
    by_person = {message["To"]: set() for message in sent}
    for message in sent:
        by_person[message["To"]].add(message["Message-ID"])
    assert all(len(ids) == 1 for ids in by_person.values()), "mail programs show a repeated mail once"


def _post_that_all_follow(site: Site) -> None:
    town = site.app.directory.current().by_slug[towns.TOWN]
    conversation = site.world.things[towns.TOWN, "conversation"]
    author = site.world.members[towns.TOWN, "admin"]
    with site.app.app_context(), site.app.database.session(town, writing=True) as db:
        db.execute(update(Outbox).values(done_at=clock.now()))  # what furnishing has left
        for role in FOLLOWERS:
            member = site.world.members[towns.TOWN, role]
            choices.save(db, member, choices.Choice("now", "now", 0, 0))
            following.follow(db, member, ("conversation", conversation), True)
        posts.add(db, site.app.registry, conversation, posts.NewPost(author, "Something new.", uuid4(), "fi"))
    site.app.database.dispose()


def _waiting(site: Site) -> int:
    with site.app.database.session(None) as db:
        return db.scalar(select(func.count()).select_from(Outbox).where(Outbox.done_at.is_(None))) or 0


def _let_the_leases_end(site: Site) -> None:
    with site.app.database.session(None, writing=True) as db:
        db.execute(
            update(Outbox).where(Outbox.done_at.is_(None)).values(lease_until=clock.now() - timedelta(seconds=1))
        )

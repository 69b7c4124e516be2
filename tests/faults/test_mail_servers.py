"""Replies through real mail servers, by every door; the database goes away meanwhile and nothing is lost or doubled."""

from __future__ import annotations

import os
import smtplib
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from sqlalchemy import select
from tests.bench import servers
from tests.bench.sites import Site, address_of
from tests.core.mail import carrying, clients
from tests.faults import mail_servers
from tests.faults.conftest import MakeSite
from tests.faults.mail_servers import DOMAIN, MAILBOX
from tests.faults.test_database_away import _ctl

from talkoot.conversations.models import Post
from talkoot.incoming import addresses
from talkoot.testing import postgres, towns
from talkoot.testing.postgres import Cluster

pytestmark = pytest.mark.skipif(bool(mail_servers.MISSING), reason=mail_servers.MISSING)
INBOX = f"reply@{DOMAIN}"


@pytest.fixture
def place():
    with mail_servers.place() as folder:
        yield folder


def reply_address(site: Site) -> str:
    """Where the resident's answers to the town's topic go, as the notice mail has it."""
    town = site.app.directory.current().by_slug[towns.TOWN]
    conversation = site.world.things[towns.TOWN, "conversation"]
    found = addresses.reply_address(site.settings, town, site.world.people[towns.TOWN, "resident"], conversation)
    assert found
    return found


def by_mail(site: Site) -> list[str]:
    """What was written by mail in the town."""
    town = site.app.directory.current().by_slug[towns.TOWN]
    with site.app.database.session(town) as db:
        own = (Post.tenant_id == town.id, Post.channel == "mail")
        return list(db.scalars(select(Post.source).where(*own).order_by(Post.created_at)))


@contextmanager
def delivering(door: str, site: Site, place: Path, accepts: str = ""):
    """A postfix that hands mail to the installation by a pipe or by LMTP."""
    with ExitStack() as stack:
        if door == "pipe":
            line = stack.enter_context(mail_servers.pipe(place, site.folder))
            yield stack.enter_context(mail_servers.postfix(place, "talkoot:", line, accepts))
        else:
            server = stack.enter_context(mail_servers.lmtp(site.folder))
            yield stack.enter_context(mail_servers.postfix(place, f"lmtp:inet:127.0.0.1:{server.port}", "", accepts))


@pytest.mark.parametrize("door", ["pipe", "lmtp"])
def test_an_answer_sent_by_smtp_stands_in_the_topic(door, site: Site, make_site: MakeSite, place: Path) -> None:
    write(site, mail_in_address=INBOX)
    with delivering(door, site, place) as postfix:
        postfix.send(clients.gmail("fi"), reply_address(site), address_of("resident"))
        servers.wait_until(lambda: by_mail(site), postfix.server, "the post", 30)
        servers.wait_until(lambda: not postfix.waiting(), postfix.server, "the queue to be empty")
        assert by_mail(site) == [clients.ANSWER["fi"]]
        postfix.send(clients.gmail("fi"), reply_address(site), address_of("resident"))
        servers.wait_until(lambda: postfix.log().count("status=sent") == 2, postfix.server, "the copy to be taken", 30)
        assert by_mail(site) == [clients.ANSWER["fi"]], "delivered twice, posted once"
        postfix.send(carrying.iphone(carrying.photo()), reply_address(site), address_of("resident"))
        servers.wait_until(lambda: len(by_mail(site)) == 2, postfix.server, "the reply with a picture", 30)
        assert "](file:" in by_mail(site)[1]
        assert len(list((site.folder / "uploads").rglob("*.webp"))) == 2, "in its two sizes"


@pytest.mark.parametrize("door", ["pipe", "lmtp"])
@pytest.mark.skipif(postgres.binaries() is None, reason="needs PostgreSQL's programs: apt-get install postgresql")
def test_while_the_database_is_away_the_mail_server_keeps_the_mail(
    door: str, own_cluster: Cluster, make_site: MakeSite, place: Path
) -> None:
    site = make_site(own_cluster, mail_in_address=INBOX)
    to = reply_address(site)
    with delivering(door, site, place) as postfix:
        site.app.database.dispose()
        _ctl(own_cluster, "stop", "-m", "immediate")
        postfix.send(clients.gmail("sv"), to, address_of("resident"))
        servers.wait_until(lambda: "status=deferred" in postfix.log(), postfix.server, "postfix to keep it", 40)
        assert postfix.waiting()
        _ctl(own_cluster, "start")
        postfix.try_again()
        servers.wait_until(lambda: "status=sent" in postfix.log(), postfix.server, "the mail to be taken", 40)
        servers.wait_until(lambda: not postfix.waiting(), postfix.server, "the queue to be empty")
    assert by_mail(site) == [clients.ANSWER["sv"]]


@pytest.mark.parametrize("door", ["pipe", "lmtp"])
def test_an_address_that_is_not_ours_is_the_mail_servers_to_refuse(door, site: Site, place: Path) -> None:
    write(site, mail_in_address=INBOX)
    with delivering(door, site, place, accepts="static:all") as postfix:
        postfix.send(clients.gmail("fi"), f"somebody@{DOMAIN}", address_of("resident"))
        servers.wait_until(lambda: "status=bounced" in postfix.log(), postfix.server, "postfix to say so", 30)
    assert by_mail(site) == []


def test_the_shipped_table_accepts_our_addresses_alone(place: Path) -> None:
    with mail_servers.postfix(place, "discard:") as postfix:
        postfix.send(clients.gmail("fi"), f"reply+r{'a2' * 23}@{DOMAIN}", address_of("resident"))
        with pytest.raises(smtplib.SMTPRecipientsRefused):
            postfix.send(clients.gmail("fi"), f"somebody@{DOMAIN}", address_of("resident"))


@pytest.mark.skipif(postgres.binaries() is None, reason="needs PostgreSQL's programs: apt-get install postgresql")
def test_a_mailbox_is_emptied_by_the_worker_and_keeps_what_could_not_be_taken(
    own_cluster: Cluster, make_site: MakeSite, place: Path
) -> None:
    with mail_servers.dovecot(place) as imap, mail_servers.postfix(place, "virtual:") as postfix:
        name, password = MAILBOX
        url = f"imap://{name}:{quote(password)}@127.0.0.1:{imap.port}/INBOX"
        site = make_site(own_cluster, mail_in_address=INBOX, mail_in_imap=url)
        postfix.send(clients.gmail("en"), reply_address(site), address_of("resident"))
        postfix.send(clients.outlook("fi"), reply_address(site), address_of("resident"))
        servers.wait_until(lambda: postfix.log().count("status=sent") == 2, postfix.server, "two mails to arrive")
        site.app.database.dispose()
        _ctl(own_cluster, "stop", "-m", "fast")
        assert _fetch(site) != 0
        assert len(_unread(imap.port)) == 2, "nothing is marked as read that was not committed"
        _ctl(own_cluster, "start")
        with servers.worker(site.folder) as worker:
            servers.wait_until(lambda: len(by_mail(site)) == 2, worker, "the worker to empty the mailbox", 100)
            servers.wait_until(lambda: not _unread(imap.port), worker, "the mails to be marked as read")
        assert sorted(by_mail(site)) == sorted([clients.ANSWER["en"], clients.ANSWER["fi"]])
        assert _fetch(site) == 0
        assert len(by_mail(site)) == 2


def write(site: Site, **values: object) -> None:
    """Add to the settings that the servers read, and to those of this process."""
    path = site.folder / "settings.toml"
    path.write_text(path.read_text() + "".join(f'{name} = "{value}"\n' for name, value in values.items()))
    for name, value in values.items():
        object.__setattr__(site.settings, name, value)


def _fetch(site: Site) -> int:
    command = [sys.executable, "-m", "talkoot.cli", "mail", "fetch"]
    environment = {**os.environ, "TALKOOT_INSTANCE": str(site.folder)}
    return subprocess.run(command, env=environment, timeout=60, capture_output=True).returncode


def _unread(port: int) -> list[bytes]:
    with mail_servers.mailbox(port) as client:
        return client.search(None, "UNSEEN")[1][0].split()

"""The doors beside the one over https: exit codes as mail servers read them, LMTP's answers, settings that cannot work."""

from __future__ import annotations

import signal
import smtplib
import socket
import sys
from dataclasses import replace
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from tests.bench import servers
from tests.core.mail import clients

from talkoot import config
from talkoot.cli import cli, doctor
from talkoot.errors import SetupError
from talkoot.ids import new_id
from talkoot.incoming import answers, imap, receiving
from talkoot.jobs.handlers import POST_MADE
from talkoot.jobs.models import Outbox

INBOX = "reply@talkoot.example"


@pytest.fixture
def receive(run, mail_app, monkeypatch, reply_to):
    """`receive(raw, recipient=…)`: the exit code of `talkoot mail receive`."""
    monkeypatch.setenv("TALKOOT_MAIL_IN_ADDRESS", INBOX)

    def pipe(raw: bytes = b"", recipient: str = "", **environment: str) -> int:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        options = ["--sender", clients.SENDER, "--recipient", recipient or reply_to()] if not environment else []
        result = CliRunner().invoke(cli, ["mail", "receive", *options], input=raw or clients.gmail("fi"))
        assert "Traceback" not in result.output
        return result.exit_code

    return pipe


def test_a_mail_that_was_taken_ends_with_0(receive, shown):
    assert receive() == 0
    assert "kerron täällä" in shown()[-1]


def test_what_a_mail_leaves_to_do_is_handed_over_before_the_program_ends(receive, mail_app):
    """The relay would come for it half a minute later."""
    queue = mail_app.deliver.huey
    queue.flush()
    assert receive() == 0
    queued = {identity for entry in queue.pending() for identity in entry.args[0]}
    queue.flush()
    with mail_app.database.session(None) as db:
        newest = select(Outbox.id).where(Outbox.kind == POST_MADE).order_by(Outbox.created_at.desc())
        assert str(db.scalars(newest).first()) in queued


def test_what_a_mail_leaves_to_do_is_handed_over_at_its_commit(take, mail_app, world, monkeypatch, writing):
    """A post, an answer to its writer, an answer to a stranger: each when its row can be seen."""
    seen = []

    def look(identities):
        with mail_app.database.session(None) as db:
            seen.extend(db.scalars(select(Outbox.kind).where(Outbox.id.in_(list(identities)))))

    monkeypatch.setitem(mail_app.__dict__, "handover", SimpleNamespace(take=look))
    take()
    assert seen == [POST_MADE]
    take(clients.message(""))
    take(
        clients.message("Hei").replace(clients.SENDER.encode(), b"who@elsewhere.example"),
        sender="who@elsewhere.example",
    )
    assert seen[1:] == [answers.TO_MEMBER, answers.TO_STRANGER]


def test_what_a_pipe_of_postfix_local_tells_is_enough(receive, reply_to, shown):
    assert receive(SENDER=clients.SENDER, ORIGINAL_RECIPIENT=reply_to()) == 0
    assert "kerron täällä" in shown()[-1]


def test_an_unknown_address_ends_with_67_and_what_is_no_mail_with_65(receive, shown):
    before = shown()
    assert receive(recipient="somebody@talkoot.example") == 67
    assert receive(b"X-A: b\r\n" * 200_000) == 65
    assert shown() == before


def test_while_the_database_is_away_it_ends_with_75(receive, monkeypatch):
    def away(*_):
        raise OperationalError("BEGIN", None, Exception("the server has gone"))

    monkeypatch.setattr(receiving, "receive", away)
    assert receive() == 75


def test_without_an_installation_it_ends_with_75_so_that_no_mail_is_lost(folder):
    assert CliRunner().invoke(cli, ["mail", "receive"], input=b"From: a@b.example\r\n\r\nHei").exit_code == 75


@pytest.fixture
def lmtp(run, mail_app, monkeypatch, tmp_path):
    """A running `talkoot mail lmtp` on a Unix socket, and the way to it."""
    monkeypatch.setenv("TALKOOT_MAIL_IN_ADDRESS", INBOX)
    path = mail_app.settings.instance / "lmtp.sock"
    command = [sys.executable, "-m", "talkoot.cli", "mail", "lmtp", "--listen", f"unix:{path}"]
    with servers.running(command, mail_app.settings.instance, "lmtp", 0, {}) as server:
        servers.wait_until(lambda: "lmtp_started" in server.said(), server, "LMTP to listen", 40)
        yield server, path


def test_lmtp_answers_for_each_recipient_and_ends_when_it_is_asked_to(lmtp, reply_to, shown):
    server, path = lmtp
    with smtplib.LMTP(str(path)) as client:
        refused = client.sendmail(clients.SENDER, [reply_to(), "nobody@talkoot.example"], clients.gmail("fi"))
        assert refused["nobody@talkoot.example"][0] == 550
        assert client.sendmail(clients.SENDER, [reply_to(), reply_to("official")], clients.gmail("sv")) == {}
        assert client.getreply() == (250, b"2.0.0 stranger"), "the answer for the second of two"
    assert "kerron täällä" in shown()[-2]
    assert path.stat().st_mode & 0o777 == 0o660
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert "lmtp_stopped" in server.said()


@pytest.mark.parametrize("listen", ["0.0.0.0:8024", "example.fi:24", "8024", ":24", "127.0.0.1:x"])
def test_lmtp_listens_to_this_machine_alone(run, listen):
    assert "listen on unix:/path or on 127.0.0.1" in run("mail", "lmtp", "--listen", listen, code=1).output


# --- settings ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address", ["reply", "a+b@example.fi", "a-name-that-is-too-long@example.fi", "re ply@example.fi"]
)
def test_an_address_that_cannot_hold_a_reply_address_stops_the_start(tmp_path, address):
    with pytest.raises(SetupError, match="mail_in_address"):
        config.load(tmp_path, secret_key="x" * 40, mail_in_address=address)


def test_a_short_secret_stops_the_start(tmp_path):
    with pytest.raises(SetupError, match="mail_in_secret"):
        config.load(tmp_path, secret_key="x" * 40, mail_in_secret="short")


def test_the_longest_reply_address_has_64_characters_before_the_at(mail_app, town, world, monkeypatch):
    from talkoot.incoming import addresses

    longest = replace(mail_app.settings, mail_in_address=f"{'x' * 15}@example.fi")
    made = addresses.reply_address(
        longest, town, world.people["kokkola", "resident"], world.things["kokkola", "conversation"]
    )
    assert made
    local = made.partition("@")[0]
    assert len(local) <= 64
    assert local == local.lower()
    assert set(local) <= set("abcdefghijklmnopqrstuvwxyz0123456789+")
    none = replace(longest, mail_in_address="")
    assert addresses.reply_address(none, town, new_id(), new_id()) is None
    assert addresses.return_address(none, clients.SENDER) is None


def test_a_password_is_not_sent_in_the_clear():
    with pytest.raises(SetupError, match="imaps"), imap.connected("imap://user:password@mail.example.fi/INBOX"):
        pass


def findings(app, **changes) -> str:
    return "\n".join(f"{f.level} {f.text}" for f in doctor.check_mail_in(replace(app.settings, **changes)))


def test_the_doctor_says_what_is_set_up_and_whether_it_works(app):
    assert "note Replies by mail are not taken" in findings(app)
    told = findings(app, mail_in_address=INBOX, mail_in_trusted="")
    assert "good Replies by mail come to reply+…@talkoot.example" in told
    assert "note mail_in_trusted is empty" in told
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"imap://a:secret-word@127.0.0.1:{nobody.getsockname()[1]}/INBOX"
        told = findings(app, mail_in_address=INBOX, mail_in_imap=url)
    assert "wrong The mailbox of mail_in_imap cannot be opened" in told
    assert "secret-word" not in told


def test_secrets_of_mail_are_not_listed(run, monkeypatch):
    monkeypatch.setenv("TALKOOT_MAIL_IN_IMAP", "imaps://user:secret-word@mail.example.fi/INBOX")
    monkeypatch.setenv("TALKOOT_MAIL_IN_SECRET", "another secret word of more than 32 letters")
    listed = run("doctor", "--settings").output
    assert "secret-word" not in listed
    assert "another secret word" not in listed

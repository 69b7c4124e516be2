"""A mailbox at somebody else's server: how much a mail has, and that one which cannot be taken in holds up no other."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from sqlalchemy.exc import DataError, OperationalError
from tests.core.mail import clients

from talkoot.incoming import imap, receiving
from talkoot.incoming.letters import LARGEST


class Server:
    """Of an IMAP server what a visit asks. `sized`: how it answers for a mail's size; the order is the server's choice."""

    def __init__(self, sized: bytes) -> None:
        self.sized = sized
        self.marks: list[tuple[str, str]] = []

    def uid(self, command, *asked):
        if command == "search":
            return "OK", [b"7 8"]
        if command == "store":
            self.marks.append((asked[0], asked[2]))
            return "OK", [None]
        if asked[1] == "(RFC822.SIZE)":
            return "OK", [self.sized]
        return "OK", [(b"1 (UID 7 BODY[] {9}", clients.gmail("fi")), b")"]


@pytest.fixture
def visit(mail_app, monkeypatch):
    """`visit(sized)`: one visit to a mailbox of two mails; how they were marked."""

    def go(sized: bytes = b"1 (UID 7 RFC822.SIZE 900)"):
        server = Server(sized)

        @contextmanager
        def connected(_url):
            yield server

        monkeypatch.setattr(imap, "connected", connected)
        imap.visit(mail_app)
        return server.marks

    return go


@pytest.mark.parametrize(
    "sized", [b"1 (UID 7 RFC822.SIZE 900)", b"1 (RFC822.SIZE 900 UID 7)", b"1 (RFC822.SIZE 900)", b""]
)
def test_a_server_may_tell_the_size_in_any_order(visit, sized):
    assert visit(sized) == [("7", r"(\Seen)"), ("8", r"(\Seen)")]


def test_one_that_is_too_large_is_put_aside(visit):
    assert visit(b"1 (RFC822.SIZE %d UID 7)" % (LARGEST + 1)) == [("7", r"(\Flagged)"), ("8", r"(\Flagged)")]


def failing(monkeypatch, error):
    def fail(*_):
        raise error("INSERT", None, Exception("no"))

    monkeypatch.setattr(receiving, "receive", fail)


def test_one_that_the_database_does_not_take_holds_up_no_other(visit, monkeypatch):
    failing(monkeypatch, DataError)
    assert visit() == [("7", r"(\Flagged)"), ("8", r"(\Flagged)")]


def test_while_the_database_is_away_mails_stay_as_they_are(visit, monkeypatch):
    failing(monkeypatch, OperationalError)
    with pytest.raises(OperationalError):
        visit()

"""A mailbox at somebody else's server, emptied once a minute: each mail is marked as read after it was committed.

Mails are found by their flags, never by numbers kept from an earlier visit, so a mailbox that was made anew (another
UIDVALIDITY, RFC 3501) needs no care.
"""

from __future__ import annotations

import imaplib
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

import structlog
from sqlalchemy.exc import DataError, SQLAlchemyError

from talkoot.errors import DatabaseAwayError, SetupError
from talkoot.incoming import receiving
from talkoot.incoming.letters import LARGEST, Envelope
from talkoot.jobs import delivery

if TYPE_CHECKING:
    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.mail")
SECONDS = 20  # until a silent server is given up
MOST = 50  # mails in one visit
EVERY = timedelta(minutes=1)
NEAR = ("localhost", "127.0.0.1", "::1")


def begin(app: Talkoot, stop: threading.Event) -> threading.Thread | None:
    """Visit the mailbox every minute until `stop`, beside what the worker does; None when there is no mailbox."""
    if not (app.settings.mail_in_imap and app.settings.mail_in_address):
        return None
    thread = threading.Thread(target=_keep_visiting, args=(app, stop), name="imap", daemon=True)
    thread.start()
    return thread


def _keep_visiting(app: Talkoot, stop: threading.Event) -> None:
    while not stop.wait(10):
        try:
            if delivery.take_tick(app, "mail_in", EVERY):
                visit(app, stop)
        except Exception as error:  # the next minute is another try
            log.warning("mailbox_away", error=repr(error)[:500])


def visit(app: Talkoot, stop: threading.Event | None = None) -> int:
    """Take in what has not been read, at most MOST; returns how many. Raises what the server or the database does."""
    taken = 0
    with connected(app.settings.mail_in_imap) as server:
        for uid in _found(server):
            if stop and stop.is_set():
                break
            _take(app, server, uid)
            taken += 1
    return taken


@contextmanager
def connected(url: str) -> Iterator[imaplib.IMAP4]:
    """The mailbox, opened. Raises OSError or IMAP4.error when it cannot be; SetupError for an address that is none."""
    parts = urlsplit(url)
    server = _server(parts)
    try:
        server.login(unquote(parts.username or ""), unquote(parts.password or ""))
        status, said = server.select(f'"{unquote(parts.path.strip("/")) or "INBOX"}"')
        if status != "OK":
            raise imaplib.IMAP4.error(str(said))
        yield server
    finally:
        try:
            server.logout()
        except (OSError, imaplib.IMAP4.error):
            server.shutdown()


def _server(parts: SplitResult) -> imaplib.IMAP4:
    host = parts.hostname or ""
    if parts.scheme == "imaps":
        return imaplib.IMAP4_SSL(host, parts.port or 993, timeout=SECONDS, ssl_context=ssl.create_default_context())
    if parts.scheme not in ("imap", "imap+starttls") or (parts.scheme == "imap" and host not in NEAR):
        raise SetupError(
            "mail_in_imap must begin with imaps:// or imap+starttls://, so that the password is not read on its way"
        )
    server = imaplib.IMAP4(host, parts.port or 143, timeout=SECONDS)
    if parts.scheme == "imap+starttls":
        server.starttls(ssl.create_default_context())
    return server


def _found(server: imaplib.IMAP4) -> list[str]:
    """What has neither been read nor put aside, the oldest first."""
    _, found = server.uid("search", "UNSEEN", "UNFLAGGED")
    return [uid.decode() for uid in (found[0] or b"").split()[:MOST]]


def _take(app: Talkoot, server: imaplib.IMAP4, uid: str) -> None:
    """Take one in, then mark it as read. One that cannot be is marked with a flag and stays for a person to look at."""
    raw = _fetched(server, uid)
    try:
        if raw is None:
            raise ValueError("too large")
        receiving.receive(app, raw, Envelope())
        server.uid("store", uid, "+FLAGS.SILENT", r"(\Seen)")
    except Exception as error:
        if isinstance(error, (SQLAlchemyError, DatabaseAwayError)) and not isinstance(error, DataError):
            raise  # the database is away; what it does not take would keep all later mails waiting
        log.exception("mail_in_put_aside", uid=uid)
        server.uid("store", uid, "+FLAGS.SILENT", r"(\Flagged)")


def _fetched(server: imaplib.IMAP4, uid: str) -> bytes | None:
    _, size = server.uid("fetch", uid, "(RFC822.SIZE)")
    told = re.search(rb"RFC822\.SIZE (\d+)", next((line for line in size if isinstance(line, bytes)), b""))
    if told and int(told[1]) > LARGEST:
        return None
    _, parts = server.uid("fetch", uid, "(BODY.PEEK[])")
    return next((part[1] for part in parts if isinstance(part, tuple)), b"")

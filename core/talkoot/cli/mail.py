"""`talkoot mail`: the doors that mail comes in by, and a look at whether they work."""

from __future__ import annotations

import os
import sys

import click

from talkoot.cli import opened, terminal
from talkoot.errors import SetupError
from talkoot.web import logs

# sysexits.h, as mail servers read them; everything unforeseen is "try again later", so that no mail is lost.
OK, DATA_ERROR, NO_SUCH_ADDRESS, TRY_AGAIN = 0, 65, 67, 75


@click.group()
def mail() -> None:
    """Replies by mail: taken from a mail server beside this installation, or fetched from a mailbox."""


@mail.command("receive")
@click.option("--sender", help="The envelope's sender; empty for mail about mail. Default: $SENDER.")
@click.option(
    "--recipient", "recipients", multiple=True, help="To whom. Default: $ORIGINAL_RECIPIENT, else the headers."
)
def receive(sender: str | None, recipients: tuple[str, ...]) -> None:
    """Take one mail in, read from standard input. Exit codes are those of sysexits.h, as pipes of mail servers expect.

    \b
    Examples:
      talkoot mail receive --sender "$SENDER" --recipient "$RECIPIENT" < mail.eml
      talkoot   unix  -  n  n  -  4  pipe  user=talkoot argv=/usr/bin/talkoot mail receive --sender=${sender} --recipient=${recipient}
    """
    try:
        code = _received(sender, recipients)
    except Exception as error:
        click.echo(f"Not taken now: {type(error).__name__}", err=True)
        code = TRY_AGAIN
    raise SystemExit(code)


def _received(sender: str | None, recipients: tuple[str, ...]) -> int:
    from talkoot.incoming import letters, receiving  # what fails here is a reason to try again, too

    told = recipients or tuple(filter(None, [os.environ.get("ORIGINAL_RECIPIENT", "")]))
    envelope = letters.Envelope(told, sender if sender is not None else os.environ.get("SENDER"))
    raw = sys.stdin.buffer.read(letters.LARGEST + 1)
    with logs.configured():
        app = opened.application()
        outcome = receiving.receive(app, raw, envelope)
        app.handover.flush()  # what it has left for the workers, before this process ends
    click.echo(f"{outcome.kind} {outcome.detail}".strip(), err=True)
    return {"unreadable": DATA_ERROR, "not_ours": NO_SUCH_ADDRESS}.get(outcome.kind, OK)


@mail.command("lmtp")
@click.option("--listen", default="unix:/run/talkoot/lmtp.sock", show_default=True, help="Socket, or 127.0.0.1:port.")
def lmtp(listen: str) -> None:
    """Take mail in from the mail server beside this installation, until Ctrl-C or SIGTERM; a mail in hand is finished.

    \b
    Examples:
      talkoot mail lmtp
      talkoot mail lmtp --listen 127.0.0.1:8024
    """
    from talkoot.incoming import lmtp as door  # needs a package that others do not

    with logs.configured():
        door.serve(opened.application(), listen)


@mail.command("fetch")
def fetch() -> None:
    """Take in what lies in the mailbox of mail_in_imap, now. The worker does so every minute.

    \b
    Example:
      talkoot mail fetch
    """
    import imaplib

    from talkoot.incoming import imap

    app = opened.application()
    if not app.settings.mail_in_imap:
        raise SetupError("There is no mailbox to fetch from: set mail_in_imap")
    try:
        taken = imap.visit(app)
        app.handover.flush()
        terminal.done(f"{taken:,} mails taken in")
    except (OSError, imaplib.IMAP4.error) as error:
        raise SetupError(f"The mailbox cannot be opened: {error}") from error

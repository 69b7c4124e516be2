"""What `talkoot doctor` looks at of the ways from and to people beside outgoing mail: replies by mail, and push."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

from talkoot.cli.findings import Finding
from talkoot.config import Settings
from talkoot.errors import SetupError
from talkoot.incoming import imap
from talkoot.push import services


def check_mail_in(settings: Settings) -> Iterator[Finding]:
    """Where replies by mail come, by which doors, and whether the mailbox opens."""
    if not settings.mail_in_address:
        yield Finding("note", "Replies by mail are not taken (mail_in_address is empty)")
        return
    local, _, domain = settings.mail_in_address.rpartition("@")
    doors = ["talkoot mail receive, talkoot mail lmtp"]
    doors += ["the mailbox of mail_in_imap"] if settings.mail_in_imap else []
    doors += ["/mail/incoming"] if settings.mail_in_secret else []
    yield Finding("good", f"Replies by mail come to {local}+…@{domain}, by: {', '.join(doors)}")
    if not settings.mail_in_trusted:
        yield Finding(
            "note", "mail_in_trusted is empty: only the signed address tells whether a sender is who they say"
        )
    if settings.mail_in_imap:
        try:
            with imap.connected(settings.mail_in_imap):
                yield Finding("good", "The mailbox of mail_in_imap opens")
        except (OSError, imaplib.IMAP4.error, SetupError) as error:
            yield Finding("wrong", f"The mailbox of mail_in_imap cannot be opened: {error}")


def check_push(settings: Settings) -> Iterator[Finding]:
    """Whether members can be told on phones and computers, and what is missing for it."""
    if not settings.push_secret:
        yield Finding("note", "Nobody is told on phones and computers (push_secret is empty; talkoot push key)")
    elif not services.is_installed():
        yield Finding("wrong", 'push_secret is set but the extra is not installed: pip install "talkoot[push]"')
    else:
        from talkoot.push import keys  # needs a package that others do not

        try:
            keys.signer(settings.push_secret)
            yield Finding("good", f"Phones and computers are told, through {', '.join(settings.push_hosts)}")
        except SetupError as error:
            yield Finding("wrong", str(error))

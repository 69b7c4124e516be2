"""The mail kept in the instance folder when there is no mail server, for the demo's mailbox page."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from markupsafe import Markup, escape

from talkoot.mail.messages import mailbox

if TYPE_CHECKING:
    from talkoot.app import Talkoot

NOT_OF_NAMES = re.compile(r"[^0-9a-f-]")


@dataclass(frozen=True)
class Kept:
    """A kept mail; `text` has its links made clickable."""

    sender: str
    to: str
    subject: str
    at: datetime
    text: Markup
    name: str  # of the file, which its HTML is asked by; empty when it has none


def newest(app: Talkoot, limit: int = 30) -> list[Kept]:
    """The latest mails first."""
    files = sorted(mailbox(app).glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)[:limit]
    return [_kept(path.read_bytes(), path.stem) for path in files]


def html(app: Talkoot, name: str) -> str | None:
    """The HTML part of a kept mail; None when there is none of that name."""
    path = mailbox(app) / f"{NOT_OF_NAMES.sub('', name)}.eml"
    if not path.is_file():
        return None
    body = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("html",))
    return str(body.get_content()) if body else None


def _kept(data: bytes, name: str) -> Kept:
    message = email.message_from_bytes(data, policy=email.policy.default)
    body = message.get_body(("plain",))
    text = str(escape(body.get_content() if body else ""))
    linked = re.sub(r"(https?://\S+)", r'<a href="\1">\1</a>', text)
    return Kept(
        str(message["From"]),
        str(message["To"]),
        str(message["Subject"]),
        parsedate_to_datetime(message["Date"]),
        Markup(linked),  # noqa: S704  escaped above, only the links were added
        name if message.get_body(("html",)) else "",
    )

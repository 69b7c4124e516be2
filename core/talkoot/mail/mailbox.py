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


@dataclass(frozen=True)
class Kept:
    """A kept mail; `text` has its links made clickable."""

    sender: str
    to: str
    subject: str
    at: datetime
    text: Markup


def newest(app: Talkoot, limit: int = 30) -> list[Kept]:
    """The latest mails first."""
    files = sorted(mailbox(app).glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)[:limit]
    return [_kept(path.read_bytes()) for path in files]


def _kept(data: bytes) -> Kept:
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
    )

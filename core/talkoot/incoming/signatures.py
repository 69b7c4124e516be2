"""What a mail service posts, signed: by whom, when, and that it comes once (security.md row 23)."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from talkoot import clock
from talkoot.incoming.letters import Envelope
from talkoot.jobs.models import ScheduleTick

if TYPE_CHECKING:
    from talkoot.app import Talkoot

WINDOW = timedelta(minutes=5)  # how far a clock may be off, and how long a copy could be sent again


def sign(secret: str, timestamp: str, envelope: Envelope, body: bytes) -> str:
    """The signature, in hexadecimal: HMAC-SHA256 over time, envelope and mail, a line each, the mail last."""
    lines = (timestamp, envelope.sender or "", ",".join(envelope.recipients))
    return hmac.digest(secret.encode(), "\n".join(lines).encode() + b"\n" + body, "sha256").hex()


def moment_of(secret: str, timestamp: str, envelope: Envelope, body: bytes, signature: str) -> datetime | None:
    """When it was signed; None when it was not with this secret, or too long ago, or in the future."""
    if not secret or not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return None
    if not hmac.compare_digest(sign(secret, timestamp, envelope, body).encode(), signature.encode()):
        return None
    moment = datetime.fromtimestamp(int(timestamp), UTC)
    return moment if abs(clock.now() - moment) <= WINDOW else None


def was_taken(app: Talkoot, signature: str, moment: datetime) -> bool:
    """Whether what has this signature has been taken before."""
    tick = ScheduleTick.__table__
    with app.database.session(None) as db:
        found = select(tick.c.name).where(tick.c.name == _name(signature), tick.c.due_at == moment)
        return db.execute(found).scalar() is not None


def mark_taken(app: Talkoot, signature: str, moment: datetime) -> None:
    """From now on it has been. After the mail was taken in and not before: one that failed may be sent again as it is."""
    try:
        with app.database.session(None, writing=True) as db:
            db.quiet = True
            db.execute(insert(ScheduleTick).values(name=_name(signature), due_at=moment))
    except IntegrityError:
        return  # the same at the same moment; taking a mail in twice does nothing the second time


def _name(signature: str) -> str:
    return f"mail_in {signature[:48]}"

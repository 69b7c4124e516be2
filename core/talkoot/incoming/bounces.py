"""Mail that comes back (RFC 3464): mailboxes that are gone are counted, and after some days get nothing more that nobody asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import Message
from email.parser import HeaderParser
from itertools import islice
from uuid import UUID

from sqlalchemy import ColumnElement, delete, exists, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.config import Settings
from talkoot.db import TenantSession
from talkoot.incoming.addresses import ReturnAddress
from talkoot.incoming.letters import Letter, addresses_in, header, normalised, parts
from talkoot.incoming.models import MailBounce
from talkoot.people import accounts

MOST = 3  # mails back, on days of their own, until notices are no longer sent
COUNTED_EVERY = timedelta(hours=20)
MOST_NAMED = 100  # addresses looked at in one report
_bounce = MailBounce.__table__
# Without a report, in the words that most mail servers give: a mailbox that is not there, not one that is full.
GONE = re.compile(r"\b5\.1\.[0-36]\b|\b550\b|user unknown|no such user|does not exist|unknown user", re.IGNORECASE)


def note(db: TenantSession, settings: Settings, letter: Letter, returned: ReturnAddress) -> bool:
    """Count a mail that came back for good; returns whether it was one of ours to a person we know.

    Only the server that got the mail knows the address it comes back to, so nobody else can silence a person
    (security.md row 23). A report that comes twice, or several on one day, count as one.
    """
    told = next((to for to in _recipients(letter.message) if returned.is_of(settings, to)), "")
    reason = _gone_for_good(letter.message)
    person = accounts.by_email(db, told) if told else None
    if person is None or reason is None:
        return False
    _count(db, person.id, reason)
    return True


def _count(db: TenantSession, person_id: UUID, reason: str) -> None:
    moment = clock.now()
    row = {"person_id": person_id, "count": 1, "at": moment, "said": reason}
    added = insert(_bounce).values(row).on_conflict_do_nothing(index_elements=["person_id"]).returning(_bounce.c.count)
    if db.execute(added).scalar() is None:
        more = {"count": _bounce.c.count + 1, "at": moment, "said": reason}
        due = _bounce.c.at < moment - COUNTED_EVERY
        db.execute(update(_bounce).where(_bounce.c.person_id == person_id, due).values(more))


def silenced(person_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether mail to a person has come back so often that notices are not mailed to them, inside a statement."""
    return exists().where(_bounce.c.person_id == person_id, _bounce.c.count >= MOST)


def reason_of(db: TenantSession, person_id: UUID) -> str | None:
    """What the other mail server said when notices to this person stopped; None while they are sent."""
    query = select(_bounce.c.said).where(_bounce.c.person_id == person_id, _bounce.c.count >= MOST)
    return db.execute(query).scalar()


def kept(db: TenantSession, person_id: UUID) -> dict[str, str]:
    """All that is kept of it, for a person's copy of their data; empty when nothing came back."""
    row = db.execute(
        select(_bounce.c.count, _bounce.c.at, _bounce.c.said).where(_bounce.c.person_id == person_id)
    ).first()
    return {name: str(value) for name, value in row._mapping.items()} if row else {}


def forget(db: TenantSession, person_id: UUID) -> None:
    """The person can be reached again: they wrote, or they say so."""
    db.execute(delete(_bounce).where(_bounce.c.person_id == person_id))


def _recipients(message: Message) -> Iterator[str]:
    """Whom the mail was for, as the report and what it sends back of the mail say; the first of them."""
    return islice(_named(message), MOST_NAMED)


def _named(message: Message) -> Iterator[str]:
    for part in parts(message):
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for name in ("original-recipient", "final-recipient"):
                for block in _blocks(part):
                    yield normalised(header(block, name).rpartition(";")[2].strip())
        elif kind == "text/rfc822-headers":
            found = HeaderParser().parsestr(str(part.get_payload()))
            yield from map(normalised, addresses_in(found, "to"))
        elif kind == "message/rfc822":
            yield from (normalised(to) for inner in _blocks(part) for to in addresses_in(inner, "to"))


def _blocks(part: Message) -> list[Message]:
    held = part.get_payload()
    return [block for block in held if isinstance(block, Message)] if isinstance(held, list) else []


def _gone_for_good(message: Message) -> str | None:
    """The reason when the mail has failed for good; None when it was delayed, delivered or merely not accepted now."""
    blocks = [b for p in parts(message) if p.get_content_type() == "message/delivery-status" for b in _blocks(p)]
    for block in blocks:
        if header(block, "action").lower() == "failed" and header(block, "status").startswith("5."):
            return (header(block, "diagnostic-code") or header(block, "status"))[:200]
    if blocks:
        return None
    said = next((str(p.get_payload()) for p in parts(message) if p.get_content_type() == "text/plain"), "")[:20_000]
    found = GONE.search(said)
    return said[found.start() : found.start() + 200].split("\n")[0] if found else None

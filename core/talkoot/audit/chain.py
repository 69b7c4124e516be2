"""What makes a change in a log show: a chain of hashes over its lines, and the head that says where it ends.

Checking needs nothing but the rows: no key, so a new secret key or a restored copy changes nothing. The application can
add lines but neither change nor delete one. Whoever owns the database can write all of it anew, head included; that shows
only beside a head that was kept elsewhere. So the worker writes every head to the program's log once a day, `talkoot audit
head` prints them, and `talkoot audit check --against` compares.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from talkoot.audit.models import AuditEntry, AuditHead
from talkoot.db import TenantSession, turns

ACTS = "acts"  # the log of what was done
_line, _head = AuditEntry.__table__, AuditHead.__table__


@dataclass(frozen=True)
class Head:
    """How many lines a log has, and the chain of the newest."""

    seq: int
    chain: str


EMPTY = Head(0, "")


def head(db: TenantSession) -> Head:
    """Where the tenant's log ends, as the head's own row says; EMPTY before the first line."""
    row = db.execute(
        select(_head.c.seq, _head.c.chain).where(_head.c.tenant_id == db.tenant.id, _head.c.log == ACTS)
    ).one_or_none()
    return Head(*row) if row else EMPTY


def wait_for_turn(db: TenantSession) -> Head:
    """The end that the next line is added to. Writers wait for each other until they commit, so the chain cannot fork.

    Lines that lie beyond the head are gone on from: the log must take acts whatever was done to it. Lines that are missing
    before the head stay missing, and so stay found.
    """
    turns.take(db, AuditEntry.__tablename__)
    last = db.execute(
        select(_line.c.seq, _line.c.chain)
        .where(_line.c.tenant_id == db.tenant.id)
        .order_by(_line.c.seq.desc())
        .limit(1)
    ).one_or_none()
    end = head(db)
    return Head(*last) if last and last.seq > end.seq else end


def add(db: TenantSession, end: Head, lines: Sequence[AuditEntry]) -> None:
    """Add lines after `end` and move the head, in the caller's transaction."""
    for line in lines:
        line.tenant_id, line.seq = db.tenant.id, end.seq + 1
        line.chain = link(end.chain, line)
        end = Head(line.seq, line.chain)
    db.add_all(lines)
    db.flush()
    where_it_ends = {"seq": end.seq, "chain": end.chain}
    mine = (_head.c.tenant_id == db.tenant.id, _head.c.log == ACTS)
    if db.execute(update(_head).where(*mine).values(**where_it_ends)).rowcount == 0:  # type: ignore[attr-defined]
        db.execute(insert(_head).values(tenant_id=db.tenant.id, log=ACTS, **where_it_ends))


def first_bad(db: TenantSession, kept: Head = EMPTY) -> int | None:
    """The number of the first line that was changed, is missing or does not agree with the head; None: the log is whole.

    `kept` is a head of this log that was noted elsewhere at some time: its line must still be there and the same.
    """
    marks = [mark for mark in (kept, head(db)) if mark != EMPTY]
    query = select(_line).where(_line.c.tenant_id == db.tenant.id).order_by(_line.c.seq)
    with db.execute(query.execution_options(yield_per=1000)) as lines:
        number, bad = _walk(lines, marks)
    if bad is not None:
        return bad
    if any(mark.seq > number for mark in marks):
        return number + 1
    end = head(db).seq  # asked again: lines may have come since
    return end + 1 if number > end else None


def _walk(lines: Iterable[Any], marks: list[Head]) -> tuple[int, int | None]:
    """How many lines there are, and the number of the first that is not as it was written."""
    number, previous = 0, ""
    for number, line in enumerate(lines, start=1):
        if line.seq != number or line.chain != link(previous, line):
            return number, number
        if any(mark.seq == number and mark.chain != line.chain for mark in marks):
            return number, number
        previous = line.chain
    return number, None


def link(previous: str, line: Any) -> str:
    """The chain of a line (an AuditEntry or a row of it): SHA-256 over the chain before it and everything the line says."""
    parts = [
        previous,
        line.tenant_id,
        line.seq,
        line.at.isoformat(timespec="microseconds"),
        line.actor_id and str(line.actor_id),
        line.os_user,
        line.action,
        line.thing_kind,
        line.thing_id and str(line.thing_id),
        line.reason,
    ]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()

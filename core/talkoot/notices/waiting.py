"""Notices that wait for mail or push: what is due is taken by one message, a person's rows by one, and by no other.

Rows are claimed under the id of the message's job in the transaction that leaves the job. So none is lost when a worker is
killed, none goes into two mails, and a mail composed again has the same rows and the same Message-ID.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import Column, ColumnElement, and_, bindparam, exists, func, or_, select, update

from talkoot import clock
from talkoot.db import Id, TenantSession
from talkoot.jobs import outbox
from talkoot.notices import choices
from talkoot.notices.models import Bookmark, MailChoice, Notice

MAIL, PUSH, COLLECT = "notices.mail", "notices.push", "notices.collect"  # kinds of jobs
AT_ONCE = 200  # members whose messages are prepared in one transaction
_notice, _choice, _bookmark = Notice.__table__, MailChoice.__table__, Bookmark.__table__
_has_chosen = and_(_choice.c.tenant_id == _notice.c.tenant_id, _choice.c.membership_id == _notice.c.membership_id)


class Way(NamedTuple):
    """How notices reach people beside the page: when they are due, the job that has taken them, and that job's kind."""

    due_at: Column[Any]
    job: Column[Any]
    kind: str

    def due(self, db: TenantSession) -> tuple[ColumnElement[bool], ...]:
        """What makes a notice one to be taken now."""
        return _notice.c.tenant_id == db.tenant.id, self.job.is_(None), self.due_at <= clock.now()


BY_MAIL = Way(_notice.c.due_at, _notice.c.mail_id, MAIL)
BY_PUSH = Way(_notice.c.push_at, _notice.c.push_id, PUSH)
WAYS = (BY_MAIL, BY_PUSH)


def collect(db: TenantSession) -> int:
    """Leave a job for each message to those who have something due and are not in quiet hours; returns how many."""
    taken = [_collect(db, way) for way in WAYS]
    if AT_ONCE in taken:
        outbox.add(db, COLLECT)
    return sum(taken)


def _collect(db: TenantSession, way: Way) -> int:
    due = select(_notice.c.membership_id).select_from(_notice.outerjoin(_choice, _has_chosen)).where(*way.due(db))
    members = list(
        db.scalars(due.where(choices.is_awake(db)).distinct().order_by(_notice.c.membership_id).limit(AT_ONCE))
    )
    if members:
        taken = [{"whose": member, "by": outbox.add(db, way.kind, member)} for member in members]
        this = _notice.c.membership_id == bindparam("whose", type_=Id())
        db.connection().execute(
            update(_notice).where(*way.due(db), this).values({way.job: bindparam("by", type_=Id())}), taken
        )
    return len(members)


def is_anything_due(db: TenantSession) -> bool:
    """Whether there may be a message to prepare or a reminder to give: one look, for the tenants where nothing happens."""
    notices = [exists().where(*way.due(db)) for way in WAYS]
    reminder = exists().where(_bookmark.c.tenant_id == db.tenant.id, _bookmark.c.remind_at <= clock.now())
    return bool(db.execute(select(or_(*notices, reminder))).scalar())


def count(db: TenantSession) -> int:
    """How many notices are due and in no mail yet: those of people in quiet hours."""
    return db.execute(select(func.count()).select_from(_notice).where(*BY_MAIL.due(db))).scalar_one()

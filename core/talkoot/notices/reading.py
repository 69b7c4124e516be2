"""What of their notices a member has read. Read ones are neither mailed nor pushed any more."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, func, literal, select, update

from talkoot import clock
from talkoot.conversations.models import Post
from talkoot.db import TenantSession
from talkoot.notices.models import Notice
from talkoot.people.models import Membership

MOST_COUNTED = 100
_notice, _member, _post = Notice.__table__, Membership.__table__, Post.__table__


def unread() -> ScalarSelect[Any]:
    """For a statement that reads a membership: how many notices its member has not read, 100 for as many or more."""
    mine = (_notice.c.tenant_id == _member.c.tenant_id, _notice.c.membership_id == _member.c.id)
    some = select(literal(1)).where(*mine, _notice.c.read_at.is_(None)).limit(MOST_COUNTED).correlate(_member)
    return select(func.count()).select_from(some.subquery("unread")).scalar_subquery()


def read_in(db: TenantSession, member_id: UUID, conversation_id: UUID, up_to: int | None = None) -> None:
    """The member has read the conversation, up to its post of this number: so they have what notices tell of it."""
    # Of each notice where its post is: they are few, and the conversation may have a hundred thousand posts.
    its = select(_post.c.conversation_id).where(_post.c.tenant_id == db.tenant.id, _post.c.id == _notice.c.thing_id)
    if up_to is not None:
        its = its.where(_post.c.n <= up_to)
    where = its.correlate(_notice).scalar_subquery()
    _read(db, member_id, _notice.c.about.in_(("post", "reminder")), where == conversation_id)


def read_until(db: TenantSession, member_id: UUID, moment: datetime) -> None:
    """The member has read every notice up to this moment: those that came while they looked stay unread."""
    _read(db, member_id, _notice.c.at <= moment)


def _read(db: TenantSession, member_id: UUID, *which: Any) -> None:
    own = (_notice.c.tenant_id == db.tenant.id, _notice.c.membership_id == member_id, _notice.c.read_at.is_(None))
    db.execute(update(_notice).where(*own, *which).values(read_at=clock.now(), due_at=None, push_at=None))

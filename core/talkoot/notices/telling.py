"""Writing notices: for all members concerned at once, one to each, however many follow a thing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, literal, or_, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.db import TenantSession
from talkoot.notices import choices
from talkoot.notices.following import CONVERSATION
from talkoot.notices.kinds import KINDS
from talkoot.notices.models import Follow, MailChoice, Notice
from talkoot.people.models import Membership

_notice, _member, _choice, _follow = (m.__table__ for m in (Notice, Membership, MailChoice, Follow))
_stopped = _follow.alias("stopped")
_has_chosen = and_(_choice.c.tenant_id == _member.c.tenant_id, _choice.c.membership_id == _member.c.id)
Members = Select[Any] | Iterable[UUID]  # whose ids these are


def tell(db: TenantSession, kind: str, thing_id: UUID, members: Members, *, but: Iterable[UUID] = ()) -> int:
    """Tell these members of a thing, except those who have been told of it already; returns how many were told now.

    Nobody who has left or is blocked is told, nor any of `but`.
    """
    if not isinstance(members, Select) and not (members := list(members)):
        return 0  # as with most posts, which mention and quote nobody
    made = insert(_notice).from_select(_COLUMNS, _rows(db, kind, thing_id, members, but))
    return _count(db, made.on_conflict_do_nothing())


def tell_anew(
    db: TenantSession, kind: str, thing_id: UUID, members: Members, *, but: Iterable[UUID] = (), once: bool = False
) -> int:
    """As `tell`, and whoever has been told of the thing before is told again: it has changed. `once`: not who has been told
    of it for this reason."""
    made = insert(_notice).from_select(_COLUMNS, _rows(db, kind, thing_id, members, but))
    new = {name: made.excluded[name] for name in ("kind", "at", "due_at", "push_at")}
    anew = {**new, "read_at": None, "mail_id": None, "push_id": None}
    key = [column.name for column in _notice.primary_key.columns]
    where = _notice.c.kind != kind if once else None
    return _count(db, made.on_conflict_do_update(index_elements=key, set_=anew, where=where))


def _count(db: TenantSession, made: Any) -> int:
    """Write them; returns how many. SQLAlchemy forgets the number of an INSERT on PostgreSQL unless it is asked to keep it."""
    return db.connection().execute(made, execution_options={"preserve_rowcount": True}).rowcount


def followers(db: TenantSession, things: Iterable[Scope], conversation_id: UUID) -> Select[Any]:
    """Who follows any of these things and has not stopped following the conversation."""
    stopped = select(_stopped.c.membership_id).where(
        _stopped.c.tenant_id == db.tenant.id,
        _stopped.c.kind == CONVERSATION,
        _stopped.c.thing_id == conversation_id,
        _stopped.c.wanted.is_(False),
    )
    any_of = or_(*(and_(_follow.c.kind == kind, _follow.c.thing_id == thing) for kind, thing in things))
    return select(_follow.c.membership_id).where(
        _follow.c.tenant_id == db.tenant.id, any_of, _follow.c.wanted.is_(True), _follow.c.membership_id.not_in(stopped)
    )


_COLUMNS = ("tenant_id", "about", "thing_id", "membership_id", "kind", "at", "due_at", "push_at")


def _rows(db: TenantSession, kind: str, thing_id: UUID, members: Members, but: Iterable[UUID]) -> Select[Any]:
    told, moment, due = KINDS[kind], clock.now(), choices.moments(db)
    columns: tuple[ColumnElement[Any], ...] = (
        _member.c.tenant_id,
        literal(told.about),
        literal(thing_id, _notice.c.thing_id.type),
        _member.c.id,
        literal(kind),
        literal(moment, _notice.c.at.type),
        choices.due_for(told.direct, due),
        choices.push_due_for(told.direct, due),
    )
    who = members if isinstance(members, Select) else list(members)
    return (
        select(*columns)
        .select_from(_member.outerjoin(_choice, _has_chosen))
        .where(
            _member.c.tenant_id == db.tenant.id,
            _member.c.id.in_(who),
            _member.c.id.not_in(list(but)),
            _member.c.person_id.is_not(None),
            _member.c.blocked_at.is_(None),
            _member.c.erased_at.is_(None),
        )
    )

"""My contributions: what a member has written here, and what became of each."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, and_, select

from talkoot import clock
from talkoot.contributions.feedback import KIND as FEEDBACK
from talkoot.contributions.models import Contribution
from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.places import places
from talkoot.conversations.rendering import excerpt
from talkoot.db import TenantSession
from talkoot.followup import promises
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.i18n import text_in
from talkoot.notices.paging import Key, earlier
from talkoot.plugin import Place
from talkoot.registry import Registry
from talkoot.tenants.models import Organisation

PAGE = 25
_post, _conversation, _given = Post.__table__, Conversation.__table__, Contribution.__table__
_made, _step, _body = FollowUp.__table__, FollowUpEvent.__table__, Organisation.__table__


class Answer(NamedTuple):
    """What was answered to feedback."""

    html: str


class Mine(NamedTuple):
    """Something a member has written. `place` is None for feedback, `promise` where nothing was promised."""

    kind: str  # topic, post, feedback
    at: datetime
    path: str
    place: Place | None
    excerpt: str
    language: str
    replies: int  # posts after it
    reactions: int
    hidden: str | None  # why a moderator has hidden it
    promise: promises.Brief | None
    answer: Answer | None = None  # to feedback: nobody else sees it


def contributions(
    db: TenantSession, registry: Registry, member_id: UUID, language: str, before: Key | None = None
) -> tuple[list[Mine], Key | None]:
    """A page of what the member has written, the newest first, and the key of the next."""
    rows = [*_posts(db, member_id, before), *_feedback(db, member_id, before)]
    rows.sort(key=_key, reverse=True)
    shown = rows[:PAGE]
    spoken = [row for row in shown if hasattr(row, "n")]
    located = places(db, registry, {(row.subject_kind, row.subject_id) for row in spoken})
    answers = _answers(db, [row.promise_id for row in shown if not hasattr(row, "n")])
    found = []
    for row in shown:
        promise = _promise(db, row, language)
        if not hasattr(row, "n"):
            found.append(_of_feedback(row, promise, answers.get(row.promise_id)))
        elif place := located.get((row.subject_kind, row.subject_id)):
            found.append(_of_post(row, promise, place))
    return found, _key(shown[-1]) if len(rows) > PAGE else None


def _key(row: Row[Any]) -> Key:
    return Key(row.created_at, row.id)


_promise_columns = (
    *(_made.c[name].label(f"promise_{name}") for name in ("id", "number", "due_on", "state", "answered_at")),
    _body.c.names.label("promise_owner"),
)
_is_owner = and_(_body.c.tenant_id == _made.c.tenant_id, _body.c.id == _made.c.owner_id)


def _posts(db: TenantSession, member_id: UUID, before: Key | None) -> Sequence[Row[Any]]:
    its = and_(_conversation.c.tenant_id == _post.c.tenant_id, _conversation.c.id == _post.c.conversation_id)
    about = and_(
        _made.c.tenant_id == _conversation.c.tenant_id,
        _made.c.subject_kind == _conversation.c.subject_kind,
        _made.c.subject_id == _conversation.c.subject_id,
    )
    columns = (
        *(_post.c[name] for name in ("id", "n", "html", "language", "reactions", "created_at")),
        *(_post.c[name] for name in ("hidden_at", "hidden_reason")),
        *(_conversation.c[name] for name in ("subject_kind", "subject_id", "post_count")),
    )
    query = select(*columns, *_promise_columns).select_from(
        _post.join(_conversation, its).outerjoin(_made, about).outerjoin(_body, _is_owner)
    )
    own = (_post.c.tenant_id == db.tenant.id, _post.c.author_id == member_id, _post.c.erased_at.is_(None))
    if before is not None:
        query = query.where(earlier(_post.c.created_at, _post.c.id, before))
    newest = (_post.c.created_at.desc(), _post.c.id.desc())
    return db.execute(query.where(*own).order_by(*newest).limit(PAGE + 1)).all()


def _feedback(db: TenantSession, member_id: UUID, before: Key | None) -> Sequence[Row[Any]]:
    about = and_(
        _made.c.tenant_id == _given.c.tenant_id, _made.c.subject_kind == FEEDBACK, _made.c.subject_id == _given.c.id
    )
    columns = tuple(_given.c[name] for name in ("id", "html", "language", "created_at"))
    query = select(*columns, *_promise_columns).select_from(_given.outerjoin(_made, about).outerjoin(_body, _is_owner))
    own = (_given.c.tenant_id == db.tenant.id, _given.c.author_id == member_id)
    if before is not None:
        query = query.where(earlier(_given.c.created_at, _given.c.id, before))
    newest = (_given.c.created_at.desc(), _given.c.id.desc())
    return db.execute(query.where(*own).order_by(*newest).limit(PAGE + 1)).all()


def _answers(db: TenantSession, promise_ids: Sequence[UUID]) -> dict[UUID, Answer]:
    """The latest answer to each of these."""
    if not promise_ids:
        return {}
    own = (_step.c.tenant_id == db.tenant.id, _step.c.follow_up_id.in_(promise_ids), _step.c.answer.is_(True))
    rows = db.execute(select(_step.c.follow_up_id, _step.c.html).where(*own).order_by(_step.c.at)).all()
    return {row.follow_up_id: Answer(row.html) for row in rows}


def _of_feedback(row: Row[Any], promise: promises.Brief | None, answer: Answer | None) -> Mine:
    text = excerpt(row.html, 160)
    return Mine("feedback", row.created_at, "", None, text, row.language, 0, 0, None, promise, answer)


def _of_post(row: Row[Any], promise: promises.Brief | None, place: Place) -> Mine:
    return Mine(
        "topic" if row.n == 1 else "post",
        row.created_at,
        f"posts/{row.id}",
        place,
        excerpt(row.html, 160),
        row.language,
        row.post_count - row.n,
        sum(row.reactions.values()),
        (row.hidden_reason or "") if row.hidden_at else None,
        promise,
    )


def _promise(db: TenantSession, row: Row[Any], language: str) -> promises.Brief | None:
    if row.promise_number is None:
        return None
    today: date = clock.today(db.tenant.time_zone)
    owner = text_in(row.promise_owner, language, *db.tenant.languages) if row.promise_owner else ""
    return promises.brief(
        row.promise_number, owner, row.promise_due_on, row.promise_state, row.promise_answered_at, today=today
    )

"""What is new in topics to a member: marks in lists, and everything new in one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Select, and_, bindparam, or_, select, tuple_

from talkoot.access.actor import Actor
from talkoot.conversations import reading
from talkoot.conversations.models import Conversation
from talkoot.conversations.reading import CUTOFF, TENANT, marks, times
from talkoot.db import Id, TenantSession, UtcDateTime
from talkoot_forums import topics
from talkoot_forums.forums import SCOPE
from talkoot_forums.models import Topic

PAGE = 25
LOOKED_AT = 300  # topics last written in: no page reads more, however many of them have been read
_topic, _conversation = Topic.__table__, Conversation.__table__


@dataclass(frozen=True, slots=True)
class News:
    """What is new in a topic to a member: the number of the first such post, and how many there are from there on."""

    first: int
    count: int


def _marked(candidates: Any, *columns: Any) -> Select[Any]:
    """These topics (id, conversation_id, forum_id) with the reader's marks."""
    is_talk = and_(_conversation.c.tenant_id == TENANT, _conversation.c.id == candidates.c.conversation_id)
    return select(
        candidates.c.id,
        candidates.c.conversation_id,
        *columns,
        _conversation.c.post_count.label("newest"),
        reading.SINCE.label("since"),
        reading.READ_TO.label("read_to"),
    ).select_from(
        candidates.join(_conversation, is_talk)
        .outerjoin(times, reading.is_time(SCOPE, candidates.c.forum_id))
        .outerjoin(marks, reading.is_mark(candidates.c.conversation_id))
    )


def _firsts(marked: Any, *columns: Any) -> Select[Any]:
    """Where news begins in each."""
    talk = marked.c.conversation_id
    since = reading.first_since(talk, marked.c.since).label("first_since")
    return select(
        marked.c.id, marked.c.newest, *columns, since, reading.first_after(talk, marked.c.read_to).label("first_after")
    )


def _in_these() -> Select[Any]:
    these = bindparam("topics", expanding=True, type_=Id())
    marked = _marked(_topic).where(_topic.c.tenant_id == TENANT, _topic.c.id.in_(these)).subquery()
    return _firsts(marked)


_listed = _in_these()


def among(db: TenantSession, actor: Actor, listed: Sequence[topics.TopicView]) -> dict[UUID, News]:
    """What is new to this actor in the topics of a list, by topic: one statement, or none when nothing there is so new."""
    if not actor.is_member or actor.read_before is None:
        return {}
    cutoff = reading.cutoff(actor.read_before)
    fresh = [topic.id for topic in listed if topic.last_post_at > cutoff]
    if not fresh:
        return {}
    values = {"tenant": db.tenant.id, "reader": actor.membership_id, "cutoff": cutoff, "topics": fresh}
    return {row.id: found for row in db.connection().execute(_listed, values) if (found := _news(row))}


def _news(row: Any) -> News | None:
    first = reading.first_unread(row.first_since, row.first_after)
    return News(first, row.newest - first + 1) if first else None


def _everything(*, after: bool) -> Select[Any]:
    """The topics with news, the one last written in first; `after`: those that come after a moment and number."""
    order = (_topic.c.last_post_at, _topic.c.number)
    own = (_topic.c.tenant_id == TENANT, _topic.c.hidden_at.is_(None), _topic.c.last_post_at > CUTOFF)
    names = ("id", "conversation_id", "forum_id", "last_post_at", "number")
    latest = select(*(_topic.c[name] for name in names)).where(*own)
    if after:
        key = (bindparam("last_post_at", type_=UtcDateTime()), bindparam("number", type_=Integer))
        latest = latest.where(tuple_(*order) < tuple_(*key))
    candidates = latest.order_by(*(column.desc() for column in order)).limit(LOOKED_AT).subquery()
    place = (candidates.c.last_post_at, candidates.c.number)
    unread = or_(marks.c.n.is_(None), marks.c.n < _conversation.c.post_count)
    marked = _marked(candidates, *place).where(candidates.c.last_post_at > reading.SINCE, unread).subquery()
    firsts = _firsts(marked, marked.c.last_post_at, marked.c.number).subquery()
    both = (firsts.c.first_since.is_not(None), firsts.c.first_after.is_not(None))
    newest = (firsts.c.last_post_at.desc(), firsts.c.number.desc())
    found = select(firsts).where(*both).order_by(*newest).limit(PAGE + 1).subquery()
    shown = topics.beside(found, found.c.first_since, found.c.first_after)
    return shown.order_by(found.c.last_post_at.desc(), found.c.number.desc())


_newest, _older = _everything(after=False), _everything(after=True)


def for_reader(
    db: TenantSession, actor: Actor, before: topics.TopicView | None = None
) -> tuple[list[tuple[topics.TopicView, News]], int | None]:
    """A page of the topics with something new to a member, and the number that the next page comes after.

    `before`: the last topic of the page before.
    """
    assert actor.read_before, "only members have news"
    values = {"tenant": db.tenant.id, "reader": actor.membership_id, "cutoff": reading.cutoff(actor.read_before)}
    if before:
        values |= {"last_post_at": before.last_post_at, "number": before.number}
    rows = db.connection().execute(_older if before else _newest, values).all()
    found = [_beside_its_news(db, row) for row in rows[:PAGE]]
    return found, found[-1][0].number if len(rows) > PAGE else None


def _beside_its_news(db: TenantSession, row: Any) -> tuple[topics.TopicView, News]:
    news = _news(row)
    assert news, "the statement finds no others"
    columns = {name: value for name, value in row._mapping.items() if name not in ("first_since", "first_after")}
    return topics.TopicView(**columns, site_languages=db.tenant.languages), news

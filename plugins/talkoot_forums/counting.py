"""The counters of topics, kept in the transaction that changes what they count."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Label, bindparam, exists, func, or_, select, update

from talkoot.conversations.models import Post
from talkoot.db import Id, TenantSession, UtcDateTime
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people.models import Membership
from talkoot_forums import parties
from talkoot_forums.models import Topic

_topic, _member, _post = (m.__table__ for m in (Topic, Membership, Post))
_author = bindparam("author", type_=Id())


def _of_author(name: str) -> Label[Any]:
    """A column of the writer's membership, given back by the same statement that counts the post."""
    writer = (_member.c.tenant_id == bindparam("tenant", type_=Integer), _member.c.id == _author)
    return select(_member.c[name]).where(*writer).scalar_subquery().label(name)


_one_more = (
    update(_topic)
    .where(
        _topic.c.tenant_id == bindparam("tenant", type_=Integer),
        _topic.c.id == bindparam("topic", type_=Id()),
        _topic.c.hidden_at.is_(None),
    )
    .values(
        post_count=_topic.c.post_count + 1,
        last_post_at=bindparam("moment", type_=UtcDateTime()),
        last_author_id=_author,
        heard=or_(_topic.c.heard, _topic.c.author_id != _author),
    )
    .returning(_topic.c.parties, _of_author("verified_as"), _of_author("participant_roles"))
)


def added(db: TenantSession, topic_id: UUID, author_id: UUID, moment: datetime) -> None:
    """A post was added: its topic counts one more, in the same transaction, however long the topic is.

    Raises InvalidError when the topic has been merged into another while the post was on its way.
    """
    where = {"tenant": db.tenant.id, "topic": topic_id, "author": author_id, "moment": moment}
    topic = db.connection().execute(_one_more, where).one_or_none()
    if topic is None:
        raise InvalidError(
            gettext("This discussion has moved. Send your text again: it goes where the discussion is now.")
        )
    if spoke := parties.speaks_for(topic.verified_as, topic.participant_roles) - set(topic.parties):
        this = (_topic.c.tenant_id == db.tenant.id, _topic.c.id == topic_id)
        db.execute(update(_topic).where(*this).values(parties=[*topic.parties, *sorted(spoke)]))


def changed(db: TenantSession, topic_id: UUID) -> None:
    """A post was hidden or shown again, or posts have moved: count the topic anew, in the same transaction.

    The topic is locked first: a reply that is being saved is either counted here or adds itself afterwards.
    """
    this = (_topic.c.tenant_id == db.tenant.id, _topic.c.id == topic_id)
    locked = select(_topic.c.conversation_id).where(*this).with_for_update(key_share=True)
    topic = db.execute(locked).one()
    count, last_at, last_author = _counted(db, topic.conversation_id)
    values: dict[str, Any] = {
        "post_count": count,
        "last_author_id": last_author,
        "heard": _heard(topic.conversation_id),
    }
    if last_at is not None:
        values["last_post_at"] = last_at
    db.execute(update(_topic).where(*this).values(**values))


def _heard(conversation_id: UUID) -> Any:
    """Whether somebody besides its writer has written in a topic, inside a statement that changes the topic."""
    seen = (_post.c.tenant_id == _topic.c.tenant_id, _post.c.conversation_id == conversation_id)
    return exists().where(*seen, _post.c.hidden_at.is_(None), _post.c.author_id != _topic.c.author_id)


def _counted(db: TenantSession, conversation_id: UUID) -> tuple[int, datetime | None, UUID | None]:
    """How many posts can be seen, and the newest of them."""
    seen = (_post.c.tenant_id == db.tenant.id, _post.c.conversation_id == conversation_id, _post.c.hidden_at.is_(None))
    count = db.execute(select(func.count()).select_from(_post).where(*seen)).scalar_one()
    last = db.execute(
        select(_post.c.created_at, _post.c.author_id).where(*seen).order_by(_post.c.n.desc()).limit(1)
    ).one_or_none()
    return count, last.created_at if last else None, last.author_id if last else None

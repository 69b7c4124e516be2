"""Topics: found, begun and answered. Lists of them are in listing.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, Subquery, and_, bindparam, insert, select, update

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession, next_number
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext, text_in
from talkoot.ids import new_id
from talkoot.people import names
from talkoot.people.models import Membership
from talkoot.registry import Registry
from talkoot.tenants.models import Organisation
from talkoot.tenants.slugs import slug_of
from talkoot_forums import topic_tags
from talkoot_forums.forums import scopes_of
from talkoot_forums.models import KINDS, Forum, Topic, TopicRedirect
from talkoot_forums.places import path_of

KIND = "forums.topic"
PAGE = 25
TAKEN = {"care", "reply", "read", "unread", "newest", "replies"}  # pages below a topic's number: no title is called so
VIEW_BYTES = 3_000  # about what a topic takes in memory
_topic, _forum, _member, _post = (m.__table__ for m in (Topic, Forum, Membership, Post))
_conversation, _promise, _body = Conversation.__table__, FollowUp.__table__, Organisation.__table__
_last_author = _member.alias("last_author")


@dataclass(frozen=True, slots=True)
class TopicView:
    """A topic with its forum, as pages show it."""

    id: UUID
    number: int
    slug: str
    title: str
    kind: str
    language: str
    conversation_id: UUID
    author_id: UUID
    created_at: datetime
    post_count: int
    last_post_at: datetime
    last_author: str | None
    pinned: bool
    closed_at: datetime | None
    closed_reason: str
    parties: Sequence[str]
    hidden_at: datetime | None
    forum_id: UUID
    forum_slug: str
    forum_names: Mapping[str, str]
    members_only: bool
    area_id: UUID | None
    body_id: UUID | None
    standing: str
    newest: int  # number of the newest post, hidden ones counted: what pages are made of
    promise_number: int | None
    promise_due_on: date | None
    promise_state: str | None
    promise_answered_at: datetime | None
    promise_owner: Mapping[str, str] | None
    tags: Sequence[Mapping[str, Any]] | None  # as `chips` tells
    site_languages: tuple[str, ...]

    def promise(self, language: str, today: date) -> promises.Brief | None:
        """What was promised when the topic was lifted; None when it was not."""
        if self.promise_number is None or self.promise_due_on is None or self.promise_state is None:
            return None
        return promises.brief(
            self.promise_number,
            text_in(self.promise_owner or {}, language, *self.site_languages),
            self.promise_due_on,
            self.promise_state,
            self.promise_answered_at,
            today=today,
        )

    @property
    def path(self) -> str:
        """Its address below the tenant's."""
        return path_of(self.number, self.slug)

    @property
    def open(self) -> bool:
        return self.closed_at is None and self.standing != "ended"

    @property
    def scopes(self) -> tuple[Scope, ...]:
        return scopes_of(self.forum_id, self.area_id)

    def chips(self, language: str) -> list[tuple[str, str]]:
        """Its tags in the vocabulary's order: (address, name in this language, else in one of the site's)."""
        found = sorted(self.tags or (), key=lambda tag: (tag["position"], tag["slug"]))
        return [(tag["slug"], text_in(tag["names"], language, *self.site_languages)) for tag in found]

    def forum(self, language: str) -> str:
        """The name of its forum in this language, else in one of the site's."""
        return text_in(self.forum_names, language, *self.site_languages)


as_shown = select(
    *(
        _topic.c[n]
        for n in ("id", "number", "slug", "title", "kind", "language", "conversation_id", "author_id", "created_at")
    ),
    *(
        _topic.c[n]
        for n in ("post_count", "last_post_at", "pinned", "closed_at", "closed_reason", "parties", "hidden_at")
    ),
    _last_author.c.name.label("last_author"),
    _forum.c.id.label("forum_id"),
    _forum.c.slug.label("forum_slug"),
    _forum.c.names.label("forum_names"),
    _forum.c.members_only,
    _forum.c.area_id,
    _forum.c.body_id,
    _forum.c.standing,
    _conversation.c.post_count.label("newest"),
    topic_tags.of(_topic.c.tenant_id, _topic.c.id).label("tags"),
    *(_promise.c[n].label(f"promise_{n}") for n in ("number", "due_on", "state", "answered_at")),
    _body.c.names.label("promise_owner"),
).select_from(
    _topic.join(_forum, and_(_forum.c.tenant_id == _topic.c.tenant_id, _forum.c.id == _topic.c.forum_id))
    .join(
        _conversation,
        and_(_conversation.c.tenant_id == _topic.c.tenant_id, _conversation.c.id == _topic.c.conversation_id),
    )
    .outerjoin(
        _last_author, and_(_last_author.c.tenant_id == _topic.c.tenant_id, _last_author.c.id == _topic.c.last_author_id)
    )
    .outerjoin(
        _promise,
        and_(
            _promise.c.tenant_id == _topic.c.tenant_id,
            _promise.c.subject_kind == KIND,
            _promise.c.subject_id == _topic.c.id,
        ),
    )
    .outerjoin(_body, and_(_body.c.tenant_id == _promise.c.tenant_id, _body.c.id == _promise.c.owner_id))
)


# Made once: putting the statement of the busiest page together costs more than running it.
_by_number = as_shown.where(
    _topic.c.tenant_id == bindparam("tenant", type_=Integer), _topic.c.number == bindparam("number", type_=Integer)
)


def view(db: TenantSession, row: Any) -> TopicView:
    """The topic of a row of `as_shown`."""
    return TopicView(**row._mapping, site_languages=db.tenant.languages)


def latest(db: TenantSession, *, member: bool = False, limit: int = 8) -> list[TopicView]:
    """The topics last written in, over all forums; public ones only unless `member`."""
    query = as_shown.where(_topic.c.tenant_id == db.tenant.id, _topic.c.hidden_at.is_(None))
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    return [view(db, row) for row in db.execute(query.order_by(_topic.c.last_post_at.desc()).limit(limit))]


def chosen(db: TenantSession, ids: Sequence[UUID]) -> list[TopicView]:
    """The topics of these ids, the one last written in first."""
    rows = db.execute(as_shown.where(_topic.c.tenant_id == db.tenant.id, _topic.c.id.in_(ids))) if ids else ()
    return sorted((view(db, row) for row in rows), key=lambda topic: topic.last_post_at, reverse=True)


def beside(found: Subquery, *columns: ColumnElement[Any]) -> Select[Any]:
    """The statement for the topics whose ids these rows have, with columns of the rows beside them."""
    own = _topic.c.tenant_id == bindparam("tenant", type_=Integer)
    return as_shown.join(found, found.c.id == _topic.c.id).where(own).add_columns(*columns)


def get(db: TenantSession, number: int, *, member: bool = True) -> TopicView:
    """The topic with this number; raises NotFoundError for hidden ones and for who may not know of it."""
    found = db.remembered(("forums.topic", number), lambda: _read(db, number), weight=lambda _: VIEW_BYTES)
    if found is None or found.hidden_at or (found.members_only and not member):
        raise NotFoundError
    return found


def _read(db: TenantSession, number: int) -> TopicView | None:
    row = db.connection().execute(_by_number, {"tenant": db.tenant.id, "number": number}).one_or_none()
    return view(db, row) if row else None


def moved_to(db: TenantSession, number: int) -> int | None:
    """The number of the topic that this one was merged into."""
    redirect = db.find(TopicRedirect, number=number)
    topic = db.find(Topic, id=redirect.topic_id) if redirect else None
    return topic.number if topic else None


def begin(
    db: TenantSession,
    registry: Registry,
    forum_id: UUID,
    *,
    title: str,
    kind: str,
    draft: posts.NewPost,
    tags: Sequence[str] = (),
) -> tuple[int, posts.Added]:
    """Begin a topic with its first post and these tags; the same submission again returns the topic it became."""
    number = next_number(db, Topic.number)  # the same form, sent at the same time, waits here and then finds the topic
    if found := posts.submitted(db, draft.submission):
        return _number_of_post(db, found.id), found
    heading = heading_of(title)
    if kind not in KINDS:
        raise InvalidError(gettext("Choose one of the options."), "kind")
    forum = db.find(Forum, id=forum_id)
    if forum is None or forum.standing == "ended":
        raise InvalidError(gettext("This forum has ended. It can be read, but not written in."))
    identity, moment = new_id(), clock.now()
    conversation_id = posts.start(db, KIND, identity)
    db.execute(
        insert(_topic).values(
            tenant_id=db.tenant.id,
            id=identity,
            number=number,
            forum_id=forum_id,
            conversation_id=conversation_id,
            kind=kind,
            title=heading,
            slug=address_of(heading),
            language=draft.language,
            author_id=draft.author_id,
            created_at=moment,
            post_count=0,
            last_post_at=moment,
            last_author_id=draft.author_id,
            pinned=False,
            closed_reason="",
            parties=[],
            heard=False,
        )
    )
    topic_tags.choose(db, identity, tags)
    db.execute(
        update(_forum)
        .where(_forum.c.tenant_id == db.tenant.id, _forum.c.id == forum_id)
        .values(topic_count=_forum.c.topic_count + 1)
    )
    return number, posts.add(db, registry, conversation_id, draft)


def heading_of(title: str) -> str:
    """The title in one line; raises InvalidError when it is too short or too long."""
    heading = names.clean(title)
    if len(heading) < 3:
        raise InvalidError(gettext("Give the topic a title that tells what it is about."), "title")
    if len(heading) > 200:
        raise InvalidError(gettext("The title is too long: at most 200 characters."), "title")
    return heading


def address_of(title: str) -> str:
    """The readable part of a topic's address; empty when nothing of the title is left, or another page is called so."""
    slug = slug_of(title, 60)
    return "" if slug in TAKEN else slug


def _number_of_post(db: TenantSession, post_id: UUID) -> int:
    own = and_(_post.c.tenant_id == _topic.c.tenant_id, _post.c.conversation_id == _topic.c.conversation_id)
    query = select(_topic.c.number).join(_post, own).where(_topic.c.tenant_id == db.tenant.id, _post.c.id == post_id)
    return int(db.execute(query).scalar_one())


def reply(db: TenantSession, registry: Registry, topic: TopicView, draft: posts.NewPost) -> posts.Added:
    """Answer in a topic; raises InvalidError when it is closed or its forum has ended."""
    if not topic.open:
        raise InvalidError(gettext("This discussion is closed."))
    return posts.add(db, registry, topic.conversation_id, draft)

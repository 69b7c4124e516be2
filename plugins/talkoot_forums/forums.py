"""Forums: listed, found, added, changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, and_, func, select

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, language_in, spoken, text_in
from talkoot.ids import new_id
from talkoot.lengths import each_within
from talkoot.people import memberships
from talkoot.people.models import Membership
from talkoot.plugin import Place
from talkoot.tenants.models import AreaRow, Organisation
from talkoot.tenants.slugs import slug_of
from talkoot_forums.models import STANDINGS, Forum, Topic

SCOPE = "forums.forum"
VIEW_BYTES = 2_500  # about what a forum takes in memory
_forum, _topic, _body, _area = (m.__table__ for m in (Forum, Topic, Organisation, AreaRow))


@dataclass(frozen=True)
class ForumView:
    """A forum as pages show it."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    about: Mapping[str, str]
    standing: str
    members_only: bool
    shared: bool
    area_id: UUID | None
    area_names: Mapping[str, str]
    area_slug: str | None
    body_id: UUID | None
    body_names: Mapping[str, str]
    opened_on: date | None
    ended_on: date | None
    topic_count: int
    last_post_at: datetime | None
    last_title: str | None
    last_language: str | None
    last_number: int | None
    site_languages: tuple[str, ...]

    def name(self, language: str) -> str:
        return self._in(language, self.names)

    def text(self, language: str) -> str:
        return self._in(language, self.about)

    def body(self, language: str) -> str:
        return self._in(language, self.body_names)

    def area(self, language: str) -> str:
        return self._in(language, self.area_names)

    def _in(self, language: str, texts: Mapping[str, str]) -> str:
        return text_in(texts, language, *self.site_languages)

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """Where roles over this forum may have been granted."""
        return scopes_of(self.id, self.area_id)


def scopes_of(forum_id: UUID, area_id: UUID | None) -> tuple[Scope, ...]:
    """Where roles over a forum and its topics may have been granted."""
    area: tuple[Scope, ...] = (("area", area_id),) if area_id else ()
    return ((SCOPE, forum_id), *area)


def _newest(name: str) -> ScalarSelect[Any]:
    """This column of the forum's topic last written in. Looked up and not kept with the forum: replies to different topics of a
    forum would wait for each other to write it.
    """
    mine = (_topic.c.tenant_id == _forum.c.tenant_id, _topic.c.forum_id == _forum.c.id, _topic.c.hidden_at.is_(None))
    last = (_topic.c.last_post_at.desc(), _topic.c.number.desc())
    return select(_topic.c[name]).where(*mine).order_by(*last).limit(1).scalar_subquery()


_columns = (
    *(_forum.c[name] for name in ("id", "slug", "names", "about", "standing", "members_only", "shared", "area_id")),
    *(_forum.c[name] for name in ("body_id", "opened_on", "ended_on", "topic_count")),
    _body.c.names.label("body_names"),
    _area.c.names.label("area_names"),
    _area.c.slug.label("area_slug"),
    _newest("last_post_at").label("last_post_at"),
    *(_newest(name).label(f"last_{name}") for name in ("title", "language", "number")),
)
_forums = select(*_columns).select_from(
    _forum.outerjoin(_body, and_(_body.c.tenant_id == _forum.c.tenant_id, _body.c.id == _forum.c.body_id)).outerjoin(
        _area, and_(_area.c.tenant_id == _forum.c.tenant_id, _area.c.id == _forum.c.area_id)
    )
)


def listed(
    db: TenantSession, *, area_id: UUID | None = None, shared: bool | None = None, member: bool = True
) -> list[ForumView]:
    """The tenant's forums in their order, ended ones last; `member` False: public ones only."""
    return db.remembered(
        ("forums.listed", area_id, shared, member),
        lambda: _read(db, area_id, shared, member),
        weight=lambda found: VIEW_BYTES * (len(found) + 1),
    )


def _read(db: TenantSession, area_id: UUID | None, shared: bool | None, member: bool) -> list[ForumView]:
    query = _forums.where(_forum.c.tenant_id == db.tenant.id)
    if area_id is not None:
        query = query.where(_forum.c.area_id == area_id)
    if shared is not None:
        query = query.where(_forum.c.shared.is_(shared))
    if not member:
        query = query.where(_forum.c.members_only.is_(False))
    rows = db.execute(query.order_by(_forum.c.standing == "ended", _forum.c.position, _forum.c.slug))
    return [_view(db, row) for row in rows]


def get(db: TenantSession, slug: str, *, member: bool = True) -> ForumView:
    """The forum at this address; raises NotFoundError also for who may not know of it."""
    row = db.execute(_forums.where(_forum.c.tenant_id == db.tenant.id, _forum.c.slug == slug)).one_or_none()
    if row is None or (row.members_only and not member):
        raise NotFoundError
    return _view(db, row)


def _view(db: TenantSession, row: Any) -> ForumView:
    values = dict(row._mapping)
    values["body_names"], values["area_names"] = values["body_names"] or {}, values["area_names"] or {}
    return ForumView(**values, site_languages=db.tenant.languages)


def names(db: TenantSession, forum_ids: Sequence[UUID], language: str) -> dict[UUID, str]:
    """What forums are called, by id: for staff who read over which one somebody has a role."""
    rows = db.execute(
        select(_forum.c.id, _forum.c.names).where(_forum.c.tenant_id == db.tenant.id, _forum.c.id.in_(forum_ids))
    )
    return {row.id: text_in(row.names, language, *db.tenant.languages) for row in rows}


def located(db: TenantSession, forum_ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Where forums are that people follow."""
    columns = (_forum.c[name] for name in ("id", "slug", "names", "members_only", "standing"))
    rows = db.execute(select(*columns).where(_forum.c.tenant_id == db.tenant.id, _forum.c.id.in_(forum_ids)))
    return {row.id: _place(db, row) for row in rows}


def _place(db: TenantSession, row: Any) -> Place:
    name = text_in(row.names, spoken(), *db.tenant.languages)
    is_open = row.standing != "ended"
    return Place(name, f"forums/{row.slug}/", public=not row.members_only, open=is_open, language=name.language)


def conveners(db: TenantSession, forum_id: UUID) -> list[tuple[UUID, str]]:
    """Who convenes the forum today: (membership, name)."""
    holders = memberships.holders(db, "convener", (SCOPE, forum_id))
    if not holders:
        return []
    rows = db.execute(
        select(Membership.id, Membership.name).where(Membership.tenant_id == db.tenant.id, Membership.id.in_(holders))
    )
    return [(row.id, row.name) for row in rows.all()]


def save(
    db: TenantSession,
    forum_id: UUID | None,
    *,
    names: Mapping[str, str],
    about: Mapping[str, str],
    standing: str,
    area_id: UUID | None,
    body_id: UUID | None,
    members_only: bool = False,
    shared: bool = False,
    slug: str | None = None,
) -> Forum:
    """Add a forum or change one; raises InvalidError when it has no name, its address is taken or a choice is none."""
    given, words = each_within(names, 80, "name"), each_within(about, 2000, "about")
    if not given:
        raise InvalidError(gettext("Give the forum a name."), f"name_{db.tenant.language}")
    _refuse_unknown(db, standing, area_id, body_id)
    forum = db.find(Forum, id=forum_id) if forum_id else None
    if forum_id and forum is None:
        raise NotFoundError
    today = clock.today(db.tenant.time_zone)
    if forum is None:
        language = language_in(given, *db.tenant.languages)
        address = slug or slug_of(given[language])
        if not address or db.find(Forum, slug=address) is not None:
            raise InvalidError(gettext("There is already a forum with this name."), f"name_{language}")
        last = db.execute(select(func.max(_forum.c.position)).where(_forum.c.tenant_id == db.tenant.id)).scalar() or 0
        forum = Forum(
            id=new_id(),
            tenant_id=db.tenant.id,
            slug=address,
            position=last + 1,
            opened_on=today,
            topic_count=0,
        )
        db.add(forum)
    forum.names, forum.about = given, words
    forum.standing, forum.area_id, forum.body_id = standing, area_id, body_id
    forum.members_only, forum.shared = members_only, shared and db.tenant.kind != "municipality"
    forum.ended_on = (forum.ended_on or today) if standing == "ended" else None
    db.flush()
    return forum


def _refuse_unknown(db: TenantSession, standing: str, area_id: UUID | None, body_id: UUID | None) -> None:
    known = {
        "standing": standing in STANDINGS,
        "area": area_id is None or db.find(AreaRow, id=area_id) is not None,
        "body": body_id is None or db.find(Organisation, id=body_id) is not None,
    }
    for field, is_known in known.items():
        if not is_known:
            raise InvalidError(gettext("Choose one of the options."), field)


def recount(db: TenantSession, forum_ids: Iterable[UUID]) -> None:
    """Count the topics of these forums anew (after a merge, and by `talkoot db repair`)."""
    for forum_id in sorted(set(forum_ids)):  # in one order, so that two who lock forums do not wait for each other
        if forum := _locked(db, forum_id):
            forum.topic_count = _counted(db, forum_id)


def _counted(db: TenantSession, forum_id: UUID) -> int:
    mine = (_topic.c.tenant_id == db.tenant.id, _topic.c.forum_id == forum_id, _topic.c.hidden_at.is_(None))
    return db.execute(select(func.count()).select_from(_topic).where(*mine)).scalar_one()


def _locked(db: TenantSession, forum_id: UUID) -> Forum | None:
    """The forum as it is once nobody else is changing it: a topic being begun is counted, or adds itself afterwards."""
    query = for_tenant(db, Forum).where(Forum.id == forum_id).with_for_update(key_share=True)
    return db.scalars(query, execution_options={"populate_existing": True}).one_or_none()


def recount_all(db: TenantSession) -> None:
    """Count the topics of every forum of the tenant anew."""
    recount(db, list(db.scalars(select(_forum.c.id).where(_forum.c.tenant_id == db.tenant.id))))

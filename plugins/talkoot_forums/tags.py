"""The tenant's vocabulary of tags: what can be chosen, and what its keepers do with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update

from talkoot import clock
from talkoot.db import TenantSession, turns
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import Text, gettext, language_in, spoken, text_in
from talkoot.ids import new_id
from talkoot.lengths import each_within
from talkoot.plugin import Place
from talkoot.tenants.slugs import slug_of
from talkoot_forums.models import Tag, TopicTag

LONGEST = 40
TAKEN = {"manage"}  # the page of the vocabulary: no tag is called so
TAG_BYTES = 600  # about what a tag takes in memory
_tag, _of_topic = Tag.__table__, TopicTag.__table__


@dataclass(frozen=True, slots=True)
class TagView:
    """A tag as pages show it."""

    id: UUID
    slug: str
    names: Mapping[str, str]
    retired: bool
    site_languages: tuple[str, ...]

    def name(self, language: str) -> Text:
        """In this language, else in one of the site's."""
        return text_in(self.names, language, *self.site_languages)


def vocabulary(db: TenantSession, *, retired: bool = False) -> list[TagView]:
    """The tags in their order; those that are retired only when asked for."""
    found = db.remembered(("forums.tags",), lambda: _read(db), weight=lambda tags: TAG_BYTES * (len(tags) + 1))
    return [tag for tag in found if retired or not tag.retired]


def _read(db: TenantSession) -> list[TagView]:
    query = select(_tag.c.id, _tag.c.slug, _tag.c.names, _tag.c.retired_at.is_not(None).label("retired"))
    here = (_tag.c.tenant_id == db.tenant.id, _tag.c.merged_into.is_(None))
    rows = db.execute(query.where(*here).order_by(_tag.c.position, _tag.c.slug)).all()
    return [TagView(row.id, row.slug, row.names, bool(row.retired), db.tenant.languages) for row in rows]


def located(db: TenantSession, tag_ids: Collection[UUID]) -> dict[UUID, Place]:
    """Where tags are that people follow."""
    found = {tag.id: tag for tag in vocabulary(db, retired=True) if tag.id in tag_ids}
    names = {identity: tag.name(spoken()) for identity, tag in found.items()}
    return {
        identity: Place(
            names[identity], f"tags/{tag.slug}/", public=True, open=not tag.retired, language=names[identity].language
        )
        for identity, tag in found.items()
    }


def get(db: TenantSession, slug: str) -> TagView:
    """The tag at this address, retired or not; raises NotFoundError."""
    found = next((tag for tag in vocabulary(db, retired=True) if tag.slug == slug), None)
    if found is None:
        raise NotFoundError
    return found


def merged_into(db: TenantSession, slug: str) -> str | None:
    """The address of the tag that the one at this address was merged into."""
    gone = db.find(Tag, slug=slug)
    into = db.find(Tag, id=gone.merged_into) if gone and gone.merged_into else None
    return into.slug if into else None


def counts(db: TenantSession) -> dict[UUID, int]:
    """How many topics have each tag."""
    query = select(_of_topic.c.tag_id, func.count()).where(_of_topic.c.tenant_id == db.tenant.id)
    return {row[0]: row[1] for row in db.execute(query.group_by(_of_topic.c.tag_id))}


def save(db: TenantSession, slug: str | None, names: Mapping[str, str]) -> Tag:
    """Add a tag, or rename the one at this address, which stays. Raises InvalidError for one without a name, or one that
    is there already.
    """
    turns.take(db, turns.SETTINGS)
    given = each_within(names, LONGEST, "name")
    language = language_in(given, *db.tenant.languages)
    if not given:
        raise InvalidError(gettext("Give the tag a name."), f"name_{db.tenant.language}")
    _refuse_known_names(db, slug, given)
    if slug is not None:
        tag = _row(db, slug)
    else:
        tag = Tag(id=new_id(), tenant_id=db.tenant.id, slug=_free_slug(db, given[language]), position=_last(db) + 1)
        db.add(tag)
    tag.names = given
    db.flush()
    return tag


def _refuse_known_names(db: TenantSession, slug: str | None, names: Mapping[str, str]) -> None:
    """Two tags that are called the same in a language could not be told apart."""
    for other in vocabulary(db, retired=True):
        for language, name in names.items():
            if other.slug != slug and other.names.get(language, "").casefold() == name.casefold():
                raise InvalidError(gettext("There is already a tag with this name."), f"name_{language}")


def _free_slug(db: TenantSession, name: str) -> str:
    """An address out of the name; a number is added when a tag that was merged or renamed has it."""
    begin = slug_of(name, LONGEST) or "tag"
    used = {*TAKEN, *db.scalars(select(_tag.c.slug).where(_tag.c.tenant_id == db.tenant.id))}
    return next(slug for n in range(1, len(used) + 2) if (slug := begin if n == 1 else f"{begin}-{n}") not in used)


def _last(db: TenantSession) -> int:
    return db.execute(select(func.max(_tag.c.position)).where(_tag.c.tenant_id == db.tenant.id)).scalar() or 0


def retire(db: TenantSession, slug: str, on: bool) -> Tag:
    """Offer a tag no more, or again; topics keep it."""
    tag = _row(db, slug)
    tag.retired_at = (tag.retired_at or clock.now()) if on else None
    return tag


def put_before(db: TenantSession, slug: str) -> Tag:
    """Move a tag up by one place."""
    turns.take(db, turns.SETTINGS)
    order = [tag.slug for tag in vocabulary(db, retired=True)]
    tag, place = _row(db, slug), order.index(get(db, slug).slug)
    if place:
        order[place - 1], order[place] = order[place], order[place - 1]
        for position, moved in enumerate(order, start=1):
            this = (_tag.c.tenant_id == db.tenant.id, _tag.c.slug == moved)
            db.execute(update(_tag).where(*this).values(position=position))
    return tag


def merge(db: TenantSession, slug: str, into: str) -> tuple[Tag, Tag]:
    """All topics of a tag get the other one instead, and its address leads there; returns both.

    Raises InvalidError for a tag that is not there, or for itself.
    """
    turns.take(db, turns.SETTINGS)
    gone = _row(db, slug)
    target = db.find(Tag, slug=into)
    if target is None or target.merged_into or target.id == gone.id:
        raise InvalidError(gettext("Choose another tag that it becomes a part of."), "into")
    mine = (_of_topic.c.tenant_id == db.tenant.id, _of_topic.c.tag_id == gone.id)
    both = select(_of_topic.c.topic_id).where(_of_topic.c.tenant_id == db.tenant.id, _of_topic.c.tag_id == target.id)
    db.execute(delete(_of_topic).where(*mine, _of_topic.c.topic_id.in_(both)))
    db.execute(update(_of_topic).where(*mine).values(tag_id=target.id))
    leading_here = (_tag.c.tenant_id == db.tenant.id, _tag.c.merged_into == gone.id)
    db.execute(update(_tag).where(*leading_here).values(merged_into=target.id))
    gone.merged_into, gone.retired_at = target.id, gone.retired_at or clock.now()
    db.flush()
    return gone, target


def _row(db: TenantSession, slug: str) -> Tag:
    """The tag at this address, to change it."""
    found = db.find(Tag, slug=slug)
    if found is None or found.merged_into:
        raise NotFoundError
    return found

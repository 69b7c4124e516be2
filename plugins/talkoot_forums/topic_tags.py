"""The tags of topics: told with a topic by the statement that reads it, chosen, and taken along when topics merge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ScalarSelect, delete, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from talkoot.db import Json, TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.ids import new_id
from talkoot_forums.models import Tag, TopicTag

MOST = 5  # of a topic
_tag, _of_topic = Tag.__table__, TopicTag.__table__


class _TagsAsJson(FunctionElement[Any]):
    """The tags of a subquery as one JSON list: a page of topics knows them without a statement of their own."""

    type = Json
    inherit_cache = True


@compiles(_TagsAsJson, "postgresql")
def _on_postgresql(element: _TagsAsJson, compiler: SQLCompiler, **options: Any) -> str:
    ident, slug, names, position = (compiler.process(column, **options) for column in element.clauses)
    return f"jsonb_agg(jsonb_build_object('id', {ident}, 'slug', {slug}, 'names', {names}, 'position', {position}))"


@compiles(_TagsAsJson, "sqlite")
def _on_sqlite(element: _TagsAsJson, compiler: SQLCompiler, **options: Any) -> str:
    ident, slug, names, position = (compiler.process(column, **options) for column in element.clauses)
    told = f"'id', lower(hex({ident})), 'slug', {slug}, 'names', json({names}), 'position', {position}"
    return f"json_group_array(json_object({told}))"


def of(tenant_id: Any, topic_id: Any) -> ScalarSelect[Any]:
    """A column for statements that read topics: the tags of each (id, slug, names, position), in no order."""
    told = _TagsAsJson(_tag.c.id, _tag.c.slug, _tag.c.names, _tag.c.position)
    own = (_of_topic.c.tenant_id == tenant_id, _of_topic.c.topic_id == topic_id)
    is_tag = (_tag.c.tenant_id == _of_topic.c.tenant_id) & (_tag.c.id == _of_topic.c.tag_id)
    return select(told).select_from(_of_topic.join(_tag, is_tag)).where(*own).scalar_subquery()


def choose(db: TenantSession, topic_id: UUID, slugs: Iterable[str]) -> list[str]:
    """Give a topic these tags and no others, as chosen in a form; returns their slugs.

    Raises InvalidError for too many and for one that is not in the vocabulary; a retired one may stay where it is.
    """
    wanted = list(dict.fromkeys(slugs))
    if len(wanted) > MOST:
        raise InvalidError(gettext("Choose at most %(most)s tags.", most=MOST), "tags")
    now = _ids(db, topic_id)
    found = {row.slug: row for row in _known(db, wanted)} if wanted else {}
    if any(slug not in found or (found[slug].retired_at and found[slug].id not in now) for slug in wanted):
        raise InvalidError(gettext("Choose one of the options."), "tags")
    chosen = {row.id for row in found.values()}
    _take(db, topic_id, now - chosen)
    _give(db, topic_id, sorted(chosen - now))
    return wanted


def follow(db: TenantSession, topic_id: UUID, to: UUID) -> None:
    """A topic is merged into another: its tags come along as far as there is room."""
    mine, theirs = _ids(db, topic_id), _ids(db, to)
    _give(db, to, sorted(mine - theirs)[: max(0, MOST - len(theirs))])
    _take(db, topic_id, mine)


def copy(db: TenantSession, topic_id: UUID, to: UUID) -> None:
    """A topic split off another begins with the same tags."""
    _give(db, to, sorted(_ids(db, topic_id)))


def _known(db: TenantSession, slugs: Sequence[str]) -> Sequence[Any]:
    query = select(_tag.c.id, _tag.c.slug, _tag.c.retired_at)
    return db.execute(query.where(_tag.c.tenant_id == db.tenant.id, _tag.c.slug.in_(slugs))).all()


def _ids(db: TenantSession, topic_id: UUID) -> set[UUID]:
    mine = (_of_topic.c.tenant_id == db.tenant.id, _of_topic.c.topic_id == topic_id)
    return set(db.scalars(select(_of_topic.c.tag_id).where(*mine)))


def _give(db: TenantSession, topic_id: UUID, tag_ids: Sequence[UUID]) -> None:
    """Two who give the same at once give it once."""
    if not tag_ids:
        return
    rows = [{"tenant_id": db.tenant.id, "id": new_id(), "topic_id": topic_id, "tag_id": tag_id} for tag_id in tag_ids]
    db.execute(insert(_of_topic).values(rows).on_conflict_do_nothing())


def _take(db: TenantSession, topic_id: UUID, tag_ids: Iterable[UUID]) -> None:
    if gone := list(tag_ids):
        mine = (_of_topic.c.tenant_id == db.tenant.id, _of_topic.c.topic_id == topic_id)
        db.execute(delete(_of_topic).where(*mine, _of_topic.c.tag_id.in_(gone)))

"""Looking for posts: what was typed becomes keys, the database gives candidates, and its tables say which may be seen.

Candidates come newest first. A page shows at most the newest thousand that the reader may see, those first that say the
words as they were typed, then other forms of them, then compounds of which they are a part; the newest first in each. Of a
conversation the first alone is shown and how many more there are, so that a long one does not push out all others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Integer, Select, String, bindparam, cast, func, literal, select, true, union_all
from sqlalchemy.sql import ColumnElement

from talkoot.conversations.models import Post
from talkoot.db import Id, TenantSession, UtcDateTime
from talkoot.people.models import Membership
from talkoot.plugin import Searched
from talkoot.registry import Registry
from talkoot.search import candidates
from talkoot.search.keys import Keys
from talkoot.search.terms import Terms
from talkoot.tenants.models import TenantStamp

PAGE = 20
COUNTED = 1_000  # what is counted and ranked; beyond it one is told "more than"
STEPS = (
    COUNTED + 1,
    16_000,
    256_000,
    2**31 - 1,
)  # candidates looked at when most of them may not be seen or are filtered out
RANKS_APART = 2**32  # more than there are numbers: a result's place is its rank, then the newest first
_post, _author = Post.__table__, Membership.__table__
_tenant = bindparam("tenant", type_=Integer)


@dataclass(frozen=True)
class Filters:
    """What a result must be beside having the words; empty ones do not count."""

    place: UUID | None = None
    area: UUID | None = None
    since: datetime | None = None
    role: str = ""
    kind: str = ""
    unanswered: bool = False
    within: UUID | None = None  # this conversation, whose posts are all shown then

    def given(self) -> dict[str, Any]:
        """Those that count, by name."""
        return {name: value for name, value in vars(self).items() if value}


class Found(NamedTuple):
    """A page of results: rows of posts (results.py), and how many there are.

    `total` stops at COUNTED, then `more` is true; `following`: the place where it ends, when there are more; `bare`: only
    without å, ä and ö was anything found.
    """

    posts: Sequence[Any] = ()
    total: int = 0
    more: bool = False
    following: int | None = None
    bare: bool = False


def find(
    db: TenantSession, registry: Registry, keys: Keys, terms: Terms, filters: Filters, *, member: bool,
    after: int | None = None,
) -> Found:  # fmt: skip
    """A page of the posts that have these terms and that this reader may see."""
    kinds = searched(registry, db)
    if not terms or not kinds:
        return Found()
    found = _page(db, kinds, candidates.wanted(keys, terms), filters, member, after)
    if found.total or after:
        return found
    return _page(db, kinds, candidates.without_marks(keys, terms), filters, member, None)._replace(bare=True)


def searched(registry: Registry, db: TenantSession) -> tuple[Searched, ...]:
    """What search knows of the kinds of conversations that are on here."""
    kinds = registry.conversation_kinds.values()
    return tuple(kind.searched for kind in kinds if kind.searched and kind.name.partition(".")[0] in db.tenant.plugins)


def _page(
    db: TenantSession, kinds: tuple[Searched, ...], wanted: candidates.Wanted, filters: Filters, member: bool,
    after: int | None,
) -> Found:  # fmt: skip
    """Look at more candidates as long as too few of them may be seen and there are any left."""
    given = filters.given()
    dialect = db.connection().dialect.name
    conditions = (*given, *(() if member else ("public",)), *(("after",) if after else ()))
    values = {"tenant": db.tenant.id, **wanted.values(dialect), **given}
    values["after"] = after
    rows: Sequence[Any] = ()
    for most in STEPS:
        statement = _statement(dialect, kinds, conditions, most > COUNTED + 1)
        rows = db.connection().execute(statement, {**values, "most": most}).all()
        if rows[0].total > COUNTED or rows[0].candidates < most:
            break
    db.stamp = rows[0].stamp
    shown = [row for row in rows if row.id is not None]
    last = shown[PAGE - 1] if len(shown) > PAGE else None
    return Found(
        shown[:PAGE],
        min(rows[0].total, COUNTED),
        rows[0].total > COUNTED,
        last.place if last else None,
    )


@lru_cache(maxsize=256)
def _statement(dialect: str, kinds: tuple[Searched, ...], conditions: tuple[str, ...], cut: bool) -> Select[Any]:
    """Candidates, then those that may be seen, then a page of these with their texts.

    `cut`: the candidates may be more than are counted. Both counts and the tenant's stamp are in every row, of which there is one at least.
    """
    hits = candidates.statement(dialect).cte("hits")
    query = _seen(hits, kinds, [name for name in conditions if name != "after"])
    seen = (query.order_by(hits.c.number.desc()).limit(COUNTED + 1) if cut else query).cte("seen")
    first = _every(seen) if "within" in conditions else _first_of_each(seen)
    page = select(first).order_by(first.c.place).limit(PAGE + 1)
    if "after" in conditions:
        page = page.where(first.c.place > bindparam("after", type_=BigInteger))
    shown = _read(page.subquery("page")).subquery("shown")
    counts = select(
        select(func.count()).select_from(seen).scalar_subquery().label("total"),
        select(func.count()).select_from(hits).scalar_subquery().label("candidates"),
        select(TenantStamp.n).where(TenantStamp.tenant_id == _tenant).scalar_subquery().label("stamp"),
    ).subquery("counts")
    return select(counts, shown).join_from(counts, shown, true(), isouter=True).order_by(shown.c.place)


def _every(seen: Any) -> Any:
    return select(seen, literal(0).label("more_here")).subquery("every")


def _first_of_each(seen: Any) -> Any:
    """The best of each conversation, and how many more of it were found."""
    own = seen.c.conversation_id
    best = func.min(seen.c.place).over(partition_by=own).label("best")
    more = (func.count().over(partition_by=own) - 1).label("more_here")
    each = select(seen, best, more).subquery("each")
    return select(each).where(each.c.place == each.c.best).subquery("first")


def _read(page: Any) -> Select[Any]:
    """The posts of a page as they are shown, by the reader's own rights."""
    posts = (_post.c.tenant_id == _tenant) & (_post.c.id == page.c.id)
    authors = (_author.c.tenant_id == _tenant) & (_author.c.id == _post.c.author_id)
    return (
        select(
            page,
            *(_post.c[name] for name in ("n", "html", "language", "created_at", "author_id")),
            _author.c.name.label("author"),
            _author.c.verified_as,
            _author.c.erased_at.label("author_erased"),
        )
        .join_from(page, _post, posts)
        .join(_author, authors)
        .where(_post.c.hidden_at.is_(None), _post.c.erased_at.is_(None))
    )


def _seen(hits: Any, kinds: Sequence[Searched], conditions: Sequence[str]) -> Select[Any]:
    """The candidates that may be seen and fit the filters."""
    every = [kind.conversations.where(kind.conversations.selected_columns.tenant_id == _tenant) for kind in kinds]
    about = (union_all(*every) if len(every) > 1 else every[0]).subquery("about")
    is_about = (about.c.tenant_id == _tenant) & (about.c.conversation_id == hits.c.conversation_id)
    titles = about.c.title, about.c.language.label("title_language")
    place = cast(hits.c.rank, BigInteger) * literal(RANKS_APART, BigInteger) - hits.c.number
    query = select(*hits.c, place.label("place"), *titles).join_from(hits, about, is_about)
    if {"since", "role"} & set(conditions):
        query = query.join(_post, (_post.c.tenant_id == _tenant) & (_post.c.id == hits.c.id))
    if "role" in conditions:
        query = query.join(_author, (_author.c.tenant_id == _tenant) & (_author.c.id == _post.c.author_id))
    return query.where(*(_condition(name, about) for name in conditions))


def _condition(name: str, about: Any) -> ColumnElement[bool]:
    conditions: Mapping[str, ColumnElement[bool]] = {
        "public": about.c.public.is_(True),
        "place": about.c.place_id == bindparam("place", type_=Id()),
        "area": about.c.area_id == bindparam("area", type_=Id()),
        "since": _post.c.created_at >= bindparam("since", type_=UtcDateTime()),
        "role": _author.c.verified_as == bindparam("role", type_=String()),
        "kind": about.c.kind == bindparam("kind", type_=String()),
        "unanswered": about.c.answered.is_(False),
        "within": about.c.conversation_id == bindparam("within", type_=Id()),
    }
    return conditions[name]

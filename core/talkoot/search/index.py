"""Keeping the index: an entry for each post, made after the post was saved, and anew when its words change.

Who may see a conversation is not in the index: a query asks the tables for that (querying.py), and triggers say which posts
are hidden or stand elsewhere (full_text.py). So nothing has to be made anew when a post is hidden or moved, or a forum closes its doors.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import unescape
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import and_, delete, func, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.places import places
from talkoot.db import TenantSession, turns
from talkoot.jobs import outbox
from talkoot.registry import Registry
from talkoot.search.analyzers import Analyzers
from talkoot.search.full_text import SLICE, SLICE_MARK
from talkoot.search.keys import Keys
from talkoot.search.models import SearchEntry

POST_CHANGED = "search.post"  # the job
_WITHIN_WORDS = re.compile(r"</?(?:a|strong|em|s|code)\b[^>]*>")
_PICTURE = re.compile(r'<img\b[^>]*\balt="([^"]*)"[^>]*>')
_TAG = re.compile(r"<[^>]+>")
_entry, _post, _conversation = SearchEntry.__table__, Post.__table__, Conversation.__table__
_add = insert(_entry)
_upsert = _add.on_conflict_do_update(
    index_elements=["tenant_id", "id"],
    set_={name: _add.excluded[name] for name in ("version", "conversation_id", "hidden", "words")},
)


class Text(NamedTuple):
    """A post that is to be found: its text, and the title when it is the first under one."""

    id: UUID
    language: str
    html: str
    title: str
    conversation_id: UUID
    hidden: bool


def text_of(html: str) -> str:
    """The words of a post as they are read, each block on a line of its own, pictures by what is said of them."""
    bare = _TAG.sub("\n", _PICTURE.sub(r" \1 ", _WITHIN_WORDS.sub("", html)))
    return unescape(re.sub(r"\s*\n\s*", "\n", bare)).strip()


def entry_of(keys: Keys, text: Text, number: int) -> str:
    """What the index holds of a post: its words and keys, and in which slice of the tenant's posts it is."""
    languages = keys.languages if text.language in keys.languages else (*keys.languages, text.language)
    own = Keys(keys.tenant_id, keys.analyzers, languages)
    return f"{own.entry((text.title, text_of(text.html)))} {keys.tenant_id}{SLICE_MARK}{number // SLICE}"


def row_of(keys: Keys, text: Text, number: int) -> dict[str, Any]:
    """The entry of a post."""
    return {
        "tenant_id": keys.tenant_id,
        "id": text.id,
        "number": number,
        "version": keys.analyzers.version,
        "conversation_id": text.conversation_id,
        "hidden": text.hidden,
        "words": entry_of(keys, text, number),
    }


def changed(db: TenantSession, post_ids: Iterable[UUID]) -> None:
    """Leave a job for each post whose words have changed: its text, or the title over it."""
    for post_id in dict.fromkeys(post_ids):
        outbox.add(db, POST_CHANGED, post_id)


def firsts(db: TenantSession, *conversation_ids: UUID) -> list[UUID]:
    """The posts that are found by the titles of these conversations: the first of each."""
    here = (_post.c.tenant_id == db.tenant.id, _post.c.conversation_id.in_(conversation_ids), _post.c.n == 1)
    return list(db.scalars(select(_post.c.id).where(*here)))


def keep(db: TenantSession, registry: Registry, analyzers: Analyzers, post_ids: Sequence[UUID]) -> int:
    """Make the entries of these posts, or make them anew; returns how many. What is erased has none."""
    keys = Keys(db.tenant.id, analyzers, db.tenant.languages)
    found = list(texts(db, registry, post_ids))
    turns.take(db, _entry.name)
    numbers = _numbers(db, [text.id for text in found])
    rows = [row_of(keys, text, numbers[text.id]) for text in found]
    if rows:
        db.execute(_upsert, rows)
    forget(db, set(post_ids) - {text.id for text in found})
    return len(rows)


def forget(db: TenantSession, post_ids: Iterable[UUID]) -> None:
    """Take posts out of the index."""
    if ids := list(post_ids):
        db.execute(delete(_entry).where(_entry.c.tenant_id == db.tenant.id, _entry.c.id.in_(ids)))


def texts(db: TenantSession, registry: Registry, post_ids: Sequence[UUID]) -> Iterator[Text]:
    """The posts of these ids that have a text, with the titles over them; the oldest first."""
    around = and_(_conversation.c.tenant_id == _post.c.tenant_id, _conversation.c.id == _post.c.conversation_id)
    columns = (_post.c[name] for name in ("id", "n", "language", "html", "conversation_id", "hidden_at"))
    query = select(*columns, _conversation.c.subject_kind, _conversation.c.subject_id).join_from(
        _post, _conversation, around
    )
    own = (_post.c.tenant_id == db.tenant.id, _post.c.id.in_(post_ids), _post.c.erased_at.is_(None))
    query = query.where(*own).order_by(_post.c.created_at, _post.c.id)
    if db.writing:  # nobody hides or moves a post between this reading and the entry's writing
        query = query.with_for_update(read=True, of=_post)
    rows = db.execute(query).all()
    titled = places(db, registry, {(row.subject_kind, row.subject_id) for row in rows if row.n == 1})
    for row in rows:
        place = titled.get((row.subject_kind, row.subject_id)) if row.n == 1 else None
        title = place.title if place else ""
        yield Text(row.id, row.language, row.html, title, row.conversation_id, row.hidden_at is not None)


def _numbers(db: TenantSession, post_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """The numbers that these posts have in the index; those that have none get the next ones, in this order."""
    own = _entry.c.tenant_id == db.tenant.id
    rows = db.execute(select(_entry.c.id, _entry.c.number).where(own, _entry.c.id.in_(post_ids)))
    known: dict[UUID, int] = {row.id: row.number for row in rows}
    following = (db.execute(select(func.max(_entry.c.number)).where(own)).scalar() or 0) + 1
    new = [post_id for post_id in post_ids if post_id not in known]
    return known | {post_id: following + n for n, post_id in enumerate(new)}

"""The versions of a post, a page at a time, each with what it changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from talkoot.conversations import differences
from talkoot.conversations.differences import Piece
from talkoot.conversations.models import Post, PostVersion
from talkoot.db import TenantSession, for_tenant

PAGE = 5  # comparing five pairs of the longest texts takes half a second at most


@dataclass(frozen=True)
class Version:
    """A text that the post has had since a moment. `changed`: against the version before; None for the first one."""

    number: int
    at: datetime
    text: str
    changed: list[Piece] | None = None


def versions(db: TenantSession, post: Post, *, before: int | None = None) -> tuple[list[Version], int | None]:
    """A page of versions, newest first, and the key of the next page; `before` is the last version of the page before."""
    query = for_tenant(db, PostVersion).where(PostVersion.post_id == post.id)
    if before is not None:
        query = query.where(PostVersion.version < before)
    rows = db.scalars(query.order_by(PostVersion.version.desc()).limit(PAGE + 1))
    found = [Version(row.version, row.created_at, row.source) for row in rows]
    if before is None:
        found.insert(0, Version(post.version, post.edited_at or post.created_at, post.source))
    shown = [_compared(one, older) for one, older in zip(found[:PAGE], [*found[1:], None], strict=False)]
    return shown, shown[-1].number if len(found) > PAGE else None


def _compared(one: Version, older: Version | None) -> Version:
    changed = differences.pieces(older.text, one.text) if older else None
    return Version(one.number, one.at, one.text, changed)

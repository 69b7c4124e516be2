"""The posts of a page of results as they are shown: hits marked, and who has left without a name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from markupsafe import Markup

from talkoot.search.excerpts import Marker
from talkoot.search.index import text_of


class Result(NamedTuple):
    """A post that was found. `author_id` is None for who has left; `more_here`: so many others of its conversation."""

    id: UUID
    conversation_id: UUID
    more_here: int
    title: Markup
    title_language: str
    reply: bool
    excerpt: Markup
    language: str
    created_at: datetime
    author_id: UUID | None
    author: str
    verified_as: str | None


def results(posts: Iterable[Any], marker: Marker) -> list[Result]:
    """The rows of a page (querying.py), made ready to be shown."""
    return [_result(post, marker) for post in posts]


def _result(post: Any, marker: Marker) -> Result:
    gone = post.author_erased is not None
    return Result(
        post.id,
        post.conversation_id,
        post.more_here,
        marker.marked(post.title),
        post.title_language,
        post.n > 1,
        marker.excerpt(text_of(post.html)),
        post.language,
        post.created_at,
        None if gone else post.author_id,
        "" if gone else post.author,
        None if gone else post.verified_as,
    )

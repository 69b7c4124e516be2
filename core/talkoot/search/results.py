"""The posts of a page of results as they are shown: hits marked, and who has left without a name."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from markupsafe import Markup

from talkoot import i18n
from talkoot.i18n import ngettext
from talkoot.search.excerpts import Marker
from talkoot.search.index import text_of


class Result(NamedTuple):
    """A post that was found. `author_id` is None for who has left; `more_here` tells of others of its conversation."""

    id: UUID
    conversation_id: UUID
    more_here: str
    title: Markup
    title_language: str
    reply: bool
    excerpt: Markup
    language: str
    created: Markup
    author_id: UUID | None
    author: str
    verified_as: str | None


def results(posts: Iterable[Any], marker: Marker, language: str, zone: str) -> list[Result]:
    """The rows of a page (querying.py), made ready to be shown in a language and a time zone."""
    return [_result(post, marker, language, zone) for post in posts]


def _result(post: Any, marker: Marker, language: str, zone: str) -> Result:
    gone = post.author_erased is not None
    return Result(
        post.id,
        post.conversation_id,
        _others(post.more_here, language) if post.more_here else "",
        marker.marked(post.title),
        post.title_language,
        post.n > 1,
        marker.excerpt(text_of(post.html)),
        post.language,
        i18n.time_tag(post.created_at, language, zone),
        None if gone else post.author_id,
        "" if gone else post.author,
        None if gone else post.verified_as,
    )


@lru_cache(maxsize=4_096)
def _others(count: int, language: str) -> str:
    with i18n.speaking(language):
        return ngettext(
            "%(count)s other post in this discussion",
            "%(count)s other posts in this discussion",
            count,
            count=i18n.format_number(count),
        )

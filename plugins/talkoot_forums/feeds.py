"""Atom feeds (RFC 4287) of the tenant, an area, a forum and a topic; public content only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from flask import Response, request

from talkoot import clock
from talkoot.conversations import pages, posts
from talkoot.conversations.rendering import excerpt, placed
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.render import cacheable, environment
from talkoot_forums import forums, listing, nearby, tags, topics
from talkoot_forums.views import blueprint


@dataclass(frozen=True)
class Entry:
    """One entry of a feed. `id` never changes, whatever happens to titles and addresses."""

    id: str
    title: str
    url: str
    at: datetime
    author: str
    language: str
    html: str = ""  # the whole text
    words: str = ""  # or its beginning, without markup


@blueprint.get("/feed.atom")
def tenant_feed() -> Response:
    """The topics last written in."""
    return _feed(here.tenant().name(here.language()), "", _of_topics(topics.latest(here.db(), limit=25)))


@blueprint.get("/areas/<slug>/feed.atom")
def area_feed(slug: str) -> Response:
    """The same for an area."""
    area = areas.get(here.db(), slug)
    listed = nearby.latest(here.db(), area.id, limit=25)
    return _feed(area.name(here.language()), f"areas/{slug}/", _of_topics(listed))


@blueprint.get("/forums/<slug>/feed.atom")
def forum_feed(slug: str) -> Response:
    """The newest topics of a forum."""
    forum = forums.get(here.db(), slug, member=False)
    listed, _ = listing.in_forum(here.db(), forum.id, limit=25)
    return _feed(forum.name(here.language()), f"forums/{slug}/", _of_topics(listed))


@blueprint.get("/tags/<slug>/feed.atom")
def tag_feed(slug: str) -> Response:
    """The topics with a tag that were last written in."""
    tag = tags.get(here.db(), slug)
    listed, _ = listing.everywhere(here.db(), tag_id=tag.id, limit=25)
    return _feed(tag.name(here.language()), f"tags/{slug}/", _of_topics(listed))


@blueprint.get("/topics/<number:number>/feed.atom")
def topic_feed(number: int) -> Response:
    """The newest posts of a topic."""
    topic = topics.get(here.db(), number, member=False)
    newest = posts.newest(here.db(), topic.conversation_id)
    shown = pages.between(here.db(), topic.conversation_id, newest - 24, newest)
    entries = [
        Entry(
            f"urn:uuid:{post.id}",
            f"{topic.title} #{post.n}",
            f"{here.tenant().url}/posts/{post.id}",
            post.edited_at or post.created_at,
            post.author or "–",
            post.language,
            placed(post.html, here.tenant().url),
        )
        for post in reversed(shown)
        if post.state == "shown"
    ]
    return _feed(topic.title, topic.path, entries)


def _of_topics(found: list[topics.TopicView]) -> list[Entry]:
    firsts = pages.firsts(here.db(), [t.conversation_id for t in found])
    return [
        Entry(
            f"urn:uuid:{t.id}",
            t.title,
            f"{here.tenant().url}/{t.path}",
            t.last_post_at,
            t.last_author or "–",
            t.language,
            words=excerpt(firsts[t.conversation_id], 400) if t.conversation_id in firsts else "",
        )
        for t in found
    ]


def _feed(title: str, path: str, entries: list[Entry]) -> Response:
    tenant = here.tenant()
    updated = max(
        (entry.at for entry in entries), default=clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    )
    body = (
        environment()
        .get_template("forums/feed.atom")
        .render(
            title=title,
            site=tenant.name(here.language()),
            base=tenant.url,
            path=path,
            entries=entries,
            updated=updated,
            address=f"{tenant.url}{request.path}",
            language=here.language(),
            feed_id=f"tag:talkoot,{tenant.slug}:{request.path}",
        )
    )
    return cacheable(Response(body, mimetype="application/atom+xml"))

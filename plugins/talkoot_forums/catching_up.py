"""Pages for who comes back: what is new, marks of what was read, and the question whether anybody has replied.

No GET writes: the page tells what was read (static/reading.js), without JavaScript a button does.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from talkoot import clock
from talkoot.access.actor import Actor
from talkoot.conversations import pages, posts, reader, reading
from talkoot.conversations.reader import Reader
from talkoot.errors import ForbiddenError, InvalidError
from talkoot.i18n import gettext
from talkoot.notices.reading import read_in as read_notices
from talkoot.web import here, limits
from talkoot.web.forms import number_of
from talkoot.web.here import JoinNeededError
from talkoot.web.notices import done
from talkoot.web.render import cacheable, page, wants_partial
from talkoot.web.unchanged import own
from talkoot_forums import forums, news
from talkoot_forums.topics import TopicView
from talkoot_forums.views import articles, blueprint, topic_of

mine = Blueprint("news", __name__)  # of its own, so that the menu does not say of each topic that it belongs there


def _reading_member() -> Actor:
    """The member who reads. Guests are asked to sign in, others to join; who is blocked reads as a guest does."""
    who = here.require_person()
    if who.membership_id is None:
        raise JoinNeededError
    if not who.is_member:
        raise ForbiddenError
    return who


def _reader_id() -> UUID:
    member_id = _reading_member().membership_id
    assert member_id, "a member has a membership"
    return member_id


@mine.get("/new/")
def index() -> str:
    """The topics in which others have written since the member has read them."""
    who, before = _reading_member(), request.args.get("before", type=number_of)
    found, more = news.for_reader(here.db(), who, topic_of(before) if before else None)
    return page(
        "forums/news.html",
        partial="forums/_news.html" if before else None,
        topics=[topic for topic, _ in found],
        news={topic.id: its for topic, its in found},
        more=more,
        now=clock.now(),
        today=clock.today(here.tenant().time_zone),
    )


@mine.post("/new/read")
def all_read() -> Any:
    """Everything here counts as read."""
    reading.read_all(here.db(), _reader_id(), _until())
    here.db().quiet = True  # nobody else sees it
    return done("read", "forums.news.index")


@blueprint.post("/forums/<slug>/read")
def forum_read(slug: str) -> Any:
    """Everything in a forum counts as read."""
    reader_id, found = _reader_id(), forums.get(here.db(), slug)
    reading.read_in(here.db(), reader_id, (forums.SCOPE, found.id), _until())
    here.db().quiet = True
    return done("read", "forums.forum", slug=slug)


def _until() -> datetime:
    """When the page with the button was made: what came after that, nobody has seen. Raises InvalidError for no time."""
    found = request.form.get("until", type=_moment)
    if found is None:
        raise InvalidError(gettext("Choose one of the options."), "until")
    return min(max(found, clock.now() - reading.NEWS_FOR), clock.now())


def _moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found


@blueprint.post("/topics/<number:number>/read")
def topic_read(number: int) -> Any:
    """The posts of a topic up to this number `n` were read; `quiet`: the page tells it by itself, nobody waits for a page."""
    reader_id, found = _reader_id(), topic_of(number)
    n = request.form.get("n", default=0, type=number_of)
    if not 0 < n <= found.newest:
        raise InvalidError(gettext("Choose one of the options."), "n")
    reading.read_to(here.db(), reader_id, found.conversation_id, n)
    read_notices(here.db(), reader_id, found.conversation_id, n)
    here.db().quiet = True
    if "quiet" in request.form:
        return Response(status=204)
    target = posts.page_of(n)
    return done(
        "read",
        "forums.topic",
        f"p{n}",
        number=number,
        slug=found.slug or None,
        page=target if target > 1 else None,
    )


@blueprint.get("/topics/<number:number>/unread")
def first_unread(number: int) -> Any:
    """Leads to the first post that is new to the member, or to the newest one."""
    here.require("forums.read")
    found = topic_of(number)
    known = reader.of(here.db(), here.actor(), found.conversation_id, (forums.SCOPE, found.forum_id))
    return _at(found, known.unread or found.newest)


@blueprint.get("/topics/<number:number>/newest")
def newest(number: int) -> Response:
    """The number of the newest post, for pages that ask now and then. That there is none is told before Flask."""
    here.require("forums.read")
    found = topic_of(number)
    response = make_response(str(found.newest))
    response.mimetype = "text/plain"
    return cacheable(response) if here.actor().is_guest else own(response)


@blueprint.get("/topics/<number:number>/replies")
def replies(number: int) -> Any:
    """The posts after a number, put under those that a page shows; as a link it leads to them."""
    here.require("forums.read")
    found = topic_of(number)
    first = request.args.get("after", default=0, type=number_of) + 1
    if not wants_partial():
        return _at(found, min(first, found.newest))
    see_hidden = here.actor().may("conversations.see_hidden", *found.scopes)
    shown = pages.between(here.db(), found.conversation_id, first, first + posts.PAGE - 1, see_hidden=see_hidden)
    return str(articles(found, shown, Reader(unread=first)))


def _at(found: TopicView, n: int) -> Any:
    """Leads to a post of a topic."""
    at = posts.page_of(n)
    page_asked = at if at > 1 else None
    target = url_for("forums.topic", number=found.number, slug=found.slug or None, page=page_asked, _anchor=f"p{n}")
    return redirect(target, 302)


blueprint.register_blueprint(mine)
limits.apart("forums.topic_read", "1200/minute")

"""Pages of forums and topics."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for
from markupsafe import Markup

from talkoot import clock
from talkoot.conversations import drafts, fragments, pages, posts, reader
from talkoot.conversations.drafts import Spot
from talkoot.conversations.rendering import quoted
from talkoot.errors import NotFoundError
from talkoot.ids import parse_id
from talkoot.notices import following
from talkoot.notices.following import CONVERSATION
from talkoot.tenants import areas, sharing
from talkoot.web import editor, here
from talkoot.web.editor import Editing
from talkoot.web.forms import number_of
from talkoot.web.render import page
from talkoot_forums import browsing, forums, listing, news, parties, tags, topics
from talkoot_forums.forums import ForumView
from talkoot_forums.models import KINDS
from talkoot_forums.topics import TopicView

blueprint = Blueprint("forums", __name__)


def _member() -> bool:
    return here.actor().is_member


def topic_of(number: int) -> TopicView:
    """The topic with this number, as far as the visitor may know of it; else NotFoundError."""
    return topics.get(here.db(), number, member=_member())


@blueprint.get("/forums/")
def index() -> str:
    """All forums of the tenant, and those that its region and co-operation areas share with it."""
    here.require("forums.read")
    own = forums.listed(here.db(), member=_member())
    return page(
        "forums/index.html",
        forums=own,
        areas=areas.areas(here.db()),
        shared=_shared_owners(),
        tags=tags.vocabulary(here.db()),
    )


def _shared_owners() -> list[Any]:
    """The wholes this tenant belongs to where forums are on; each has a page here that shows its forums."""
    snapshot = here.app().directory.current()
    return [whole for whole in snapshot.wholes_of(here.tenant()) if "forums" in whole.plugins]


@blueprint.get("/shared/<owner>/")
def shared(owner: str) -> str:
    """The shared forums of a region or co-operation area, inside this municipality's own site."""
    whole = next((t for t in _shared_owners() if t.slug == owner), None)
    if whole is None:
        raise NotFoundError

    def read(db: Any) -> Any:
        found = forums.listed(db, shared=True, member=False)
        return [(forum, listing.in_forum(db, forum.id, limit=10)[0]) for forum in found]

    found = sharing.shared_read(here.app().database, here.app().directory.current(), here.tenant(), whole, read)
    sharing.depends_on(whole)
    return page("forums/shared.html", owner=whole, found=found, today=clock.today(whole.time_zone))


@blueprint.get("/forums/<slug>/")
def forum(slug: str) -> Any:
    """One forum's topics."""
    here.require("forums.read")
    found = forums.get(here.db(), slug, member=_member())
    asked = browsing.asked()
    before = request.args.get("before", type=number_of)
    listed, more = listing.in_forum(here.db(), found.id, asked.filters, tag_id=asked.tag_id, before=before)
    return page(
        "forums/forum.html",
        partial="forums/_topics.html" if before else None,
        forum=found,
        topics=listed,
        more=more,
        asked=asked,
        address=url_for("forums.forum", slug=slug),
        today=clock.today(here.tenant().time_zone),
        may_write=found.standing != "ended",
        conveners=forums.conveners(here.db(), found.id),
        news=news.among(here.db(), here.actor(), listed),
        now=clock.now(),
        follow=following.button(here.db(), here.actor(), (forums.SCOPE, found.id)),
    )


@blueprint.get("/topics/<number:number>")
@blueprint.get("/topics/<number:number>/<slug>")
def topic(number: int, slug: str = "") -> Any:
    """A page of a topic."""
    here.require("forums.read")
    try:
        found = topic_of(number)
    except NotFoundError:
        if (target := topics.moved_to(here.db(), number)) is None:
            raise
        return redirect(url_for("forums.topic", number=target), 301)
    wanted = max(request.args.get("page", default=1, type=number_of), 1)
    asked = min(wanted, posts.page_of(found.newest))
    if asked != wanted or (slug and slug != found.slug):  # 302: a topic may grow, and a title may be changed back
        page_asked = asked if asked > 1 else None
        return redirect(url_for("forums.topic", number=number, slug=found.slug or None, page=page_asked), 302)
    actor, db = here.actor(), here.db()
    shown = pages.page(
        db, found.conversation_id, asked, see_hidden=actor.may("conversations.see_hidden", *found.scopes)
    )
    first = (asked - 1) * posts.PAGE + 1
    known = reader.of(db, actor, found.conversation_id, (forums.SCOPE, found.forum_id), first=first)
    return page("forums/topic.html", **_around(found, pages.reacted(shown, known.given), asked, known))


def _around(found: TopicView, shown: list[pages.PostView], number: int, known: reader.Reader) -> dict[str, Any]:
    """What a topic's page needs."""
    last = posts.page_of(found.newest)
    return {
        "topic": found,
        "follow": (CONVERSATION, found.conversation_id, known.follows),
        "posts": articles(found, shown, known),
        "number": number,
        "last": last,
        "pages": pager(number, last),
        "convene": here.actor().may("forums.convene", *found.scopes),
        "promise": found.promise(here.language(), clock.today(here.tenant().time_zone)),
        "silent": parties.silent(here.tenant(), found),
        "unread": known.unread,
        "unread_page": posts.page_of(known.unread or 1),
        "end": min(number * posts.PAGE, found.newest),
        "editing": _reply_form(found, known),
    }


def articles(found: TopicView, shown: list[pages.PostView], known: reader.Reader) -> Markup:
    """The HTML of some of a topic's posts, as this reader sees them."""
    around = here.around(
        reply=f"{request.script_root}/topics/{found.number}/reply" if found.open else "",
        open=found.open,
        moderate=here.actor().may("conversations.moderate", *found.scopes),
        extras=_extras(found, shown),
        unread=known.unread,
        kept=known.kept if _member() else None,
    )
    return fragments.posts(shown, around)


def _reply_form(found: TopicView, known: reader.Reader) -> editor.Editing | None:
    """The form under the posts, for who may write here."""
    if not (found.open and here.actor().may("forums.write", *found.scopes)):
        return None
    return editor.opened(Spot.of(found.conversation_id), known.draft)


def _extras(topic: TopicView, shown: list[pages.PostView]) -> dict[Any, list[str]]:
    """What plugins put under these posts, by post."""
    found: dict[Any, list[str]] = {}
    asked = {"db": here.db(), "actor": here.actor(), "posts": shown, "is_open": topic.open}
    for _, extras in here.registry().collect("post_extras", here.tenant(), **asked):
        for post_id, html in extras.items():
            found.setdefault(post_id, []).append(html)
    return found


def pager(number: int, last: int) -> list[int | None]:
    """The pages to link: first, last and those around this one; None is a gap."""
    near = sorted({1, last, *(n for n in range(number - 2, number + 3) if 1 <= n <= last)})
    found: list[int | None] = []
    for n in near:
        if found and found[-1] is not None and n - found[-1] > 1:
            found.append(None)
        found.append(n)
    return found


@blueprint.route("/forums/<slug>/new", methods=["GET", "POST"])
def new(slug: str) -> Any:
    """Begin a topic."""
    found = forums.get(here.db(), slug, member=_member())
    if request.method != "POST" and found.standing == "ended":
        return here.go("forums.forum", slug=slug)  # which says so; nobody is asked to sign in or to join for nothing
    author, spot = here.member_id("forums.write", *found.scopes), Spot(topics.KIND, found.id)
    if request.method == "POST":
        editing, form = editor.posted(lambda: _begun(found, author, spot), spot), editor.fields()
        if not isinstance(editing, Editing):
            return editing
    else:
        kept = drafts.get(here.db(), author, spot)
        editing, form = editor.opened(spot, kept), dict(kept.fields) if kept else {}
    offered = tags.vocabulary(here.db())
    body = page(
        "forums/new.html", forum=found, kinds=KINDS, tags=offered, error=editing.error, form=form, editing=editing
    )
    return make_response(body, 422 if editing.error else 200)


def _begun(found: ForumView, author: UUID, spot: Spot) -> Any:
    """Begin the topic that the form describes."""
    number, _ = topics.begin(
        here.db(),
        here.registry(),
        found.id,
        title=request.form.get("title", ""),
        kind=request.form.get("kind", ""),
        draft=_draft(author),
        tags=request.form.getlist("tags"),
    )
    editor.sent(author, spot)
    return here.go("forums.topic", number=number)


@blueprint.route("/topics/<number:number>/reply", methods=["GET", "POST"])
def reply(number: int) -> Any:
    """Answer in a topic, or in the one it has been merged into; perhaps quoting a post."""
    found = _topic_to_answer(number)
    if request.method != "POST" and not found.open:
        return here.go("forums.topic", number=found.number, slug=found.slug or None)
    author, spot = here.member_id("forums.write", *found.scopes), Spot.of(found.conversation_id)
    asked = request.values.get("quote", "")
    if request.method == "POST":
        editing, quote = editor.posted(lambda: _answered(found, author, spot), spot), _quoted(found, asked)
        if not isinstance(editing, Editing):
            return editing
    else:
        kept = drafts.get(here.db(), author, spot)
        quote = _quoted(found, asked or (kept.fields.get("quote", "") if kept else ""))
        editing = editor.opened(spot, kept, _with_quotation(kept.text if kept else "", quote if asked else None))
    body = page("forums/reply.html", topic=found, error=editing.error, quote=quote, editing=editing)
    return make_response(body, 422 if editing.error else 200)


def _answered(found: TopicView, author: UUID, spot: Spot) -> Any:
    """Save the reply that the form holds."""
    added = topics.reply(here.db(), here.registry(), found, _draft(author))
    editor.sent(author, spot)
    target = posts.page_of(added.n)
    return here.go(
        "forums.topic",
        number=found.number,
        slug=found.slug or None,
        page=target if target > 1 else None,
        anchor=f"p{added.n}",
    )


def _with_quotation(begun: str, quote: pages.PostView | None) -> str:
    """What has been begun, and under it what is to be quoted now."""
    quotation = quoted(posts.get(here.db(), quote.id).source) if quote else ""
    return f"{begun.rstrip()}\n\n{quotation}" if begun and quotation else begun or quotation


def _topic_to_answer(number: int) -> TopicView:
    try:
        return topic_of(number)
    except NotFoundError:
        if (target := topics.moved_to(here.db(), number)) is None:
            raise
        return topic_of(target)


def _quoted(found: TopicView, asked: str) -> pages.PostView | None:
    """The post of this topic that is to be quoted, when it can be seen."""
    post_id = parse_id(asked)
    shown = pages.one(here.db(), post_id, within=found.conversation_id) if post_id else None
    return shown if shown and shown.state == "shown" else None


def _draft(author: Any) -> posts.NewPost:
    return posts.NewPost(
        author_id=author,
        text=request.form.get("text", ""),
        submission=here.submission(),
        language=here.language(),
        quote_of=parse_id(request.form.get("quote", "")),
    )

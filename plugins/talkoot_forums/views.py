"""Pages of forums and topics."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, redirect, request, url_for

from talkoot import clock
from talkoot.conversations import fragments, pages, posts
from talkoot.conversations.rendering import quoted
from talkoot.errors import InvalidError, NotFoundError
from talkoot.ids import parse_id
from talkoot.tenants import areas, sharing
from talkoot.web import here
from talkoot.web.forms import number_of
from talkoot.web.render import page
from talkoot_forums import forums, parties, topics
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
    return page("forums/index.html", forums=own, areas=areas.areas(here.db()), shared=_shared_owners())


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
        return [(forum, topics.in_forum(db, forum.id, limit=10)[0]) for forum in found]

    found = sharing.shared_read(here.app().database, here.app().directory.current(), here.tenant(), whole, read)
    sharing.depends_on(whole)
    return page("forums/shared.html", owner=whole, found=found, today=clock.today(whole.time_zone))


@blueprint.get("/forums/<slug>/")
def forum(slug: str) -> Any:
    """One forum's topics."""
    here.require("forums.read")
    found = forums.get(here.db(), slug, member=_member())
    kind = request.args.get("kind")
    before = request.args.get("before", type=number_of)
    listed, more = topics.in_forum(here.db(), found.id, kind=kind, before=before)
    return page(
        "forums/forum.html",
        partial="forums/_topics.html" if before else None,
        forum=found,
        topics=listed,
        more=more,
        kinds=KINDS,
        kind=kind if kind in KINDS else None,
        today=clock.today(here.tenant().time_zone),
        may_write=found.standing != "ended",
        conveners=forums.conveners(here.db(), found.id),
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
        db,
        found.conversation_id,
        asked,
        see_hidden=actor.may("conversations.see_hidden", *found.scopes),
        reader=actor.membership_id,
    )
    return page("forums/topic.html", **_around(found, shown, asked))


def _around(found: TopicView, shown: list[pages.PostView], number: int) -> dict[str, Any]:
    """What a topic's page needs."""
    actor, last = here.actor(), posts.page_of(found.newest)
    moderate = actor.may("conversations.moderate", *found.scopes)
    around = here.around(
        reply=f"{request.script_root}/topics/{found.number}/reply" if found.open else "",
        moderate=moderate,
        extras=_extras(shown),
    )
    return {
        "topic": found,
        "posts": fragments.posts(shown, around),
        "number": number,
        "last": last,
        "pages": pager(number, last),
        "convene": actor.may("forums.convene", *found.scopes),
        "promise": found.promise(here.language(), clock.today(here.tenant().time_zone)),
        "silent": parties.silent(here.tenant(), found),
    }


def _extras(shown: list[pages.PostView]) -> dict[Any, list[str]]:
    """What plugins put under these posts, by post."""
    found: dict[Any, list[str]] = {}
    for _, extras in here.registry().collect(
        "post_extras", here.tenant(), db=here.db(), actor=here.actor(), posts=shown
    ):
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
    author = here.member_id("forums.write", *found.scopes)
    error = None
    if request.method == "POST":
        try:
            number, _ = topics.begin(
                here.db(),
                here.registry(),
                found.id,
                title=request.form.get("title", ""),
                kind=request.form.get("kind", ""),
                draft=_draft(author),
            )
            return here.go("forums.topic", number=number)
        except InvalidError as refused:
            error = refused
    body = page("forums/new.html", forum=found, kinds=KINDS, error=error, form=request.form)
    return make_response(body, 422 if error else 200)


@blueprint.route("/topics/<number:number>/reply", methods=["GET", "POST"])
def reply(number: int) -> Any:
    """Answer in a topic, or in the one it has been merged into; perhaps quoting a post."""
    found = _topic_to_answer(number)
    if request.method != "POST" and not found.open:
        return here.go("forums.topic", number=found.number, slug=found.slug or None)
    author = here.member_id("forums.write", *found.scopes)
    error = None
    if request.method == "POST":
        try:
            added = topics.reply(here.db(), here.registry(), found, _draft(author))
            target = posts.page_of(added.n)
            return here.go(
                "forums.topic",
                number=found.number,
                slug=found.slug or None,
                page=target if target > 1 else None,
                anchor=f"p{added.n}",
            )
        except InvalidError as refused:
            error = refused
    quote = _quoted(found)
    text = request.form.get("text") or (quoted(posts.get(here.db(), quote.id).source) if quote else "")
    body = page("forums/reply.html", topic=found, error=error, quote=quote, text=text)
    return make_response(body, 422 if error else 200)


def _topic_to_answer(number: int) -> TopicView:
    try:
        return topic_of(number)
    except NotFoundError:
        if (target := topics.moved_to(here.db(), number)) is None:
            raise
        return topic_of(target)


def _quoted(found: TopicView) -> pages.PostView | None:
    """The post of this topic that is to be quoted, when it can be seen."""
    post_id = parse_id(request.values.get("quote", ""))
    shown = pages.one(here.db(), post_id, within=found.conversation_id) if post_id else None
    return shown if shown and shown.state == "shown" else None


def _draft(author: Any) -> posts.Draft:
    return posts.Draft(
        author_id=author,
        text=request.form.get("text", ""),
        submission=here.submission(),
        language=here.language(),
        quote_of=parse_id(request.form.get("quote", "")),
    )

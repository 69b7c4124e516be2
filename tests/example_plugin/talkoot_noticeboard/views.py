"""Pages of the noticeboard."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request

from talkoot.conversations import fragments, pages, posts, reader
from talkoot.errors import InvalidError, NotFoundError
from talkoot.ids import parse_id
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.render import page
from talkoot_noticeboard import notices
from talkoot_noticeboard.models import Notice

blueprint = Blueprint("noticeboard", __name__)


@blueprint.get("/notices/")
def index() -> str:
    """The board."""
    here.require("noticeboard.read")
    found = notices.shown(here.db(), before=request.args.get("before", type=int))
    more = found[-1].number if len(found) == notices.PAGE else None
    return page("noticeboard/index.html", notices=found, more=more, may_post=here.actor().may("noticeboard.post"))


@blueprint.route("/notices/new", methods=["GET", "POST"])
def new() -> Any:
    """Pin a notice."""
    author = here.member_id("noticeboard.post")
    error = None
    if request.method == "POST":
        try:
            notice = notices.pin(here.db(), _slip(author))
            return here.go("noticeboard.notice", number=notice.number)
        except InvalidError as refused:
            error = refused
    body = page("noticeboard/new.html", error=error, form=request.form, areas=areas.areas(here.db()))
    return make_response(body, 422 if error else 200)


def _slip(author: Any) -> notices.Slip:
    """What the form holds; a clerk may say that it was a paper slip."""
    form = request.form
    area = parse_id(form.get("area", ""))
    on_paper = form.get("paper") == "1" and here.actor().may("noticeboard.key_in")
    return notices.Slip(
        author_id=author, title=form.get("title", ""), association=form.get("association", ""), text=form.get("text", ""),
        contact=form.get("contact", ""), language=here.language(), submission=here.submission(),
        area_id=area if area in {known.id for known in areas.areas(here.db())} else None, keyed_by=author if on_paper else None,
    )  # fmt: skip


@blueprint.get("/notices/<number:number>")
def notice(number: int) -> str:
    """A notice with its comments."""
    here.require("noticeboard.read")
    db, actor = here.db(), here.actor()
    found = notices.get(db, number)
    asked = request.args.get("page", default=1, type=int)
    number, moderate = max(asked, 1), actor.may("conversations.moderate")
    comments = pages.page(db, found.conversation_id, number, see_hidden=moderate)
    if not comments and asked != 1:
        raise NotFoundError
    known = reader.of(db, actor, found.conversation_id, (notices.KIND, found.id), first=(number - 1) * posts.PAGE + 1)
    around = here.around(moderate=moderate, extras=_extras(comments))
    shown = fragments.posts(pages.reacted(comments, known.given), around)
    return page(
        "noticeboard/notice.html", notice=found, comments=shown, number=number,
        last=posts.page_of(found.comments), may_take_down=_may_take_down(found),
    )  # fmt: skip


def _extras(comments: list[pages.PostView]) -> dict[Any, list[str]]:
    """What plugins put under these comments."""
    asked = {"db": here.db(), "actor": here.actor(), "posts": comments, "is_open": True}
    found = here.registry().collect("post_extras", here.tenant(), **asked)
    results = [result for _, result in found]
    return {post.id: [result[post.id] for result in results if post.id in result] for post in comments}


@blueprint.route("/notices/<number:number>/comment", methods=["GET", "POST"])
def comment(number: int) -> Any:
    """Comment on a notice."""
    author = here.member_id("noticeboard.post")
    found = notices.get(here.db(), number)
    error = None
    if request.method == "POST":
        draft = posts.NewPost(author, request.form.get("text", ""), here.submission(), here.language())
        try:
            added = posts.add(here.db(), here.registry(), found.conversation_id, draft)
            return here.go("noticeboard.notice", number=number, anchor=f"p{added.n}")
        except InvalidError as refused:
            error = refused
    body = page("noticeboard/comment.html", notice=found, error=error, text=request.form.get("text", ""))
    return make_response(body, 422 if error else 200)


@blueprint.post("/notices/<number:number>/take-down")
def take_down(number: int) -> Any:
    """Take a notice off the board: its writer, or whoever moderates."""
    here.require_person()
    found = notices.get(here.db(), number)
    if not _may_take_down(found):
        here.require("noticeboard.take_down")
    notices.take_down(found)
    here.note("notice_taken_down", (notices.KIND, found.id))
    return here.go("noticeboard.index")


def _may_take_down(found: Notice) -> bool:
    actor = here.actor()
    return actor.may("noticeboard.take_down") or (actor.is_member and actor.membership_id == found.author_id)

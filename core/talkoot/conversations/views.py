"""What can be done with a single post, whatever object it stands under."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, request

from talkoot.access.actor import Scope
from talkoot.conversations import flags, fragments, history, pages, posts, reactions
from talkoot.conversations.models import Post
from talkoot.conversations.places import of_posts
from talkoot.conversations.posts import EditConflictError
from talkoot.errors import ForbiddenError, InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.plugin import Place
from talkoot.web import editor, here
from talkoot.web.editor import Editing
from talkoot.web.forms import number_of
from talkoot.web.render import page, wants_partial

conversations = Blueprint("conversations", __name__)


def located(post_id: UUID) -> tuple[Post, Place, tuple[Scope, ...]]:
    """A post, where it stands and the scopes roles may come from; 404 when any of it may not be seen."""
    post, place = _standing(post_id)
    if post.hidden_at and not here.actor().may("conversations.see_hidden", *place.scopes):
        raise NotFoundError
    return post, place, place.scopes


def _standing(post_id: UUID) -> tuple[Post, Place]:
    """A post, which may be hidden, and where it stands; 404 when that place may not be seen."""
    db = here.db()
    post = posts.get(db, post_id)
    place = of_posts(db, here.registry(), [post_id]).get(post_id)
    if place is None or not (place.public or here.actor().is_member):
        raise NotFoundError
    return post, place


def address(place: Place, post: Post) -> str:
    """The page of a topic that holds the post, at the post."""
    number = posts.page_of(post.n)
    return f"{request.script_root}/{place.path}{f'?page={number}' if number > 1 else ''}#p{post.n}"


@conversations.get("/posts/<uuid:post_id>")
def permalink(post_id: UUID) -> Any:
    """The lasting address of a post: leads to where it stands now, or where one reads why it is hidden."""
    post, place = _standing(post_id)
    return redirect(address(place, post), 302)


@conversations.post("/posts/<uuid:post_id>/reactions")
def react(post_id: UUID) -> Any:
    """Thank for a post (`give`), or take it back (`undo`)."""
    post, place, scopes = located(post_id)
    member = here.member_id("conversations.react", *scopes)
    give, undo = request.form.get("give"), request.form.get("undo")
    reactions.react(here.db(), post, member, give or undo or "", give is not None)
    if wants_partial():
        here.db().flush()
        shown = pages.one(here.db(), post.id)
        assert shown
        mine = reactions.given(here.db(), post.id, member)
        return str(fragments.reactions(shown._replace(mine=mine), here.around()))
    return redirect(address(place, post), 303)


@conversations.route("/posts/<uuid:post_id>/edit", methods=["GET", "POST"])
def edit(post_id: UUID) -> Any:
    """Change one's own post; when somebody saved in between, both texts are shown and nothing is lost."""
    post, place, scopes = located(post_id)
    who = here.member_id("conversations.edit", *scopes)
    if post.author_id != who or post.hidden_at or post.erased_at:
        raise ForbiddenError
    if request.method != "POST":
        if not place.open:  # an old link: nobody is to write for nothing
            return redirect(address(place, post))
        return _edit_form(post, place, editor.opened(text=post.source), post.version)
    version = request.form.get("version", 0, type=int)

    def save() -> Any:
        if not place.open:
            raise InvalidError(gettext("This discussion is closed."))
        posts.edit(here.db(), here.registry(), post, who, request.form.get("text", ""), version)
        return redirect(address(place, post), 303)

    try:
        answer = editor.posted(save, post_id=post.id)
    except EditConflictError as conflict:
        theirs = conflict.post
        mine = editor.opened(text=request.form.get("text", ""))
        return make_response(_edit_form(theirs, place, mine, theirs.version, theirs.source), 409)
    if not isinstance(answer, Editing):
        return answer
    # The version that the writer has before them: another one is still a conflict when they save.
    return make_response(_edit_form(post, place, answer, version), 422 if answer.error else 200)


def _edit_form(post: Post, place: Place, editing: Editing, version: int, theirs: str | None = None) -> str:
    """The form with a text in it. No draft is kept of it: a post is there already, and both texts of a conflict are shown."""
    return page(
        "conversations/edit.html",
        post=post,
        place=place,
        version=version,
        theirs=theirs,
        error=editing.error,
        editing=editing,
    )


@conversations.get("/posts/<uuid:post_id>/history")
def versions(post_id: UUID) -> str:
    """The versions of a post, newest first, with what changed in each; a page at a time."""
    post, place, _ = located(post_id)
    if post.erased_at:
        raise NotFoundError
    shown, more = history.versions(here.db(), post, before=request.args.get("before", type=number_of))
    return page("conversations/history.html", post=post, versions=shown, more=more, back=address(place, post))


@conversations.route("/posts/<uuid:post_id>/flag", methods=["GET", "POST"])
def flag(post_id: UUID) -> Any:
    """Report a post to the moderators."""
    post, place, scopes = located(post_id)
    member = here.member_id("conversations.flag", *scopes)
    error = None
    if request.method == "POST":
        try:
            flags.flag(here.db(), post, member, request.form.get("reason", ""), request.form.get("text", ""))
            here.db().quiet = True  # only moderators see it
            return page("conversations/flagged.html", back=address(place, post))
        except InvalidError as refused:
            error = refused
    shown = pages.one(here.db(), post.id)
    body = page(
        "conversations/flag.html",
        post=shown,
        reasons=flags.REASONS,
        reason=request.form.get("reason"),
        text=request.form.get("text", ""),
        back=address(place, post),
        error=error,
    )
    return make_response(body, 422 if error else 200)


@conversations.route("/posts/<uuid:post_id>/hide", methods=["GET", "POST"])
def hide(post_id: UUID) -> Any:
    """A moderator hides a post and says why, or keeps it and closes the reports."""
    post, place, scopes = located(post_id)
    member = here.member_id("conversations.moderate", *scopes)
    error = None
    if request.method == "POST":
        try:
            act, reason = request.form.get("act", "hide"), request.form.get("reason", "")
            flags.decide(here.db(), here.registry(), post, member, act, reason)
            return redirect(address(place, post), 303)
        except InvalidError as refused:
            error = refused
    shown = pages.one(here.db(), post.id, see_hidden=True)
    return make_response(
        page(
            "conversations/hide.html",
            post=shown,
            reason=request.form.get("reason", ""),
            back=address(place, post),
            error=error,
        ),
        422 if error else 200,
    )

"""Pages of polls."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, make_response, redirect, request, url_for

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.conversations.models import Post
from talkoot.conversations.places import of_posts
from talkoot.conversations.views import located
from talkoot.errors import ForbiddenError, InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.plugin import Place
from talkoot.web import here
from talkoot.web.forms import number_of
from talkoot.web.notices import done
from talkoot.web.render import page, wants_partial
from talkoot_polls import polls, shown, voting
from talkoot_polls.models import KINDS, SHOWN
from talkoot_polls.polls import Asked, PollView

blueprint = Blueprint("polls", __name__)
A_WEEK = timedelta(days=7)


@blueprint.get("/polls/")
def index() -> str:
    """The polls, newest first, as far as the visitor may read the discussions they stand in."""
    here.require("polls.read")
    db, member = here.db(), here.actor().is_member
    found = polls.listed(db, before=request.args.get("before", type=number_of))
    places = of_posts(db, here.registry(), [poll.post_id for poll in found])
    listed = [(poll, place) for poll in found if (place := places.get(poll.post_id)) and (place.public or member)]
    return page("polls/index.html", listed=listed, more=found[-1].number if len(found) == polls.PAGE else None)


def _standing(number: int) -> tuple[PollView, Place, tuple[Scope, ...]]:
    """A poll and where it stands; 404 when its post may not be seen."""
    here.require("polls.read")
    found = polls.get(here.db(), number)
    post, place, scopes = located(found.post_id)
    if post.erased_at:
        raise NotFoundError
    return found, place, scopes


@blueprint.get("/polls/<number:number>")
def poll(number: int) -> str:
    """A poll on a page of its own."""
    found, place, scopes = _standing(number)
    return _page(found, place, scopes)


def _page(found: PollView, place: Place, scopes: tuple[Scope, ...], error: InvalidError | None = None) -> str:
    actor = here.actor()
    mine = voting.of_member(here.db(), [found.id], actor.membership_id) if actor.membership_id else {}
    return page(
        "polls/poll.html",
        poll=found,
        place=place,
        html=shown.html(found, mine.get(found.id), error=error, form=request.form if error else None, alone=True),
        may_care=_may_care(found, scopes),
        error=error,
    )


def _may_care(found: PollView, scopes: tuple[Scope, ...]) -> bool:
    """Whether they may close or remove it: who asked, and who looks after the discussion."""
    actor = here.actor()
    return actor.may("polls.manage", *scopes) or (actor.is_member and actor.membership_id == found.author_id)


@blueprint.route("/polls/<number:number>/vote", methods=["GET", "POST"])
def vote(number: int) -> Any:
    """Vote. Guests come here to sign in, and are led to the poll."""
    found, place, scopes = _standing(number)
    member = here.member_id("polls.vote", *scopes)
    if request.method != "POST":
        return redirect(url_for("conversations.permalink", post_id=found.post_id), 303)
    try:
        counted = voting.vote(here.db(), found.id, member, _choices(found))
    except InvalidError as refused:
        return make_response(_page(found, place, scopes, refused), 422)
    if not wants_partial():
        return redirect(url_for("polls.poll", number=number), 303)
    here.db().flush()
    said = gettext("Your vote is in.") if counted else gettext("You have voted before. That vote stays.")
    now = voting.of_member(here.db(), [found.id], member)
    return str(shown.html(polls.get(here.db(), number), now.get(found.id), said=said))


def _choices(found: PollView) -> list[int]:
    """What was chosen; in a ranked poll in the order of the ranks. Raises InvalidError for what no form sends, too."""
    try:
        if found.kind != "ranked":
            return [int(choice) for choice in request.form.getlist("choice")]
        given = {n: request.form.get(f"rank_{n}", "") for n in range(len(found.options))}
        ranks = sorted((int(rank), option) for option, rank in given.items() if rank)
    except ValueError:
        raise InvalidError(gettext("Choose one of the options."), "choice") from None
    if len({rank for rank, _ in ranks}) < len(ranks):
        raise InvalidError(gettext("Two options have the same place. Give each place to one option."), "choice")
    return [option for _, option in ranks]


@blueprint.get("/polls/<number:number>/votes")
def votes(number: int) -> str:
    """Who has voted what, in an open poll: for members."""
    found, place, scopes = _standing(number)
    here.member_id("polls.vote", *scopes)
    if found.anonymous or found.removed_at:
        raise NotFoundError
    mine = voting.of_member(here.db(), [found.id], here.actor().membership_id or found.id)
    if not found.tells(found.id in mine):
        raise ForbiddenError
    return page("polls/votes.html", poll=found, place=place, votes=voting.by_name(here.db(), found.id))


@blueprint.route("/polls/<number:number>/care", methods=["GET", "POST"])
def care(number: int) -> Any:
    """Close a poll before its time or remove it, with a reason: who asked, and who looks after the discussion."""
    found, place, scopes = _standing(number)
    here.require_person()
    if not _may_care(found, scopes) or found.removed_at:
        raise ForbiddenError
    error = None
    if request.method == "POST":
        try:
            return _care(found, place)
        except InvalidError as refused:
            error = refused
    body = page("polls/care.html", poll=found, place=place, error=error, form=request.form)
    return make_response(body, 422 if error else 200)


def _care(found: PollView, place: Place) -> Any:
    act, reason = request.form.get("act"), request.form.get("reason", "")
    if act == "close" and found.open:
        here.note("poll_closed", (polls.KIND, found.id), polls.close(here.db(), found, reason))
    elif act == "remove":
        here.note("poll_removed", (polls.KIND, found.id), polls.remove(here.db(), found, reason))
    else:
        raise NotFoundError
    return done("saved", "conversations.permalink", post_id=found.post_id)


@blueprint.route("/polls/new/<uuid:post_id>", methods=["GET", "POST"])
def new(post_id: UUID) -> Any:
    """Ask under a post: its writer, or who looks after the discussion."""
    post, place, scopes = located(post_id)
    author = here.member_id("polls.begin", *scopes)
    if post.hidden_at or post.erased_at:
        raise NotFoundError
    if post.author_id != author and not here.actor().may("polls.manage", *scopes):
        raise ForbiddenError
    error = None
    if request.method == "POST":
        try:
            return _begin(post, place, author)
        except InvalidError as refused:
            error = refused
    elif not place.open:  # an old link: nobody is to write for nothing
        return redirect(f"{request.script_root}/posts/{post.id}")
    body = page(
        "polls/new.html",
        post=post,
        place=place,
        kinds=KINDS,
        shown=SHOWN,
        closes=_in_a_week(),
        error=error,
        form=request.form,
    )
    return make_response(body, 422 if error else 200)


def _begin(post: Post, place: Place, author: UUID) -> Any:
    if not place.open:
        raise InvalidError(gettext("This discussion is closed."))
    form = request.form
    most = form.get("most", "").strip()
    asked = Asked(
        question=form.get("question", ""),
        options=form.get("options", "").splitlines(),
        kind=form.get("kind", ""),
        most=(int(most) if most.isdecimal() and len(most) < 4 else 0) if most else None,
        anonymous={"yes": True, "no": False}.get(form.get("anonymous", "")),
        shown=form.get("shown", ""),
        closes_at=_moment(form.get("closes_at", "")),
    )
    polls.begin(here.db(), here.registry(), post, author, asked, here.language())
    return here.go("conversations.permalink", post_id=post.id)


def _moment(text: str) -> datetime | None:
    """A moment as a browser writes it, in the tenant's zone; None when it is none."""
    try:
        found = datetime.fromisoformat(text).replace(tzinfo=clock.zone(here.tenant().time_zone))
    except ValueError:
        return None
    return found if found.year in clock.YEARS else None


def _in_a_week() -> str:
    """A time to close at that the form proposes: the evening of this day next week."""
    day = clock.today(here.tenant().time_zone) + A_WEEK
    return f"{day.isoformat()}T20:00"

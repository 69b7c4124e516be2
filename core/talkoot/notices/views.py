"""The member's own pages: notices, mail, what they follow, bookmarks, contributions; and ending mails without signing in."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request

from talkoot import clock
from talkoot.conversations.views import address, located
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup.promises import STATE_TITLES
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.notices import bookmarks as bookmarking
from talkoot.notices import choices, following, listing, mine, paging, reading
from talkoot.notices.kinds import KINDS
from talkoot.people import links, memberships
from talkoot.people.pages.frame import unstored
from talkoot.plugin import Place
from talkoot.push import devices, services
from talkoot.web import forms, here
from talkoot.web.notices import done, saying
from talkoot.web.render import page

notices = Blueprint("notices", __name__)
HOURS = tuple((hour, f"{hour}:00") for hour in range(24))


def _member() -> UUID:
    """The membership whose pages these are; what is one's own is read and arranged by everybody who has joined."""
    return here.member_id("notices.own")


# --- notices ----------------------------------------------------------------------------------------------------------


@notices.get("/my/notices/")
def index() -> str:
    """What the member has been told, by what it is about, the newest first."""
    member, before = _member(), request.args.get("before", type=paging.key)
    groups, more, newest = listing.page(here.db(), here.registry(), member, before)
    return page(
        "notices/index.html",
        partial="notices/_groups.html" if before else None,
        groups=groups,
        more=more,
        newest=newest and paging.number_of(newest),
        kinds=KINDS,
    )


@notices.post("/my/notices/read")
def read() -> Response:
    """All notices that the page showed are read, or those of one discussion."""
    member, conversation = _member(), parse_id(request.form.get("conversation", ""))
    if conversation:
        reading.read_in(here.db(), member, conversation)
    else:
        until = request.form.get("until", type=paging.moment) or clock.now()
        reading.read_until(here.db(), member, until)
    here.db().quiet = True
    return done("saved", "notices.index")


# --- mail -------------------------------------------------------------------------------------------------------------


@notices.route("/my/mail", methods=["GET", "POST"])
def mail() -> Any:
    """When mail comes: at once, daily, weekly, never, and quiet hours; and in which language."""
    member, db = _member(), here.db()
    error, chosen, own = None, choices.of(db, member), memberships.get(db, member)
    if request.method == "POST":
        try:
            chosen, language = _chosen(), _language(own.language)
            choices.save(db, member, chosen)
            own.language = language
            db.quiet = True
            return done("saved", "notices.mail")
        except InvalidError as refused:
            error = refused
    titles = [(often, title) for often, title in choices.OFTEN_TITLES.items()]
    reads = request.form.get("language", own.language)
    body = page(
        "notices/mail.html", choice=chosen, reads=reads, often=titles, hours=HOURS, error=error, **_push(member)
    )
    return make_response(body, 422 if error else 200)


def _push(member: UUID) -> dict[str, Any]:
    """For the page: the key that browsers are given and the member's devices; no key where push is not offered."""
    settings = here.app().settings
    if not services.is_offered(settings):
        return {"push_key": ""}
    from talkoot.push import keys  # needs a package that others do not

    return {"push_key": keys.public(settings.push_secret), "devices": devices.of(here.db(), member)}


def _chosen() -> choices.Choice:
    form = request.form
    return choices.Choice(
        direct=form.get("direct", ""),
        rest=form.get("rest", ""),
        quiet_from=form.get("quiet_from", -1, type=int),
        quiet_to=form.get("quiet_to", -1, type=int),
        follow_own=form.get("follow_own") == "1",
    )


def _language(known: str) -> str:
    """The language that was chosen for the mails; the one known, on a site that has no other to choose. Raises InvalidError."""
    chosen = request.form.get("language", known)
    if chosen not in here.tenant().languages and chosen != known:
        raise InvalidError(gettext("Choose one of the options."), "language")
    return chosen


@notices.route("/unsubscribe/<token>", methods=["GET", "POST"])
def unsubscribe(token: str) -> Response:
    """End mails by the signed link in them. Mail programs post here themselves (RFC 8058); opening the link changes nothing."""
    claims = links.read(here.app().settings, "unsubscribe", here.tenant(), token, even_old=True)
    member = parse_id(claims["member"]) if claims else None
    if claims is None or member is None:
        raise NotFoundError
    memberships.get(here.db(), member)  # not one who has left
    ended = request.method == "POST"
    if ended:
        choices.unsubscribe(here.db(), member, claims["what"])
        here.db().quiet = True
    return unstored(page("notices/unsubscribe.html", what=claims["what"], ended=ended))


# --- following --------------------------------------------------------------------------------------------------------


@notices.get("/my/following")
def followed() -> str:
    """Everything that the member follows."""
    return page("notices/following.html", followed=following.everything(here.db(), here.registry(), _member()))


@notices.route("/follow/<kind>/<uuid:thing_id>", methods=["GET", "POST"])
def follow(kind: str, thing_id: UUID) -> Any:
    """Follow a thing, or stop. Guests are led here: they sign in first, and then say so by a button."""
    member, place = _member(), _place_of(kind, thing_id)
    if request.method == "POST":
        on = request.form.get("on") == "1"
        following.follow(here.db(), member, (kind, thing_id), on)
        here.db().quiet = True
        back = here.safe_next(request.form.get("next") or f"{request.script_root}/{place.path}")
        return saying("followed" if on else "unfollowed", redirect(back, 303))  # type: ignore[arg-type]
    is_on = following.is_following(here.db(), member, (kind, thing_id))
    return page("notices/follow.html", kind=kind, thing_id=thing_id, place=place, following=is_on)


def _place_of(kind: str, thing_id: UUID) -> Place:
    """Where the thing is; NotFoundError when it cannot be followed, is gone or may not be seen."""
    thing = (kind, thing_id)
    place = following.located(here.db(), here.registry(), [thing]).get(thing)
    if place is None or not (place.public or here.actor().is_member):
        raise NotFoundError
    return place


# --- bookmarks --------------------------------------------------------------------------------------------------------


@notices.get("/my/bookmarks/")
def bookmarks() -> str:
    """The posts that the member has kept."""
    member, before = _member(), parse_id(request.args.get("before", ""))
    return _bookmarks(member, before)


def _bookmarks(member: UUID, before: UUID | None = None, **wrong: Any) -> str:
    found, more = bookmarking.listed(here.db(), here.registry(), member, before)
    return page("notices/bookmarks.html", bookmarks=found, more=more, **{"error": None, "at": None, **wrong})


@notices.post("/posts/<uuid:post_id>/bookmark")
def bookmark(post_id: UUID) -> Response:
    """Keep a post, or let it go; then back to it, or to the list."""
    post, place, _ = located(post_id)
    on = request.form.get("keep") is not None
    bookmarking.keep(here.db(), _member(), post.id, on)
    here.db().quiet = True
    if request.form.get("list"):
        return done("removed", "notices.bookmarks")
    return saying("bookmarked" if on else "unbookmarked", redirect(address(place, post), 303))  # type: ignore[arg-type]


@notices.post("/my/bookmarks/<uuid:bookmark_id>/reminder")
def remind(bookmark_id: UUID) -> Any:
    """Be reminded of a bookmarked post on a day, or not any more."""
    member, db = _member(), here.db()
    kept = bookmarking.get(db, member, bookmark_id)
    try:
        bookmarking.remind(db, kept, _day_chosen())
    except InvalidError as refused:
        return make_response(_bookmarks(member, error=refused, at=bookmark_id), 422)
    db.quiet = True
    return done("saved", "notices.bookmarks")


def _day_chosen() -> date | None:
    """Tomorrow, in a week or on the day written; None: not at all. Raises InvalidError."""
    when, today = request.form.get("when"), clock.today(here.tenant().time_zone)
    if when in ("tomorrow", "week"):
        return today + timedelta(days=1 if when == "tomorrow" else 7)
    if when == "never":
        return None
    if (day := forms.day("day")) is None:
        raise InvalidError(gettext("Choose a day after today and within two years."), "day")
    return day


# --- contributions ----------------------------------------------------------------------------------------------------


@notices.get("/my/contributions/")
def contributions() -> str:
    """What the member has written here, and what became of each."""
    member, before = _member(), request.args.get("before", type=paging.key)
    found, more = mine.contributions(here.db(), here.registry(), member, here.language(), before)
    partial = "notices/_contributions.html" if before else None
    return page("notices/contributions.html", partial=partial, found=found, more=more, states=STATE_TITLES)

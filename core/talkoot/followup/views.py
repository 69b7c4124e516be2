"""What became of it: the public list of promises, each with its trail, and the form of who answers."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request

from talkoot.access.actor import Scope
from talkoot.contributions.models import Contribution
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import listing
from talkoot.followup import promises as subject
from talkoot.followup.models import FollowUp
from talkoot.plugin import Place
from talkoot.web import forms, here
from talkoot.web.notices import done
from talkoot.web.render import page

followup = Blueprint("followup", __name__)


@followup.get("/promises/")
def promises() -> str:
    """Everything that waits for an answer or has got one (domain row 35), a page at a time."""
    standing, before = request.args.get("standing"), request.args.get("before", type=forms.number_of)
    wanted = standing if standing in listing.STANDINGS else None
    db, registry, member = here.db(), here.registry(), here.actor().is_member
    found, more = listing.listed(db, registry, here.language(), standing=wanted, before=before, member=member)
    return page(
        "followup/promises.html",
        partial="followup/_promises.html" if before else None,
        promises=found,
        more=more,
        standing=wanted,
        counts=listing.counts(db, registry, member=member),
        states=subject.STATE_TITLES,
    )


@followup.route("/promises/<number:number>", methods=["GET", "POST"])
def promise(number: int) -> Any:
    """One promise with its trail; who may answer finds the form here."""
    made = subject.get(here.db(), number)
    permission, scopes = _answering(made)
    may_answer = here.actor().may(permission, *scopes)
    if not made.public and not may_answer:
        raise NotFoundError
    place = _place_of(made)
    error = None
    if request.method == "POST":
        try:
            _move(made)
            return done("saved", "followup.promise", number=number)
        except InvalidError as refused:
            error = refused
    given = here.db().find(Contribution, id=made.subject_id) if made.subject_kind == "contribution" else None
    body = page(
        "followup/promise.html",
        given=given,
        promise=subject.shown(here.db(), made, here.language(), place),
        trail=subject.trail(here.db(), made.id),
        states=subject.STATE_TITLES,
        may_answer=may_answer,
        error=error,
        form=request.form,
    )
    return make_response(body, 422 if error else 200)


def _place_of(made: FollowUp) -> Place | None:
    """Where the thing is that was promised about, None for feedback; NotFoundError when the visitor may not see it."""
    if made.subject_kind == "contribution":
        return None
    place = listing.place_of(here.db(), here.registry(), made)
    if place is None or not (place.public or here.actor().is_member):
        raise NotFoundError
    return place


def _answering(made: FollowUp) -> tuple[str, tuple[Scope, ...]]:
    """What one must be allowed: feedback is answered by who handles it in its area, the rest by who answers officially."""
    if made.subject_kind == "contribution":
        return "contributions.handle", ((("area", made.area_id),) if made.area_id else ())
    return "followup.answer", ()


def _move(waiting: FollowUp) -> None:
    permission, scopes = _answering(waiting)
    by = here.member_id(permission, *scopes)
    form = request.form
    added = subject.move(
        here.db(),
        waiting.number,
        state=form.get("state", ""),
        words=form.get("text", ""),
        by=by,
        language=here.language(),
        submission=here.submission(),
        answer=form.get("answer") == "1",
        due_on=forms.day("due_on"),
    )
    if added:
        here.note("promise_moved", ("follow_up", waiting.id), form.get("state", ""))

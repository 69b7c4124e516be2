"""What became of it: the public list of promises, each with its trail, and the form of who answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, make_response, request

from talkoot.access.actor import Scope
from talkoot.contributions.models import Contribution
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises as subject
from talkoot.followup.models import FollowUp
from talkoot.web import here
from talkoot.web.render import page

followup = Blueprint("followup", __name__)


@followup.get("/promises/")
def promises() -> str:
    """Everything that waits for an answer or has got one (domain row 35)."""
    standing = request.args.get("standing")
    wanted = standing if standing in ("open", "answered", "overdue") else None
    found = subject.public_promises(here.db(), here.language(), standing=wanted)
    return page(
        "followup/promises.html",
        promises=found,
        standing=wanted,
        counts=subject.counts(here.db()),
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
    error = None
    if request.method == "POST":
        try:
            _move(made)
            return here.go("followup.promise", number=number)
        except InvalidError as refused:
            error = refused.message
    shown = subject.shown(here.db(), made, here.language())
    given = here.db().find(Contribution, id=made.subject_id) if made.subject_kind == "contribution" else None
    body = page(
        "followup/promise.html",
        given=given,
        promise=shown,
        trail=subject.trail(here.db(), made.id),
        states=subject.STATE_TITLES,
        may_answer=may_answer,
        error=error,
        written=request.form.get("text", ""),
    )
    return make_response(body, 422 if error else 200)


def _answering(made: FollowUp) -> tuple[str, tuple[Scope, ...]]:
    """What one must be allowed: feedback is answered by who handles it in its area, the rest by who answers officially."""
    if made.subject_kind == "contribution":
        return "contributions.handle", ((("area", made.area_id),) if made.area_id else ())
    return "followup.answer", ()


def _move(waiting: FollowUp) -> None:
    permission, scopes = _answering(waiting)
    by = here.member_id(permission, *scopes)
    form = request.form
    made = subject.move(
        here.db(),
        waiting.number,
        state=form.get("state", ""),
        words=form.get("text", ""),
        by=by,
        language=here.language(),
        submission=here.submission(),
        answer=form.get("answer") == "1",
        due_on=_day(form.get("due_on")),
    )
    here.note("promise_moved", ("follow_up", made.id), form.get("state", ""))


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None

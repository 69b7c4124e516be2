"""What became of it: the public list of promises, each with its trail, and the form of who answers."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, make_response, request

from talkoot.contributions.models import Contribution
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises as subject
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
    may_answer = here.actor().may("followup.answer")
    if not made.public and not (may_answer or here.actor().may("contributions.handle")):
        raise NotFoundError
    error = None
    if request.method == "POST":
        try:
            _move(number)
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


def _move(number: int) -> None:
    by = here.member_id("followup.answer")
    form = request.form
    made = subject.move(
        here.db(),
        number,
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

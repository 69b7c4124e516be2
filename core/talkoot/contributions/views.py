"""The feedback form that every page's frame links to, and following one's feedback by its code."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, make_response, request

from talkoot.contributions import feedback
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.render import page

contributions = Blueprint("contributions", __name__)


@contributions.route("/feedback", methods=["GET", "POST"])
def give() -> Any:
    """Tell something to the municipality without signing in (domain rows 34, 36)."""
    here.require("contributions.give")
    error = None
    if request.method == "POST":
        try:
            given = _give()
            here.db().quiet = True  # neither the words nor the promise are for everybody
            return page("contributions/thanks.html", code=given.code)
        except InvalidError as refused:
            error = refused
    body = page(
        "contributions/give.html",
        areas=areas.areas(here.db()),
        error=error,
        text=request.form.get("text", ""),
        area=request.form.get("area", ""),
        named=request.form.get("named") == "1",
        about=request.values.get("about", "")[:300],
    )
    return make_response(body, 422 if error else 200)


def _give() -> feedback.Given:
    return feedback.give(
        here.db(),
        text=request.form.get("text", ""),
        language=here.language(),
        submission=here.submission(),
        author_id=here.actor().membership_id if request.form.get("named") == "1" else None,
        page=request.form.get("about", ""),
        area_id=_area(),
        key=here.app().settings.secret_key,
    )


def _area() -> Any:
    wanted = parse_id(request.form.get("area", ""))
    return wanted if wanted in {area.id for area in areas.areas(here.db())} else None


@contributions.route("/feedback/follow", methods=["GET", "POST"])
def follow() -> Any:
    """See how far one's feedback is, by the code on the slip. The code is posted, so it stays out of logs and histories."""
    if request.method != "POST":
        return page("contributions/follow.html", error=None)
    here.db().quiet = True
    code = request.form.get("code", "")
    try:
        given, made = feedback.follow(here.db(), code)
    except NotFoundError:
        body = page(
            "contributions/follow.html",
            code=code,
            error=InvalidError(
                gettext("No feedback was found with this code. Check that you wrote it as it was given to you."), "code"
            ),
        )
        return make_response(body, 404)
    return page(
        "contributions/status.html",
        given=given,
        promise=promises.shown(here.db(), made, here.language()),
        trail=promises.trail(here.db(), made.id),
        states=promises.STATE_TITLES,
    )

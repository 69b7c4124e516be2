"""Residents' feedback with its promises, and keying in what came on paper, by phone or face to face."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request

from talkoot.contributions import feedback as subject
from talkoot.contributions.feedback import Given
from talkoot.contributions.models import Contribution
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import gettext
from talkoot.ids import chosen_id
from talkoot.people.models import Membership
from talkoot.staff import desk
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import areas
from talkoot.web import here


@staff.get("/feedback")
def feedback() -> Any:
    """What residents have told: first what waits, soonest due first; then what has been answered."""
    actor = enter("staff.feedback")
    answered = request.args.get("standing") == "answered"
    pairs = desk.handled_feedback(here.db(), actor, here.language())
    chosen = [(given, promise) for given, promise in pairs if (promise.standing == "answered") == answered]
    return show(
        "staff/feedback.html",
        at="staff.feedback",
        items=chosen,
        answered=answered,
        waiting=sum(promise.standing != "answered" for _, promise in pairs),
        channels=subject.CHANNEL_TITLES,
        states=promises.STATE_TITLES,
        areas=_areas(),
        authors=_authors([given for given, _ in chosen]),
        on_site=lambda path: here.safe_next(request.script_root + path),
    )


def _areas() -> dict[UUID, str]:
    return {area.id: area.name(here.language()) for area in areas.areas(here.db())}


def _authors(given: list[Contribution]) -> dict[UUID, str]:
    ids = {contribution.author_id for contribution in given if contribution.author_id}
    found = [here.db().find(Membership, id=identity) for identity in ids]
    return {member.id: member.name for member in found if member and not member.erased_at}


@staff.route("/feedback/new", methods=["GET", "POST"])
def key_in() -> Any:
    """Key in a contribution for somebody who is not online; the code goes on their slip."""
    enter("staff.key_in")
    error = None
    if request.method == "POST":
        try:
            return _keyed(_key_in())
        except InvalidError as refused:
            error = refused
    offline = {key: title for key, title in subject.CHANNEL_TITLES.items() if key != "online"}
    return show("staff/key_in.html", at="staff.key_in", error=error, channels=offline, areas=_open_areas())


def _open_areas() -> dict[UUID, str]:
    """The areas this clerk may key in for."""
    return {k: name for k, name in _areas().items() if here.actor().may("contributions.key", ("area", k))}


def _key_in() -> Given:
    form, area = request.form, chosen_id(request.form.get("area", ""), "area")
    if area is not None and area not in _open_areas():  # ended while the form was open
        raise InvalidError(gettext("Choose one of the options."))
    here.require("contributions.key", *((("area", area),) if area else ()))
    language = form.get("language", "")
    if language not in here.tenant().languages:
        raise InvalidError(gettext("Choose one of the options."), "language")
    if form.get("channel") == "online":
        raise NotFoundError
    given = subject.give(
        here.db(),
        text=form.get("text", ""),
        language=language,
        submission=here.submission(),
        channel=form.get("channel", ""),
        area_id=area,
        key=here.app().settings.secret_key,
    )
    here.db().quiet = True  # as on the resident's own page
    if not given.again:
        here.note("contribution_keyed", (subject.KIND, given.id), form.get("channel", ""))
    return given


def _keyed(given: Given) -> Any:
    made = here.db().find(FollowUp, subject_kind=subject.KIND, subject_id=given.id)
    promise = promises.shown(here.db(), made, here.language()) if made else None
    contribution = here.db().find(Contribution, id=given.id)
    return show("staff/keyed.html", at="staff.key_in", code=given.code, promise=promise, given=contribution)

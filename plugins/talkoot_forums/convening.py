"""Pages of those who look after forums: a topic's convener, and whoever adds and changes forums."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import make_response, request

from talkoot import clock
from talkoot.conversations import pages
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.people import memberships
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.render import page
from talkoot_forums import forums, upkeep
from talkoot_forums.models import STANDINGS
from talkoot_forums.topics import TopicView
from talkoot_forums.views import blueprint, number_of, topic_of


@blueprint.route("/topics/<number:number>/care", methods=["GET", "POST"])
def care(number: int) -> Any:
    """The convener's page of a topic: pin, close, move, merge, split, lift."""
    found = topic_of(number)
    by = here.member_id("forums.convene", *found.scopes)
    error = None
    if request.method == "POST":
        try:
            target = _care(found, request.form.get("act", ""), by)
            return here.go("forums.topic", number=target)
        except InvalidError as refused:
            error = refused
    shown = pages.page(here.db(), found.conversation_id, request.args.get("page", default=1, type=number_of))
    body = page(
        "forums/care.html",
        topic=found,
        posts=shown,
        forums=forums.listed(here.db()),
        error=error,
        form=request.form,
        promise=found.promise(here.language(), clock.today(here.tenant().time_zone)),
    )
    return make_response(body, 422 if error else 200)


def _care(found: TopicView, act: str, by: Any) -> int:
    """Do one act; returns the number of the topic to show next."""
    db, form = here.db(), request.form
    target = found.number
    if act == "pin":
        upkeep.pin(db, found, form.get("on") == "1")
    elif act == "close":
        upkeep.close(db, found, form.get("reason", ""))
    elif act == "reopen":
        upkeep.reopen(db, found)
    elif act == "rename":
        upkeep.rename(db, found, form.get("title", ""))
    elif act == "move":
        upkeep.move(db, found, form.get("forum", ""))
    elif act == "merge":
        target = form.get("number", type=number_of) or 0
        upkeep.merge(db, found, _topic_or_refuse(target))
    elif act == "split":
        target = upkeep.split(db, found, form.getlist("posts", type=number_of), form.get("title", ""), by)
    elif act == "lift":
        upkeep.lift(
            db,
            found,
            by=by,
            words=form.get("text", ""),
            due_on=_day(form.get("due_on")),
            language=here.language(),
            submission=here.submission(),
        )
    else:
        raise NotFoundError
    here.note(f"topic_{act}", ("forums.topic", found.id), form.get("reason", ""))
    return target


def _topic_or_refuse(number: int) -> TopicView:
    try:
        return topic_of(number)
    except NotFoundError:
        raise InvalidError(gettext("There is no topic with this number."), "number") from None


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


@blueprint.route("/forums/manage", methods=["GET", "POST"])
@blueprint.route("/forums/<slug>/manage", methods=["GET", "POST"])
def manage(slug: str | None = None) -> Any:
    """Add a forum or change one: names, area, parent body, standing, convener."""
    found = forums.get(here.db(), slug) if slug else None
    here.require("forums.manage")
    error = None
    if request.method == "POST":
        try:
            saved = _manage(found)
            return here.go("forums.forum", slug=saved)
        except InvalidError as refused:
            error = refused
    conveners = memberships.holders(here.db(), "convener", (forums.SCOPE, found.id)) if found else []
    body = page(
        "forums/manage.html",
        forum=found,
        standings=STANDINGS,
        areas=areas.areas(here.db()),
        bodies=promises.bodies(here.db()),
        members=memberships.all_members(here.db()),
        conveners=conveners,
        error=error,
        form=request.form,
    )
    return make_response(body, 422 if error else 200)


def _manage(found: forums.ForumView | None) -> str:
    db, form, languages = here.db(), request.form, here.tenant().languages
    saved = forums.save(
        db,
        found.id if found else None,
        names={x: form.get(f"name_{x}", "") for x in languages},
        about={x: form.get(f"about_{x}", "") for x in languages},
        standing=form.get("standing", "permanent"),
        area_id=parse_id(form.get("area", "")),
        body_id=parse_id(form.get("body", "")),
        members_only=form.get("members_only") == "1",
        shared=form.get("shared") == "1",
    )
    if convener := parse_id(form.get("convener", "")):
        memberships.grant(db, memberships.get(db, convener), "convener", scope=(forums.SCOPE, saved.id))
    here.note("forum_saved", (forums.SCOPE, saved.id))
    return saved.slug

"""What the editor asks for while somebody writes: a preview, whom an `@` may mean, and keeping the draft. And all drafts."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from talkoot import clock, i18n
from talkoot.access.policy import PARTICIPANT_ROLES, VERIFIED
from talkoot.conversations import drafts
from talkoot.conversations.drafts import REPLY, NewerDraftError, Spot
from talkoot.conversations.rendering import excerpt, render
from talkoot.conversations.views import conversations
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, ngettext
from talkoot.ids import parse_id
from talkoot.people import finding
from talkoot.people.finding import Found
from talkoot.plugin import Place
from talkoot.web import editor, here
from talkoot.web.notices import done, saying
from talkoot.web.render import page, wants_partial

__all__ = ["conversations"]


def _member() -> UUID:
    """Whoever may write here, be it only in their own posts."""
    return here.member_id("conversations.edit")


@conversations.post("/preview")
def preview() -> Any:
    """A text as it would look, for the script; without it the form's own page shows the preview."""
    _member()
    try:
        return page("conversations/_preview.html", preview=editor.preview(), error=None)
    except InvalidError as error:
        return make_response(page("conversations/_preview.html", preview=None, error=error), 422)


@conversations.get("/mentions")
def mentionable() -> Response:
    """Members in whose name a word begins as asked. Who is blocked or gone is not told from who was never there."""
    _member()
    found = finding.beginning_with(here.db(), request.args.get("q", ""))
    people = [{"name": one.name, "about": _about(one)} for one in found]
    said = ngettext("%(num)s person found", "%(num)s people found", len(people)) if people else gettext("Nobody found")
    return _told({"people": people, "said": said})


def _about(one: Found) -> str:
    """What tells two of the same first name apart: the office, else what they say they are."""
    if one.verified_as in VERIFIED:
        return " · ".join(filter(None, (str(VERIFIED[one.verified_as]), one.title)))
    return ", ".join(str(PARTICIPANT_ROLES[role]) for role in one.roles if role in PARTICIPANT_ROLES)


@conversations.get("/drafts")
def all_drafts() -> str:
    """Everything the reader has begun to write here."""
    found = drafts.listed(here.db(), here.registry(), _member())
    return page("conversations/drafts.html", drafts=found, beginning=_beginning, reply=REPLY, days=drafts.KEPT.days)


def _beginning(text: str) -> str:
    return excerpt(render(text))


@conversations.post("/drafts")
def keep_draft() -> Any:
    """Keep what is written in a form; the script is told, everybody else comes back to the form with the draft in it."""
    member, spot = _member(), _spot()
    place = drafts.place_of(here.db(), here.registry(), spot)
    here.db().quiet = True  # nobody else sees it
    try:
        stamp = drafts.save(
            here.db(),
            member,
            spot,
            request.form.get("text", ""),
            editor.fields(),
            stamp=editor.page_stamp(),
            seen=editor.seen_draft(),
        )
    except NewerDraftError as newer:
        return _newer(newer, spot)
    if wants_partial():
        return _told({"draft": str(stamp or ""), "said": _saved() if stamp else ""})
    return saying("draft_saved" if stamp else "draft_gone", _to_form(spot, place))


def _newer(newer: NewerDraftError, spot: Spot) -> Response:
    kept = newer.kept
    if wants_partial():
        return _told({"draft": str(kept.stamp), "text": kept.text, "fields": kept.fields}, 409)
    editing = editor.Editing(request.script_root, spot, kept, str(kept.stamp))
    text = request.form.get("text", "")
    body = page("conversations/newer_draft.html", editing=editing, text=text, fields=editor.fields())
    return make_response(body, 409)


@conversations.post("/drafts/discard")
def discard_draft() -> Any:
    """Throw a draft away: from its form, which is then shown empty, or from the list of all."""
    member, spot = _member(), _spot()
    drafts.discard(here.db(), member, spot)
    here.db().quiet = True
    place = None if "listed" in request.form else drafts.located(here.db(), here.registry(), [spot]).get(spot)
    return saying("draft_gone", _to_form(spot, place)) if place else done("draft_gone", "conversations.all_drafts")


def _spot() -> Spot:
    """The place that the form names; raises NotFoundError when it names none."""
    kind, identity = request.form.get("draft_kind", ""), parse_id(request.form.get("draft_place", ""))
    if identity is None or len(kind) > 60:
        raise NotFoundError
    return Spot(kind, identity)


def _to_form(spot: Spot, place: Place) -> Any:
    return redirect(f"{request.script_root}/{place.path}{'#reply' if spot.kind == REPLY else ''}", 303)


def _saved() -> str:
    when = i18n.format_moment(clock.now(), here.language(), here.tenant().time_zone)
    return gettext("Draft saved %(when)s", when=when)


def _told(values: dict[str, Any], status: int = 200) -> Response:
    """An answer for the script; it is nobody else's."""
    response = make_response(values, status)
    response.headers["Cache-Control"] = "private, no-store"
    return response

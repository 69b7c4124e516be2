"""The page of who adds and changes forums, and names their conveners."""

from __future__ import annotations

from typing import Any

from flask import make_response, request

from talkoot.db import turns
from talkoot.errors import InvalidError, NotFoundError
from talkoot.followup import promises
from talkoot.ids import chosen_id, parse_id
from talkoot.people import memberships
from talkoot.people.models import Membership
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.tenants import areas, identity, organisations
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page
from talkoot_forums import forums
from talkoot_forums.forums import ForumView
from talkoot_forums.views import blueprint

MOST_FOUND = 20


@blueprint.route("/forums/manage", methods=["GET", "POST"])
@blueprint.route("/forums/<slug>/manage", methods=["GET", "POST"])
def manage(slug: str | None = None) -> Any:
    """Add a forum or change one: names, area, parent body, standing; and name its convener."""
    here.require("forums.manage")
    if request.method == "POST":
        turns.take(here.db(), turns.SETTINGS)
    found = forums.get(here.db(), slug) if slug else None
    error: InvalidError | SavedMeanwhileError | None = None
    if request.method == "POST":
        try:
            return _convene(found) if request.form.get("act") == "convene" else _save(found)
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    meanwhile = isinstance(error, SavedMeanwhileError)
    wanted = request.args.get("q", "").strip()
    people = _search(wanted)
    body = page(
        "forums/manage.html",
        forum=found,
        areas=[(area.id, area.name(here.language())) for area in areas.areas(here.db())],
        bodies=[(body.id, organisations.name(here.db(), body, here.language())) for body in promises.bodies(here.db())],
        conveners=forums.conveners(here.db(), found.id) if found else [],
        wanted=wanted,
        people=people[:MOST_FOUND],
        more=len(people) > MOST_FOUND,
        seen=fingerprints.mark(_values(found)),
        meanwhile=meanwhile,
        error=error,
        form=request.form,
    )
    return make_response(body, 409 if meanwhile else 422 if error else 200)


def _search(name: str) -> list[Membership]:
    """Members of this name who could convene; one more than are shown."""
    found = memberships.search(here.db(), name, limit=MOST_FOUND + 1) if name else []
    return [member for member in found if member.blocked_at is None]


def _convene(found: ForumView | None) -> Any:
    """Name a convener."""
    chosen = parse_id(request.form.get("member", ""))
    if found is None or chosen is None:
        raise NotFoundError
    db, scope = here.db(), (forums.SCOPE, found.id)
    member = memberships.get(db, chosen)
    if member.id not in memberships.holders(db, "convener", scope):
        memberships.grant(db, member, "convener", scope=scope)
        name = identity.joined(found.names, here.tenant().languages)
        here.note("role_given", ("membership", member.id), f"convener · {name}")
    return done("role_given", "forums.manage", anchor="conveners", slug=found.slug)


def _values(found: ForumView | None) -> list[Any]:
    """What the form shows of a forum."""
    if found is None:
        return []
    return [found.names, found.about, found.standing, found.area_id, found.body_id, found.members_only, found.shared]


def _save(found: ForumView | None) -> Any:
    db, form = here.db(), request.form
    if found:
        fingerprints.compare(form.get("seen", ""), _values(found))
    saved = forums.save(
        db,
        found.id if found else None,
        names=_texts("name", found.names if found else {}),
        about=_texts("about", found.about if found else {}),
        standing=form.get("standing", "permanent"),
        area_id=chosen_id(form.get("area", ""), "area"),
        body_id=chosen_id(form.get("body", ""), "body"),
        members_only=form.get("members_only") == "1",
        shared=form.get("shared") == "1",
    )
    here.note("forum_saved", (forums.SCOPE, saved.id), identity.joined(saved.names, here.tenant().languages))
    if found:
        return done("saved", "forums.forum", slug=saved.slug)
    return done("added", "forums.manage", anchor="conveners", slug=saved.slug)


def _texts(field: str, now: Any) -> dict[str, str]:
    """The form's texts by language; those in languages that the site no longer has are kept."""
    languages = here.tenant().languages
    kept = {language: text for language, text in now.items() if language not in languages}
    return {language: request.form.get(f"{field}_{language}", "") for language in languages} | kept

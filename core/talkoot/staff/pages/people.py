"""Members of the site: search, roles, badges, blocks, and inviting staff."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from flask import request

from talkoot import clock
from talkoot.access.actor import Scope
from talkoot.access.policy import GRANTABLE
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import chosen_id, parse_id
from talkoot.lengths import within
from talkoot.people import invitations, memberships, roles
from talkoot.people.models import Membership
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import affiliations, areas
from talkoot.web import here
from talkoot.web.forms import day
from talkoot.web.notices import done

PAGE = 25


@staff.get("/people")
def people() -> Any:
    """Members by name, those asked for first of all; and the invitations that wait."""
    enter("staff.people")
    query, role = request.args.get("q", "").strip(), request.args.get("role", "")
    found = memberships.search(here.db(), query, role=role, after=request.args.get("after", ""), limit=PAGE + 1)
    shown = found[:PAGE]
    held = roles.held(here.db(), [m.id for m in shown]) if shown else {}
    workers = _workers() if not (query or role or request.args.get("after")) else {}
    return show(
        "staff/people.html",
        at="staff.people",
        members=shown,
        held=held,
        more=shown[-1].name_key if len(found) > PAGE else None,
        query=query,
        role=role,
        grantable=GRANTABLE,
        workers=workers,
        invitations=invitations.waiting(here.db()),
        scopes=_places_of([*held.values(), *workers.values()]),
    )


def _workers() -> dict[Membership, list[roles.Held]]:
    """Everybody who holds a role, with the roles."""
    found = memberships.search(here.db(), role="staff", limit=300)
    held = roles.held(here.db(), [member.id for member in found]) if found else {}
    return {member: held[member.id] for member in found if member.id in held}


def _places_of(lists: Iterable[list[roles.Held]]) -> dict[UUID, str]:
    """What these roles are for, by id: areas, and things of plugins such as a forum."""
    scopes = {grant.scope for grants in lists for grant in grants if grant.scope}
    return _scope_names() | here.registry().scope_names(here.db(), scopes, here.language())


def _scope_names() -> dict[UUID, str]:
    return {area.id: area.name(here.language()) for area in areas.areas(here.db())}


@staff.route("/people/invite", methods=["GET", "POST"])
def invite() -> Any:
    """Invite somebody to work here, by mail, with roles and perhaps the title of their office."""
    enter("staff.people")
    error = None
    if request.method == "POST":
        try:
            _invite()
            return done("invited", "staff.people")
        except InvalidError as refused:
            error = refused
    return show("staff/invite.html", at="staff.people", error=error, grantable=GRANTABLE)


def _invite() -> None:
    form = request.form
    by = here.actor().membership_id
    made = invitations.invite(
        here.db(), form.get("email", ""), form.getlist("roles"), title=form.get("title", ""), by=by
    )
    here.note("person_invited", ("invitation", made.id), ", ".join(made.roles))


@staff.post("/people/invitations/<uuid:invitation_id>")
def invitation(invitation_id: UUID) -> Any:
    """Send an invitation again, or take it back."""
    enter("staff.people")
    act = request.form.get("act")
    if act == "again":
        found = invitations.send_again(here.db(), invitation_id)
    elif act == "withdraw":
        found = invitations.withdraw(here.db(), invitation_id)
    else:
        raise NotFoundError
    here.note("invitation_sent_again" if act == "again" else "invitation_withdrawn", ("invitation", found.id))
    return done("invited" if act == "again" else "withdrawn", "staff.people")


@staff.route("/people/<uuid:member_id>", methods=["GET", "POST"])
def person(member_id: UUID) -> Any:
    """One member: roles given and taken, the badge of an official or councillor, a block."""
    enter("staff.people")
    member = memberships.get(here.db(), member_id)
    error = None
    if request.method == "POST":
        act = ACTS.get(request.form.get("act", ""))
        if act is None:
            raise NotFoundError
        try:
            act(member)
            return done(DONE[request.form["act"]], "staff.person", member_id=member_id)
        except InvalidError as refused:
            error = refused
    held = roles.held(here.db(), [member.id]).get(member.id, [])
    return show(
        "staff/person.html",
        at="staff.people",
        error=error,
        member=member,
        held=held,
        grantable=GRANTABLE,
        scopes=_scope_names(),
        ties={tie.id: f"{affiliations.KIND_TITLES[tie.kind]}: {tie.other}" for tie in _ties()},
        places=_places_of([held]),
    )


def _give(member: Membership) -> None:
    area = chosen_id(request.form.get("scope", ""), "scope")
    if area is not None and area not in _scope_names():  # ended while the form was open
        raise InvalidError(gettext("Choose one of the options."))
    scope: Scope | None = ("area", area) if area else None
    role, last_day, tie = request.form.get("role", ""), day("last_day"), _chosen_tie()
    roles.give(here.db(), member, role, scope=scope, last_day=last_day, tie=tie)
    told = (role, _scope_names()[area] if area else "", last_day and last_day.isoformat(), tie.other if tie else "")
    here.note("role_given", ("membership", member.id), " · ".join(part for part in told if part))


def _ties() -> list[affiliations.Shown]:
    """The affiliations of this site that have not ended."""
    town, today = here.tenant(), clock.today(here.tenant().time_zone)
    found = affiliations.of(here.db(), town.id, here.app().directory.current(), here.language(), today)
    return [tie for tie in found if tie.last_day is None or tie.last_day >= today]


def _chosen_tie() -> affiliations.Shown | None:
    """The affiliation that the role is to end with; raises InvalidError for one that is none here or has ended."""
    chosen = request.form.get("tie", "")
    if not chosen:
        return None
    found = [tie for tie in _ties() if str(tie.id) == chosen]
    if not found:
        raise InvalidError(gettext("Choose one of the options."))
    return found[0]


def _take(member: Membership) -> None:
    grant_id = parse_id(request.form.get("grant", ""))
    if grant_id is None:
        raise NotFoundError
    role = roles.take(here.db(), member, grant_id)
    here.note("role_taken", ("membership", member.id), role)


def _verify(member: Membership) -> None:
    here.require("people.verify")
    kind = request.form.get("verified_as") or None
    memberships.verify(here.db(), member, kind, request.form.get("title", ""))
    here.note("person_verified" if kind else "person_unverified", ("membership", member.id), member.title)


def _block(member: Membership) -> None:
    reason = within(request.form.get("reason", ""), 500, "reason")
    if not reason:
        raise InvalidError(gettext("Tell why. It stays in the log."), "reason")
    if member.id == here.actor().membership_id:
        raise InvalidError(gettext("You cannot block yourself."))
    roles.refuse_without_main_user(here.db(), member)
    memberships.block(here.db(), member, True)
    here.note("person_blocked", ("membership", member.id), reason)


def _unblock(member: Membership) -> None:
    memberships.block(here.db(), member, False)
    here.note("person_unblocked", ("membership", member.id))


DONE = {"give": "role_given", "take": "role_taken", "verify": "saved", "block": "blocked", "unblock": "unblocked"}
ACTS = {"give": _give, "take": _take, "verify": _verify, "block": _block, "unblock": _unblock}

"""Joining a tenant, and the profile others see there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, request

from talkoot.access.policy import PARTICIPANT_ROLES
from talkoot.errors import InvalidError
from talkoot.ids import parse_id
from talkoot.notices import following
from talkoot.people import memberships
from talkoot.people.forms import JoinForm, ProfileForm
from talkoot.people.models import Membership
from talkoot.people.pages.frame import form_page, is_right, people
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page


@people.route("/join", methods=["GET", "POST"])
def join() -> Any:
    """The first act in a tenant asks to join it: under which name, and the terms."""
    who = here.require_person()
    target = here.safe_next(request.values.get("next"))
    rule = here.tenant().setting("people.names")
    if who.membership_id:
        return redirect(target, 303)
    form = JoinForm.posted()
    form.offer_name(rule)
    if request.method == "POST" and is_right(form, lambda: memberships.free_name(here.db(), form.name.data or "")):
        assert who.person_id
        memberships.join(
            here.db(),
            who.person_id,
            form.name.data,
            language=here.language(),
            participant_roles=form.roles.data or [],
            real_name=form.is_real_name,
        )
        return redirect(target, 303)
    return form_page("people/join.html", form, next=target)


@people.route("/account/profile", methods=["GET", "POST"])
def profile() -> Any:
    """The name and the words others see here."""
    who = here.require_person()
    if who.membership_id is None:
        return here.go("people.join")
    member = memberships.get(here.db(), who.membership_id)
    form = _profile_form(member)
    if request.method == "POST" and form.validate():
        try:
            memberships.change_profile(
                here.db(),
                member,
                name=form.name.data,
                real_name=form.is_real_name,
                about=form.about.data or "",
                roles=form.roles.data or [],
                area_id=parse_id(form.area.data or ""),
            )
            return done("saved", "people.account")
        except InvalidError as error:
            form.refuse(error)
    return form_page("people/profile.html", form)


def _profile_form(member: Membership) -> Any:
    form = ProfileForm.posted(
        data={
            "name": member.name,
            "about": member.about,
            "roles": member.participant_roles,
            "real_name": "real" if member.real_name else "pseudonym",
            "area": str(member.area_id or ""),
        }
    )
    form.offer_name(here.tenant().setting("people.names"))
    form.offer_areas({str(area.id): area.name(here.language()) for area in areas.areas(here.db())})
    return form


@people.get("/people/<uuid:member_id>")
def member(member_id: UUID) -> str:
    """A member's public profile."""
    here.require("people.see_profiles")
    found = memberships.get(here.db(), member_id)
    office = following.office_of(found)
    follow = following.button(here.db(), here.actor(), office) if office else None
    return page("people/member.html", member=found, participant_titles=PARTICIPANT_ROLES, follow=follow)

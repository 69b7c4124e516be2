"""A person's rights as pages: a copy of the data, and being forgotten."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from talkoot.errors import NotFoundError
from talkoot.people import memberships, privacy, roles
from talkoot.people.pages.frame import people
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page


@people.get("/account/data.json")
def my_data() -> Response:
    """A copy of everything this tenant holds about the member (GDPR art. 20)."""
    who = here.require_person()
    if who.membership_id is None:
        raise NotFoundError
    member = memberships.get(here.db(), who.membership_id)
    data = privacy.export(here.db(), here.registry(), member)
    response = Response(json.dumps(data, ensure_ascii=False, indent=1), mimetype="application/json")
    response.headers["Content-Disposition"] = f'attachment; filename="{here.tenant().slug}.json"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


@people.route("/account/leave", methods=["GET", "POST"])
def leave() -> Any:
    """Be forgotten here: what that means is told first, then done at once."""
    who = here.require_person()
    if who.membership_id is None:
        raise NotFoundError
    member = memberships.get(here.db(), who.membership_id)
    if request.method != "POST":
        return page("people/leave.html", keep=here.tenant().setting("people.erasure") == "keep")
    roles.refuse_without_main_user(here.db(), member)
    here.note("member_left", ("membership", member.id))
    privacy.erase(here.db(), here.registry(), member)
    return done("left", "site.home")

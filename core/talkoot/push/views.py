"""Adding and removing a device, and the script with which a browser receives."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, request

from talkoot.errors import NotFoundError
from talkoot.people.sessions import device_name
from talkoot.push import devices, services
from talkoot.web import assets, here
from talkoot.web.notices import done

push = Blueprint("push", __name__)


@push.before_request
def only_where_offered() -> None:
    """Without the extra and a key there is nothing here."""
    if not services.is_offered(here.app().settings):
        raise NotFoundError


@push.get("/push-worker.js")
def worker() -> Response:
    """The service worker. It lies at the top of the site, for its address decides which pages it is for: no other tenant's."""
    here.tenant()
    response = Response(assets.content("push-worker.js"), mimetype="text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@push.post("/my/devices")
def add() -> Any:
    """Tell the member in this browser, too."""
    member, form = here.member_id("notices.own"), request.form
    given = devices.Given(*(form.get(name, "") for name in ("endpoint", "p256dh", "auth")))
    devices.add(here.db(), here.app().settings, member, given, device_name(request.user_agent.string))
    here.db().quiet = True
    return done("device_added", "notices.mail", "devices")


@push.post("/my/devices/<uuid:device_id>/remove")
def remove(device_id: UUID) -> Any:
    """Tell the member there no more."""
    devices.remove(here.db(), here.member_id("notices.own"), device_id)
    here.db().quiet = True
    return done("device_removed", "notices.mail", "devices")

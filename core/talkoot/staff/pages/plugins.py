"""Which ways to take part are in use here."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.errors import InvalidError
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.staff.pages.settings import region_name
from talkoot.tenants import switches
from talkoot.web import here
from talkoot.web.notices import done


@staff.route("/plugins", methods=["GET", "POST"])
def plugins() -> Any:
    """Every installed plugin with its switch; a switch works from the next click on, without a restart."""
    enter("staff.plugins")
    found = switches.of(here.db(), here.registry(), here.tenant().slug)
    error = None
    if request.method == "POST":
        try:
            return done("switched_on" if _switch(found) else "switched_off", "staff.plugins")
        except InvalidError as refused:
            error = refused
    return show("staff/plugins.html", at="staff.plugins", error=error, switches=found, region=region_name())


def _switch(found: dict[str, switches.Switch]) -> bool:
    name, on = request.form.get("plugin", ""), request.form.get("on") == "1"
    switches.switch(here.db(), here.tenant().id, found.get(name), on)
    here.note("plugin_on" if on else "plugin_off", reason=name)
    return on

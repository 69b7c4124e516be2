"""The site's logo: taken, looked at on a light and a dark page, removed again."""

from __future__ import annotations

from typing import Any

from flask import Response, after_this_request, request

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import logos
from talkoot.web import here
from talkoot.web.notices import done


@staff.route("/settings/logo", methods=["GET", "POST"])
def logo() -> Any:
    """Choose a picture for the head of every page, or go back to the shield with the first letter."""
    enter("staff.settings")
    error = None
    if request.method == "POST":
        try:
            _remove() if request.form.get("act") == "remove" else _change()
            return done("removed" if request.form.get("act") == "remove" else "saved", "staff.logo")
        except InvalidError as refused:
            error = refused
    return show("staff/logo.html", at="staff.settings", error=error, shown=here.tenant().logo)


def _change() -> None:
    sent = request.files.get("logo")
    data = sent.read(logos.MOST_BYTES + 1) if sent else b""
    if not data:
        raise InvalidError(gettext("Choose a file first."), "logo")
    _forget_once_saved(logos.change(here.db(), here.app().settings.instance, here.tenant().id, data))
    here.note("logo_changed")


def _remove() -> None:
    _forget_once_saved(logos.remove(here.db(), here.tenant().id))
    here.note("logo_removed")


def _forget_once_saved(name: str) -> None:
    """Delete the file that was replaced after the commit, and only if that went well."""
    instance, tenant_id = here.app().settings.instance, here.tenant().id

    @after_this_request
    def forget(response: Response) -> Response:
        if response.status_code < 400:
            logos.forget(instance, tenant_id, name)
        return response

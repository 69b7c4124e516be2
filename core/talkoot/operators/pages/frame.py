"""The frame of the operators' pages. They live on the installation's own site only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from talkoot.access.actor import Actor
from talkoot.i18n import lazy
from talkoot.staff import fingerprints
from talkoot.staff.pages.frame import answer
from talkoot.web import here
from talkoot.web.request import SAFE

operators = Blueprint("operators", __name__, url_prefix="/operator")
MENU = {
    "operators.tenants": lazy("Municipalities"),
    "operators.add": lazy("Add a municipality"),
    "operators.regions": lazy("Regions' rules"),
    "operators.texts": lazy("Texts"),
    "operators.installation": lazy("The installation"),
}


@operators.before_request
def as_saved() -> None:
    """Show and change tenants as they are now, whichever worker answers, one change after the other."""
    if request.method not in SAFE:
        fingerprints.hold(here.db())
    here.app().directory.renew()


def enter() -> Actor:
    """The operator; else SignInNeeded or ForbiddenError."""
    return here.require("installation.operate")


def show(template: str, *, at: str, **context: Any) -> Response:
    """A page with the operators' menu; `context` as in the staff's `answer`."""
    return answer(template, menu=MENU, at=at, **context)

"""The frame of the operators' pages. They live on the installation's own site only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from talkoot.access.actor import Actor
from talkoot.i18n import lazy
from talkoot.staff.pages.frame import answer, save_one_by_one
from talkoot.web import here

operators = Blueprint("operators", __name__, url_prefix="/operator")
MENU = {
    "operators.tenants": lazy("Municipalities"),
    "operators.add": lazy("Add a municipality"),
    "operators.regions": lazy("Regions' rules"),
    "operators.texts": lazy("Texts"),
    "operators.installation": lazy("The installation"),
}


operators.before_request(save_one_by_one)


@operators.before_request
def know_every_site() -> None:
    """Show and change sites as they are now, whichever worker answers."""
    here.app().directory.renew()


def enter() -> Actor:
    """The operator; else SignInNeeded or ForbiddenError."""
    return here.require("installation.operate")


def show(template: str, *, at: str, **context: Any) -> Response:
    """A page with the operators' menu; `context` as in the staff's `answer`."""
    return answer(template, menu=MENU, at=at, **context)

"""The frame of the operators' pages. They live on the installation's own site only."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, Response, make_response, request

from talkoot.access.actor import Actor
from talkoot.i18n import lazy
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.frame import Refusal
from talkoot.tenants import identity
from talkoot.web import here
from talkoot.web.render import page

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
    """Show and change tenants as they are now, whichever worker answers: other pages may be a second behind."""
    here.app().directory.renew()


def enter() -> Actor:
    """The operator; else SignInNeeded or ForbiddenError."""
    return here.require("installation.operate")


def show(template: str, *, at: str, error: Refusal | None = None, status: int = 200, **context: Any) -> Response:
    """A page with the operators' menu; 422 when what was sent is refused, 409 when somebody else has saved."""
    meanwhile = isinstance(error, SavedMeanwhileError)
    words = error.message if error else None
    body = page(
        template,
        menu=MENU,
        at=at,
        error=words,
        meanwhile=meanwhile,
        form=request.form,
        joined=identity.joined,
        **context,
    )
    return make_response(body, 409 if meanwhile else 422 if error else status)


def day(name: str) -> date | None:
    """A calendar day from the form; None when the field is empty or no day."""
    try:
        return date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        return None

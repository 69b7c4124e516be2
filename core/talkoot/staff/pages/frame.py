"""The frame of the staff's pages: their menu, who may open which, and answering with a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, make_response, request

from talkoot.access.actor import Actor
from talkoot.db import turns
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import lazy
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.tenants import identity
from talkoot.web import here
from talkoot.web.render import page
from talkoot.web.request import SAFE

Refusal = InvalidError | SavedMeanwhileError
staff = Blueprint("staff", __name__, url_prefix="/staff")


@dataclass(frozen=True)
class Entry:
    """A page of the staff. `scoped`: a role in one area or forum opens it too and shows that part."""

    endpoint: str
    title: str
    words: str
    permission: str
    scoped: bool = False

    def open_to(self, actor: Actor) -> bool:
        return actor.may_somewhere(self.permission) if self.scoped else actor.may(self.permission)


ENTRIES = (
    Entry("staff.desk", lazy("Desk"), lazy("What waits for you"), "tenant.staff_pages", scoped=True),
    Entry("staff.reports", lazy("Reports"), lazy("Posts that readers have reported"), "conversations.moderate", scoped=True),
    Entry("staff.feedback", lazy("Feedback"), lazy("What residents have told, and its answers"), "contributions.handle", scoped=True),
    Entry("staff.key_in", lazy("Key in"), lazy("What came on paper, by phone or face to face"), "contributions.key", scoped=True),
    Entry("staff.people", lazy("People"), lazy("Members, roles, invitations and badges"), "people.manage"),
    Entry("staff.areas", lazy("Areas"), lazy("Villages, districts and former municipalities"), "tenant.areas"),
    Entry("staff.bodies", lazy("Bodies"), lazy("Boards, offices and associations, and who owes answers"), "tenant.settings"),
    Entry("staff.texts", lazy("Texts"), lazy("Accessibility statement, privacy notice, terms, contact"), "tenant.texts"),
    Entry("staff.settings", lazy("Settings"), lazy("Names, languages, look, welcome and rules"), "tenant.settings"),
    Entry("staff.plugins", lazy("Plugins"), lazy("Which ways to take part are in use here"), "tenant.settings"),
    Entry("staff.log", lazy("Log"), lazy("Who did what, when and why"), "tenant.log"),
)  # fmt: skip
BY_ENDPOINT = {entry.endpoint: entry for entry in ENTRIES}


@staff.before_request
def save_one_by_one() -> None:
    """Who saves here waits for whoever is saving on this site: what is compared with the form stays as compared."""
    if request.method not in SAFE:
        turns.take(here.db(), turns.SETTINGS)


@staff.before_request
def show_as_saved() -> None:
    """Pages show what was saved a moment ago, whichever worker answers: other pages may be a second behind."""
    if request.method in SAFE:
        tenant = here.app().directory.renew().by_id.get(here.tenant().id)
        if tenant is None:
            raise NotFoundError
        g.tenant = tenant


def enter(endpoint: str) -> Actor:
    """The actor if they may open this page of the staff; else SignInNeeded or ForbiddenError."""
    entry = BY_ENDPOINT[endpoint]
    return here.actor() if entry.open_to(here.actor()) else here.require(entry.permission)


def show(template: str, *, at: str, **context: Any) -> Response:
    """A page of the staff with its menu; `context` as in `answer`."""
    menu = [entry for entry in ENTRIES if entry.open_to(here.actor())]
    return answer(template, menu=menu, at=BY_ENDPOINT[at], **context)


def answer(template: str, *, error: Refusal | None = None, status: int = 200, **context: Any) -> Response:
    """A page with what was sent to it; 422 when that is refused, 409 when somebody else has saved. Operators' pages too."""
    meanwhile = isinstance(error, SavedMeanwhileError)
    body = page(template, error=error, meanwhile=meanwhile, form=request.form, joined=identity.joined, **context)
    return make_response(body, 409 if meanwhile else 422 if error else status)

"""Links out of mails: whom one is for, and the page for those that lead nowhere any more."""

from __future__ import annotations

from typing import Any

from flask import Response, g

from talkoot.errors import NotFoundError
from talkoot.ids import parse_id
from talkoot.people import links
from talkoot.people.models import Invitation, Person
from talkoot.people.pages.frame import people, unstored
from talkoot.web import here
from talkoot.web.render import page


class DeadLinkError(NotFoundError):
    """A mailed link is used, old, withdrawn, another site's, or lost a part on its way: all the same to the visitor."""

    def __init__(self, purpose: str) -> None:
        super().__init__()
        self.purpose = purpose  # as in links.MAX_AGE


@people.errorhandler(DeadLinkError)
def dead_link(error: DeadLinkError) -> Response:
    """Says so, and how to go on. It is the same for every link that does not work, so it tells nothing about anybody."""
    response = unstored(page("people/dead_link.html", purpose=error.purpose))
    response.status_code = 404
    return response


def whose_link(purpose: str, token: str) -> Person:
    """The person a mailed link is for; raises DeadLinkError when it is used, old, foreign or another tenant's."""
    claims = links.read(here.app().settings, purpose, g.tenant, token)
    person = _claimed(claims)
    if person is None or claims is None or person.nonce != claims["nonce"]:
        raise DeadLinkError(purpose)
    return person


def whose_used_link(purpose: str, token: str) -> Person | None:
    """The person a link was once mailed to, however old and used it is; None for a made-up link. Gives no right to anything."""
    return _claimed(links.read(here.app().settings, purpose, g.tenant, token, even_old=True))


def _claimed(claims: dict[str, Any] | None) -> Person | None:
    return here.db().get(Person, parse_id(claims["person"])) if claims else None


def invited_by_link(token: str) -> Invitation:
    """The open invitation a mailed link is for; raises DeadLinkError."""
    claims = links.read(here.app().settings, "invite", here.tenant(), token)
    found = here.db().find(Invitation, id=parse_id(claims["invitation"])) if claims else None
    if found is None:
        raise DeadLinkError("invite")
    return found

"""The demonstration's mailbox."""

from __future__ import annotations

from typing import Any

from flask import Response

from talkoot.errors import NotFoundError
from talkoot.mail import mailbox
from talkoot.people.pages.frame import on_loopback, people, unstored
from talkoot.web import here
from talkoot.web.render import page

MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; sandbox allow-popups allow-top-navigation-by-user-activation"
)


@people.get("/mailbox")
def local_mailbox() -> Response:
    """The demo's mail, as it would have been sent. Only with `mailbox:` as mail server, and only on loopback."""
    _only_in_the_demo()
    return unstored(page("people/mailbox.html", mails=mailbox.newest(here.app())))


@people.get("/mailbox/<name>")
def kept_mail(name: str) -> Any:
    """The HTML of a kept mail, as a mail program shows it: styles in its elements, no script, and no page around it."""
    _only_in_the_demo()
    if (found := mailbox.html(here.app(), name)) is None:
        raise NotFoundError
    response = unstored(found)
    response.headers["Content-Security-Policy"] = MAIL_POLICY
    return response


def _only_in_the_demo() -> None:
    settings = here.app().settings
    near = settings.demo_anywhere or on_loopback()
    if not (settings.demo and near and settings.mail_url.startswith("mailbox:")):
        raise NotFoundError

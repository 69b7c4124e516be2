"""The demonstration's mailbox."""

from __future__ import annotations

from flask import Response

from talkoot.errors import NotFoundError
from talkoot.mail import mailbox
from talkoot.people.pages.frame import on_loopback, people, unstored
from talkoot.web import here
from talkoot.web.render import page


@people.get("/mailbox")
def local_mailbox() -> Response:
    """The demo's mail, as it would have been sent. Only with `mailbox:` as mail server, and only on loopback."""
    settings = here.app().settings
    near = settings.demo_anywhere or on_loopback()
    if not (settings.demo and near and settings.mail_url.startswith("mailbox:")):
        raise NotFoundError
    return unstored(page("people/mailbox.html", mails=mailbox.newest(here.app())))

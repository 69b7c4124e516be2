"""The door for mail services that deliver over https, on the installation's own site."""

from __future__ import annotations

from flask import Blueprint, Response, request

from talkoot.errors import NotFoundError
from talkoot.incoming import receiving, signatures
from talkoot.incoming.letters import LARGEST, Envelope
from talkoot.web import here

incoming = Blueprint("incoming", __name__)


@incoming.post("/mail/incoming")
def webhook() -> Response:
    """Take a mail in: the body is the mail as it came, the headers say who signed it and when. Others are refused."""
    app = here.app()
    secret = app.settings.mail_in_secret
    if not (secret and app.settings.mail_in_address):
        raise NotFoundError
    request.max_content_length = LARGEST
    head, raw = request.headers, request.get_data(cache=False)
    recipients = tuple(to.strip() for to in head.get("X-Talkoot-Recipient", "").split(",") if to.strip())
    envelope = Envelope(recipients, head.get("X-Talkoot-Sender"))
    signature = head.get("X-Talkoot-Signature", "")
    moment = signatures.moment_of(secret, head.get("X-Talkoot-Timestamp", ""), envelope, raw, signature)
    if moment is None:
        return _answer("not signed", 401)
    if signatures.was_taken(app, signature, moment):
        return _answer("taken before", 409)
    outcome = receiving.receive(app, raw, envelope)
    signatures.mark_taken(app, signature, moment)
    return _answer(outcome.kind, 200)


def _answer(words: str, status: int) -> Response:
    return Response(f"{words}\n", status, mimetype="text/plain")

"""Pictures as they are asked for, and the answer to a script that sends one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from talkoot.conversations import places
from talkoot.errors import InvalidError, NotFoundError
from talkoot.files import pictures, uploads
from talkoot.files.pictures import Shown
from talkoot.files.storage import Key
from talkoot.web import here

files = Blueprint("files", __name__)
A_YEAR = "private, max-age=31536000, immutable"  # in the reader's own browser: a proxy would still have what was hidden
ASK_AGAIN = "private, no-cache"  # it may be a shared computer


@files.get("/files/<name>")
def picture(name: str) -> Response:
    """A picture, to whoever may see the post it stands in. What was uploaded never runs here (security.md rows 10, 33)."""
    asked = pictures.NAME.fullmatch(name)
    found = pictures.find(here.db(), asked[1]) if asked else None
    if asked is None or found is None:
        raise NotFoundError
    open_to_all = _is_open_to_all(found)
    response = Response(mimetype=pictures.TYPES[asked[3]])
    response.set_etag(f"{found.digest[:20]}{asked[2] or ''}")
    if request.if_none_match.contains(response.get_etag()[0] or ""):
        response.status_code = 304
    elif (
        data := here.app().storage.get(Key(here.tenant().id, name))
    ) is None:  # a backup without its uploads was restored
        raise NotFoundError
    else:
        response.data = data
    response.headers["Cache-Control"] = A_YEAR if open_to_all else ASK_AGAIN
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response


def _is_open_to_all(found: Shown) -> bool:
    """Whether everybody may see it; raises NotFoundError when this visitor may not."""
    if found.post_id is None:
        if not here.actor().is_member or here.actor().membership_id != found.uploader_id:
            raise NotFoundError
        return False
    place = places.places(here.db(), here.registry(), [found.subject]).get(found.subject) if found.subject else None
    if place is None or not (place.public or here.actor().is_member):
        raise NotFoundError
    if found.hidden and not here.actor().may("conversations.see_hidden", *place.scopes):
        raise NotFoundError
    return place.public and not found.hidden


@files.post("/files/")
def add() -> Any:
    """Keep a picture; the answer is what to put into the text, or why it was refused."""
    try:
        return {"text": uploads.added()}
    except InvalidError as refused:
        return {"error": refused.message, "field": refused.field}, 422

"""Two requests that add the same row at once: the slower one is undone and run again, and then finds the row."""

from __future__ import annotations

import structlog
from flask import g, request

from talkoot.db import turns
from talkoot.web import here

log = structlog.get_logger("talkoot.web")


def begin_anew() -> bool:
    """Undo what the request has written, so that its view can run again from its beginning.

    False when it has written nothing: then running it again would change nothing either. The error itself is not logged,
    PostgreSQL puts values of the row into it.
    """
    db = g.get("db")
    if db is None or not db.writing:
        return False
    log.warning("lost_race", endpoint=request.endpoint, tenant=g.tenant.slug if g.tenant else "-")
    taken = db.info.get(turns.TAKEN, ())
    db.close()
    for known in ("db", "actor", "keep_failure"):
        g.pop(known, None)
    for what in taken:
        turns.take(here.db(), what)
    for file in request.files.values():
        file.stream.seek(0)
    return True

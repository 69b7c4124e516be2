"""The desk: what waits, and the way to every other page."""

from __future__ import annotations

from flask import Response

from talkoot.audit import titles
from talkoot.followup import listing
from talkoot.staff import desk as subject
from talkoot.staff import log_things, log_words
from talkoot.staff.pages.frame import ENTRIES, enter, show, staff
from talkoot.web import here


@staff.get("/")
def desk() -> Response:
    """What waits for the one who looks."""
    actor = enter("staff.desk")
    waiting = subject.waiting(here.db(), here.registry(), actor, here.language())
    pages = [entry for entry in ENTRIES[1:] if entry.open_to(actor)]
    return show(
        "staff/desk.html",
        at="staff.desk",
        waiting=waiting,
        pages=pages,
        things=log_things.found(here.db(), here.registry(), waiting.log or (), actor=actor),
        counts=listing.counts(here.db(), here.registry(), member=actor.is_member),
        title_of=titles.reader(here.registry()),
        reason_of=log_words.reader(here.registry()),
    )

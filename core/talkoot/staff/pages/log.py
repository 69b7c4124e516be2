"""The log: who did what, when and why."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.audit import chain, titles
from talkoot.audit import log as audit
from talkoot.staff import log_things, log_words
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.web import here
from talkoot.web.forms import number_of

PAGE = 50


@staff.get("/log")
def log() -> Any:
    """The log, newest first; on request also whether every line of it is still as it was written."""
    actor = enter("staff.log")
    found = audit.lines(here.db(), before=request.args.get("before", type=number_of), limit=PAGE)
    check = request.args.get("check") == "1"
    return show(
        "staff/log.html",
        at="staff.log",
        lines=found,
        things=log_things.found(here.db(), here.registry(), found, actor=actor),
        more=found[-1].seq if len(found) == PAGE and found[-1].seq > 1 else None,
        checked=check,
        bad=chain.first_bad(here.db()) if check else None,
        title_of=titles.reader(here.registry()),
        reason_of=log_words.reader(here.registry()),
    )

"""The queue of reported posts: hide with a reason, or keep."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.conversations import flags, pages
from talkoot.errors import ForbiddenError, InvalidError, NotFoundError
from talkoot.ids import parse_id
from talkoot.staff import desk
from talkoot.staff.desk import Reported
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.web import here
from talkoot.web.notices import done


@staff.route("/reports", methods=["GET", "POST"])
def reports() -> Any:
    """Reported posts, the one that has waited longest first; a decision closes all reports of its post."""
    actor = enter("staff.reports")
    queue = desk.reported(here.db(), here.registry(), actor)
    error, refused = None, None
    if request.method == "POST":
        item = _chosen(queue)
        try:
            _decide(item, request.form.get("act", ""), request.form.get("reason", ""))
            return done("hidden" if request.form["act"] == "hide" else "kept", "staff.reports")
        except InvalidError as wrong:
            error, refused = wrong, item.post.id
    shown = {item.post.id: pages.one(here.db(), item.post.id, see_hidden=True) for item in queue}
    return show(
        "staff/reports.html",
        at="staff.reports",
        queue=queue,
        posts=shown,
        reasons=flags.REASONS,
        refused=refused,
        error=error,
    )


def _chosen(queue: list[Reported]) -> Reported:
    wanted = parse_id(request.form.get("post", ""))
    for item in queue:
        if item.post.id == wanted:
            return item
    raise NotFoundError


def _decide(item: Reported, decision: str, reason: str) -> None:
    by = here.actor().membership_id
    if by is None:
        raise ForbiddenError("conversations.moderate")
    flags.decide(here.db(), here.registry(), item.post, by, decision, reason)

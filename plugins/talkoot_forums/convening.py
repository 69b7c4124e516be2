"""The page of who looks after a topic: its forum's convener, or a moderator."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, request

from talkoot import clock
from talkoot.conversations import pages, posts
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.web import here
from talkoot.web.forms import day, number_of
from talkoot.web.render import page
from talkoot_forums import forums, upkeep
from talkoot_forums.forums import ForumView
from talkoot_forums.topics import TopicView
from talkoot_forums.views import blueprint, pager, topic_of

NO_POST = UUID(int=0)  # stands for what is no id at all, so that it is not found


@blueprint.route("/topics/<number:number>/care", methods=["GET", "POST"])
def care(number: int) -> Any:
    """The convener's page of a topic: pin, close, move, merge, split, lift."""
    found = topic_of(number)
    by = here.member_id("forums.convene", *found.scopes)
    asked, last = max(request.args.get("page", default=1, type=number_of), 1), posts.page_of(found.newest)
    if asked > last:
        raise NotFoundError
    error = None
    if request.method == "POST":
        try:
            target = _care(found, request.form.get("act", ""), by)
            return here.go("forums.topic", number=target)
        except InvalidError as refused:
            error = refused
    body = page(
        "forums/care.html",
        topic=found,
        posts=pages.page(here.db(), found.conversation_id, asked),
        number=asked,
        last=last,
        pages=pager(asked, last),
        forums=[forum for forum in forums.listed(here.db()) if _may_move_to(forum, found)],
        error=error,
        form=request.form,
        promise=found.promise(here.language(), clock.today(here.tenant().time_zone)),
    )
    return make_response(body, 422 if error else 200)


def _may_move_to(forum: ForumView, found: TopicView) -> bool:
    return forum.id != found.forum_id and here.actor().may("forums.convene", *forum.scopes)


def _care(found: TopicView, act: str, by: UUID) -> int:
    """Do one act; returns the number of the topic to show next."""
    db, form = here.db(), request.form
    target = found.number
    if act == "pin":
        upkeep.pin(db, found, form.get("on") == "1")
    elif act == "close":
        upkeep.close(db, found, form.get("reason", ""))
    elif act == "reopen":
        upkeep.reopen(db, found)
    elif act == "rename":
        upkeep.rename(db, found, form.get("title", ""))
    elif act == "move":
        upkeep.move(db, found, _forum_to_move_to())
    elif act == "merge":
        into = _topic_to_merge_into()
        upkeep.merge(db, found, into)
        target = into.number
    elif act == "split":
        target = upkeep.split(db, found, _posts_to_split(), form.get("title", ""))
    elif act == "lift":
        if found.promise_number is not None:  # the form was sent twice
            return target
        _lift(found, by)
    else:
        raise NotFoundError
    here.note(f"topic_{act}", ("forums.topic", found.id), form.get("reason", ""))
    return target


def _forum_to_move_to() -> ForumView:
    """The chosen forum; whoever moves a topic there convenes that forum too."""
    try:
        target = forums.get(here.db(), request.form.get("forum", ""))
    except NotFoundError:
        raise InvalidError(gettext("Choose one of the options."), "forum") from None
    here.require("forums.convene", *target.scopes)
    return target


def _topic_to_merge_into() -> TopicView:
    """The topic with the number that was written; whoever merges into it convenes its forum too."""
    try:
        target = topic_of(request.form.get("number", type=number_of) or 0)
    except NotFoundError:
        raise InvalidError(gettext("There is no topic with this number."), "number") from None
    here.require("forums.convene", *target.scopes)
    return target


def _posts_to_split() -> list[UUID]:
    return [parse_id(text) or NO_POST for text in request.form.getlist("posts")]


def _lift(found: TopicView, by: UUID) -> None:
    upkeep.lift(
        here.db(),
        found,
        by=by,
        words=request.form.get("text", ""),
        due_on=day("due_on"),
        language=here.language(),
        submission=here.submission(),
    )

"""The page of who looks after a topic: its forum's convener, or a moderator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import make_response, request

from talkoot import clock
from talkoot.conversations import pages, posts
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import chosen_id
from talkoot.tenants import identity
from talkoot.web import here
from talkoot.web.forms import day, number_of
from talkoot.web.notices import done
from talkoot.web.render import page
from talkoot_forums import forums, upkeep
from talkoot_forums.forums import ForumView
from talkoot_forums.topics import KIND, TopicView
from talkoot_forums.views import blueprint, pager, topic_of


@dataclass(frozen=True)
class Done:
    """What an act led to: the number of the topic to show next, and words for the log, in which no title stands.

    `again`: the form had been sent before, and nothing was done now.
    """

    number: int
    words: str = ""
    again: bool = False


@blueprint.route("/topics/<number:number>/care", methods=["GET", "POST"])
def care(number: int) -> Any:
    """The convener's page of a topic: pin, close, move, merge, split, lift."""
    found = topic_of(number)
    here.member_id("forums.convene", *found.scopes)
    asked, last = max(request.args.get("page", default=1, type=number_of), 1), posts.page_of(found.newest)
    if asked > last:
        raise NotFoundError
    error = None
    if request.method == "POST":
        try:
            return done("saved", "forums.topic", number=_care(found, request.form.get("act", "")))
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


def _care(found: TopicView, act: str) -> int:
    """Do one act, with a line in the log when something was done; returns the number of the topic to show next."""
    if act not in ACTS:
        raise NotFoundError
    led_to = ACTS[act](found) or Done(found.number)
    if not led_to.again:
        here.note(f"topic_{act}", (KIND, found.id), led_to.words)
    return led_to.number


def _close(found: TopicView) -> Done:
    if found.closed_at is not None:
        return Done(found.number, again=True)
    return Done(found.number, upkeep.close(here.db(), found, request.form.get("reason", "")))


def _move(found: TopicView) -> Done:
    """Into the chosen forum; whoever moves a topic there convenes that forum too."""
    try:
        target = forums.get(here.db(), request.form.get("forum", ""))
    except NotFoundError:
        raise InvalidError(gettext("Choose one of the options."), "forum") from None
    here.require("forums.convene", *target.scopes)
    upkeep.move(here.db(), found, target)
    way = (identity.joined(names, here.tenant().languages) for names in (found.forum_names, target.names))
    return Done(found.number, " → ".join(way))


def _merge(found: TopicView) -> Done:
    """Into the topic with the number that was written; whoever merges into it convenes its forum too."""
    try:
        target = topic_of(request.form.get("number", type=number_of) or 0)
    except NotFoundError:
        raise InvalidError(gettext("There is no topic with this number."), "number") from None
    here.require("forums.convene", *target.scopes)
    upkeep.merge(here.db(), found, target)
    return Done(target.number, f"#{found.number} → #{target.number}")


def _split(found: TopicView) -> Done:
    chosen = [one for text in request.form.getlist("posts") if (one := chosen_id(text, "posts"))]
    number = upkeep.split(here.db(), found, chosen, request.form.get("title", ""))
    return Done(number, f"#{found.number} → #{number}")


def _lift(found: TopicView) -> Done:
    if found.promise_number is not None:
        return Done(found.number, again=True)
    upkeep.lift(
        here.db(),
        found,
        by=here.member_id("forums.convene", *found.scopes),
        words=request.form.get("text", ""),
        due_on=day("due_on"),
        language=here.language(),
        submission=here.submission(),
    )
    return Done(found.number)


ACTS: dict[str, Callable[[TopicView], Done | None]] = {  # None: nothing more to tell, and the topic is shown
    "pin": lambda found: upkeep.pin(here.db(), found, True),
    "unpin": lambda found: upkeep.pin(here.db(), found, False),
    "close": _close,
    "reopen": lambda found: upkeep.reopen(here.db(), found),
    "rename": lambda found: upkeep.rename(here.db(), found, request.form.get("title", "")),
    "move": _move,
    "merge": _merge,
    "split": _split,
    "lift": _lift,
}

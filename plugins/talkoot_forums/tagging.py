"""Changing the tags of a topic: its writer, or who looks after it."""

from __future__ import annotations

from typing import Any

from flask import make_response, request

from talkoot.errors import ForbiddenError, InvalidError
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page
from talkoot_forums import tags, topic_tags
from talkoot_forums.topics import KIND, TopicView
from talkoot_forums.views import blueprint, topic_of


@blueprint.route("/topics/<number:number>/tags", methods=["GET", "POST"])
def topic_tagging(number: int) -> Any:
    """Choose a topic's tags anew."""
    found = topic_of(number)
    who = here.member_id("forums.write", *found.scopes)
    convenes = here.actor().may("forums.convene", *found.scopes)
    if not convenes and found.author_id != who:
        raise ForbiddenError
    error = None
    if request.method == "POST":
        try:
            _save(found, convenes)
            return done("saved", "forums.topic", number=number, slug=found.slug or None)
        except InvalidError as refused:
            error = refused
    now = [slug for slug, _ in found.chips(here.language())]
    offered = [tag for tag in tags.vocabulary(here.db(), retired=True) if not tag.retired or tag.slug in now]
    body = page("forums/topic_tags.html", topic=found, tags=offered, now=now, error=error, form=request.form)
    return make_response(body, 422 if error else 200)


def _save(found: TopicView, convenes: bool) -> None:
    """Who looks after others' topics leaves a line in the log."""
    chosen = topic_tags.choose(here.db(), found.id, request.form.getlist("tags"))
    if convenes:
        here.note("topic_tag", (KIND, found.id), ", ".join(chosen))

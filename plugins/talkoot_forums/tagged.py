"""Pages of topics over all forums: all of them, and those with a tag."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import redirect, request, url_for

from talkoot import clock
from talkoot.errors import NotFoundError
from talkoot.notices import following
from talkoot.web import here
from talkoot.web.forms import number_of
from talkoot.web.render import page
from talkoot_forums import browsing, listing, news, tags
from talkoot_forums.places import TAG
from talkoot_forums.tags import TagView
from talkoot_forums.views import blueprint


@blueprint.get("/topics/")
def all_topics() -> str:
    """The topics of all forums."""
    here.require("forums.read")
    return _list(url_for("forums.all_topics"), None)


@blueprint.get("/tags/<slug>/")
def tag(slug: str) -> Any:
    """The topics with a tag; the address of a merged one leads to the other."""
    here.require("forums.read")
    try:
        found = tags.get(here.db(), slug)
    except NotFoundError:
        if (target := tags.merged_into(here.db(), slug)) is None:
            raise
        return redirect(url_for("forums.tag", slug=target), 302)  # it may be taken apart again under another name
    return _list(url_for("forums.tag", slug=slug), found)


def _list(address: str, tag: TagView | None) -> str:
    asked = browsing.asked()
    if tag:  # the page's own; another one in the address says nothing here
        asked = replace(asked, filters=replace(asked.filters, tag=""), tag=tag, tags=[])
    before = request.args.get("before", type=number_of)
    found, more = listing.everywhere(
        here.db(), asked.filters, tag_id=asked.tag_id, member=here.actor().is_member, before=before
    )
    return page(
        "forums/topics.html",
        partial="forums/_topics.html" if before else None,
        tag=tag,
        topics=found,
        more=more,
        asked=asked,
        address=address,
        show_forum=True,
        news=news.among(here.db(), here.actor(), found),
        follow=following.button(here.db(), here.actor(), (TAG, tag.id)) if tag else None,
        today=clock.today(here.tenant().time_zone),
    )

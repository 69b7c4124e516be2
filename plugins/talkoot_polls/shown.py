"""How a poll is shown: under its post, on its own page, and alone when htmx has sent a vote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from talkoot.access.actor import Actor
from talkoot.conversations.pages import PostView
from talkoot.conversations.places import of_posts
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.web import here
from talkoot.web.render import environment
from talkoot_polls import polls, voting
from talkoot_polls.polls import PollView


class Bar(NamedTuple):
    """A line of a result: that of a ranked poll is of its last round, in which some have no votes to count any more. `share`
    is of those who have voted, or of the votes in that round.
    """

    label: str
    votes: int | None
    share: float
    best: bool


def bars(poll: PollView) -> list[Bar]:
    """The result, option by option, in the poll's order."""
    votes: Sequence[int | None] = poll.result.get("votes") or [0] * len(poll.options)
    whole = sum(count or 0 for count in votes) if poll.kind == "ranked" else poll.voters
    best = poll.result.get("best", ())
    return [
        Bar(label, count, 100 * (count or 0) / whole if whole else 0.0, n in best)
        for n, (label, count) in enumerate(zip(poll.options, votes, strict=True))
    ]


def extras(db: TenantSession, actor: Actor, posts: Sequence[PostView], is_open: bool) -> dict[UUID, Markup]:
    """What stands under the posts of a page: their polls, and under one's own a way to add one while it is open."""
    seen = [post for post in posts if post.state == "shown"]
    if not seen:
        return {}
    found = polls.under(db, [post.id for post in posts])
    here_now = {post.id: found[post.id] for post in seen if post.id in found} if found else {}
    mine = _votes(db, actor, here_now)
    shown = {post_id: html(poll, mine.get(poll.id)) for post_id, poll in here_now.items()}
    if is_open and actor.is_member and actor.may("polls.begin"):
        for post in seen:
            if _is_theirs(db, actor, post) and post.id not in found:
                shown[post.id] = _render("_add.html", post_id=post.id)
    return shown


def _votes(db: TenantSession, actor: Actor, found: Mapping[UUID, PollView]) -> dict[UUID, list[int]]:
    if not found or actor.membership_id is None:
        return {}
    return voting.of_member(db, [poll.id for poll in found.values()], actor.membership_id)


def _is_theirs(db: TenantSession, actor: Actor, post: PostView) -> bool:
    """Whether they have written it; or, where it begins a discussion, look after that."""
    if post.author_id == actor.membership_id:
        return True
    if post.n > 1 or not actor.may_somewhere("polls.manage"):
        return False
    place = db.remembered(("polls.place", post.id), lambda: of_posts(db, here.registry(), [post.id]), lambda _: 2_000)
    return post.id in place and actor.may("polls.manage", *place[post.id].scopes)


def html(
    poll: PollView,
    mine: Sequence[int] | None,
    *,
    said: str = "",
    error: InvalidError | None = None,
    form: MultiDict[str, str] | None = None,
    alone: bool = False,
) -> Markup:
    """A poll as this visitor sees it. `mine`: their vote, None when they have not voted; `said`: what was just done;
    `form`: what they have sent that was refused; `alone`: this is its own page.
    """
    actor, voted = here.actor(), mine is not None
    return _render(
        "_poll.html",
        poll=poll,
        chosen=_chosen(poll, mine or (), form),
        voted=voted,
        said=said,
        error=error,
        alone=alone,
        bars=bars(poll) if poll.tells(voted) else [],
        may_vote=poll.open and actor.is_member and (not voted or not poll.anonymous),
    )


def _chosen(poll: PollView, mine: Sequence[int], form: MultiDict[str, str] | None) -> list[str]:
    """What the form has at each option: its place in a ranked poll, in others anything where it is chosen."""
    options = range(len(poll.options))
    if poll.kind == "ranked":
        kept = {f"rank_{option}": str(place) for place, option in enumerate(mine, 1)}
        return [(kept if form is None else form).get(f"rank_{n}", "") for n in options]
    ticked = {str(n) for n in mine} if form is None else set(form.getlist("choice"))
    return [str(n) if str(n) in ticked else "" for n in options]


def _render(template: str, **context: Any) -> Markup:
    """A partial outside a page's own template."""
    common = {"root": here.around().root, "language": here.language(), "tenant": here.tenant(), "actor": here.actor()}
    return Markup(environment().get_template(f"polls/{template}").render(common, **context))  # noqa: S704

"""What waits for one of the staff: only what their roles let them see."""

from __future__ import annotations

from dataclasses import dataclass

from talkoot.access.actor import Actor
from talkoot.audit import log as audit
from talkoot.audit.log import Line
from talkoot.contributions import feedback
from talkoot.contributions.models import Contribution
from talkoot.conversations import flags
from talkoot.conversations.flags import Report
from talkoot.conversations.models import Post
from talkoot.conversations.places import of_posts
from talkoot.db import TenantSession
from talkoot.followup import listing, promises
from talkoot.followup.models import FollowUp
from talkoot.followup.promises import Promise
from talkoot.people import invitations
from talkoot.plugin import Place
from talkoot.registry import Registry


@dataclass(frozen=True)
class Reported:
    """A reported post, where it stands, and its reports."""

    post: Post
    place: Place
    reports: list[Report]


@dataclass(frozen=True)
class Waiting:
    """The desk. A None means that the page behind it is not this person's."""

    reports: int | None
    feedback_open: int | None
    feedback_overdue: int | None
    invitations: int | None
    promises: list[Promise]
    log: list[Line] | None


def waiting(db: TenantSession, registry: Registry, actor: Actor, language: str) -> Waiting:
    """Everything on the desk of one of the staff."""
    given = handled_feedback(db, actor, language) if actor.may_somewhere("contributions.handle") else None
    owed, _ = listing.listed(db, registry, language, member=actor.is_member, limit=8)
    return Waiting(
        reports=len(reported(db, registry, actor)) if actor.may_somewhere("conversations.moderate") else None,
        feedback_open=sum(p.standing == "open" for _, p in given) if given is not None else None,
        feedback_overdue=sum(p.standing == "overdue" for _, p in given) if given is not None else None,
        invitations=len(invitations.waiting(db)) if actor.may("people.manage") else None,
        promises=[promise for promise in owed if promise.standing != "answered"],
        log=audit.lines(db, limit=6) if actor.may("tenant.log") else None,
    )


def reported(db: TenantSession, registry: Registry, actor: Actor) -> list[Reported]:
    """The queue of reports, without posts that this moderator's roles do not reach or whose plugin is off."""
    queue = flags.reports(db)
    where = of_posts(db, registry, queue)
    found = [Reported(post, where[identity], why) for identity, (post, why) in queue.items() if identity in where]
    return [item for item in found if actor.may("conversations.moderate", *item.place.scopes)]


def handled_feedback(db: TenantSession, actor: Actor, language: str) -> list[tuple[Contribution, Promise]]:
    """Feedback with its promises, unanswered first, without areas that this clerk's roles do not reach."""
    return [
        (given, promises.shown(db, made, language))
        for given, made in feedback.waiting(db)
        if may_handle(actor, given, made)
    ]


def may_handle(actor: Actor, given: Contribution, made: FollowUp) -> bool:
    """Whether a piece of feedback is this clerk's."""
    area = given.area_id or made.area_id
    return actor.may("contributions.handle", *((("area", area),) if area else ()))

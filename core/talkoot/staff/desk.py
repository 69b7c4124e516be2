"""What waits for one of the staff: only what their roles let them see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from talkoot.access.actor import Actor
from talkoot.audit import log as audit
from talkoot.audit.log import Line
from talkoot.contributions import feedback
from talkoot.contributions.models import Contribution
from talkoot.conversations import flags
from talkoot.conversations.flags import Report
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession, for_tenant
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
    places = _places(db, registry, [post for post, _ in queue.values()])
    found = [
        Reported(post, places[post.conversation_id], why)
        for post, why in queue.values()
        if post.conversation_id in places
    ]
    return [item for item in found if actor.may("conversations.moderate", *item.place.scopes)]


def _places(db: TenantSession, registry: Registry, posts: list[Post]) -> Mapping[UUID, Place]:
    """Where each conversation stands, asking each plugin once."""
    ids = {post.conversation_id for post in posts}
    by_kind: dict[str, list[Conversation]] = {}
    for conversation in db.scalars(for_tenant(db, Conversation).where(Conversation.id.in_(ids))):
        by_kind.setdefault(conversation.subject_kind, []).append(conversation)
    found: dict[UUID, Place] = {}
    for kind, conversations in by_kind.items():
        declared = registry.conversation_kinds.get(kind)
        if declared is None or kind.partition(".")[0] not in db.tenant.plugins:
            continue
        located = declared.locate(db, [c.subject_id for c in conversations])
        found |= {c.id: located[c.subject_id] for c in conversations if c.subject_id in located}
    return found


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

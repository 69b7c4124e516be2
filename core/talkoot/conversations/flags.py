"""Flags: readers' notices that a post breaks the rules, and the queue moderators work through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from talkoot import clock
from talkoot.audit import log as audit
from talkoot.conversations import posts
from talkoot.conversations.models import Flag, Post
from talkoot.db import TenantSession, for_tenant
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id
from talkoot.jobs import outbox
from talkoot.lengths import within
from talkoot.people.models import Membership
from talkoot.registry import Registry

REASONS = {
    "insult": lazy("Insults or hatred"),
    "privacy": lazy("Somebody's private matters"),
    "advert": lazy("Advertising or spam"),
    "false": lazy("False claims about somebody"),
    "other": lazy("Something else"),
}
MODERATED = "notices.moderated"  # the kind of job that tells the writer (notices/fan_out.py)
DECISIONS = ("hide", "keep", "restore")
LONGEST = 1_000  # characters of a report, and of the reason for a decision


def flag(db: TenantSession, post: Post, member_id: UUID, reason: str, text: str) -> None:
    """Report a post to the moderators. Reporting it again changes the words; once they have decided, it waits anew."""
    if reason not in REASONS:
        raise InvalidError(gettext("Choose one of the options."), "reason")
    words = within(text, LONGEST, "text")
    found = db.find(Flag, post_id=post.id, membership_id=member_id)
    if found is None:
        found = Flag(
            id=new_id(), tenant_id=db.tenant.id, post_id=post.id, membership_id=member_id, created_at=clock.now()
        )
        db.add(found)
    elif found.handled_at:  # the post may have been edited since
        found.handled_at = found.handled_by = found.outcome = None
        found.created_at = clock.now()
    found.reason, found.text = reason, words


def queue(db: TenantSession) -> list[tuple[Flag, Post]]:
    """Reports nobody has handled, oldest first, with their posts."""
    query = (
        select(Flag, Post)
        .join(Post, (Post.tenant_id == Flag.tenant_id) & (Post.id == Flag.post_id))
        .where(Flag.tenant_id == db.tenant.id, Flag.handled_at.is_(None))
        .order_by(Flag.created_at)
        .limit(100)
    )
    return [(flag, post) for flag, post in db.execute(query)]


@dataclass(frozen=True)
class Report:
    """One reader's notice: who, why, in which words, when."""

    by: str
    reason: str
    text: str
    at: datetime


def reports(db: TenantSession) -> dict[UUID, tuple[Post, list[Report]]]:
    """Each reported post that nobody has judged, with its reports; the post that has waited longest first."""
    waiting = queue(db)
    ids = {flag.membership_id for flag, _ in waiting}
    names = {m.id: m.name for m in db.scalars(for_tenant(db, Membership).where(Membership.id.in_(ids)))}
    found: dict[UUID, tuple[Post, list[Report]]] = {}
    for flag, post in waiting:
        report = Report(names.get(flag.membership_id, ""), flag.reason, flag.text, flag.created_at)
        found.setdefault(post.id, (post, []))[1].append(report)
    return found


def waiting(db: TenantSession) -> int:
    """How many reports wait."""
    return db.execute(
        select(func.count()).select_from(Flag).where(Flag.tenant_id == db.tenant.id, Flag.handled_at.is_(None))
    ).scalar_one()


def decide(db: TenantSession, registry: Registry, post: Post, by: UUID, decision: str, reason: str) -> None:
    """What a moderator does about a post: one of DECISIONS. It closes the post's reports and is logged.

    Raises NotFoundError for another decision, InvalidError when hiding lacks its reason or that is too long.
    """
    if decision not in DECISIONS:
        raise NotFoundError
    # Of a post that another moderator has hidden meanwhile the page asks no reason.
    reason = within(reason, LONGEST, "reason") if post.hidden_at is None else ""
    was_hidden = post.hidden_at is not None
    if decision == "hide" and post.hidden_at is None:
        posts.hide(db, registry, post, by, reason)
    elif decision == "restore":
        posts.restore(db, registry, post)
    if was_hidden != (post.hidden_at is not None):
        outbox.add(db, MODERATED, post.id)
    _settle(db, post, by, "hidden" if post.hidden_at else "kept")
    audit.note(db, f"post_{decision}", actor=by, thing=("post", post.id), reason=reason)


def _settle(db: TenantSession, post: Post, by: UUID, outcome: str) -> None:
    """Close all open reports of a post: `hidden` or `kept`."""
    for open_flag in db.scalars(for_tenant(db, Flag).where(Flag.post_id == post.id, Flag.handled_at.is_(None))):
        open_flag.handled_at, open_flag.handled_by, open_flag.outcome = clock.now(), by, outcome

"""Reactions: one of each kind per member and post, counted on the post."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.conversations.models import Post, Reaction
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.ids import new_id

KINDS = {"thanks": lazy("Thanks"), "agree": lazy("I agree"), "insight": lazy("Good point")}
_reaction = Reaction.__table__


def react(db: TenantSession, post: Post, member_id: UUID, kind: str, on: bool) -> None:
    """Give or take back a reaction. Saying the same twice changes nothing, however parallel it comes."""
    if kind not in KINDS:
        raise InvalidError(gettext("Choose one of the options."), "kind")
    mine = (
        _reaction.c.tenant_id == db.tenant.id,
        _reaction.c.post_id == post.id,
        _reaction.c.membership_id == member_id,
    )
    if on:
        db.execute(
            insert(_reaction)
            .values(
                tenant_id=db.tenant.id,
                id=new_id(),
                post_id=post.id,
                membership_id=member_id,
                kind=kind,
                created_at=clock.now(),
            )
            .on_conflict_do_nothing()
        )
    else:
        db.execute(delete(_reaction).where(*mine, _reaction.c.kind == kind))
    recount(db, post)


def given(db: TenantSession, post_id: UUID, member_id: UUID) -> tuple[str, ...]:
    """The kinds of a member's reactions to one post; for a page of posts they are found by reader.py."""
    mine = (_reaction.c.tenant_id == db.tenant.id, _reaction.c.membership_id == member_id)
    return tuple(db.scalars(select(_reaction.c.kind).where(*mine, _reaction.c.post_id == post_id)))


def recount(db: TenantSession, post: Post) -> None:
    """Write the counts of a post's reactions anew out of the rows; the row is locked, so parallel counts add up."""
    db.refresh(post, with_for_update={"key_share": True})  # keys are not changed: rows that point here need not wait
    rows = db.execute(
        select(_reaction.c.kind, func.count())
        .where(_reaction.c.tenant_id == db.tenant.id, _reaction.c.post_id == post.id)
        .group_by(_reaction.c.kind)
    )
    post.reactions = {row[0]: row[1] for row in rows}

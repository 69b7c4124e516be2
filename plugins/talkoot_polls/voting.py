"""Voting: once by each member, however many of their votes arrive at the same moment."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, ngettext
from talkoot.people.models import Membership
from talkoot_polls import polls
from talkoot_polls.counting import counted
from talkoot_polls.models import Ballot, Poll, Voter, key_of_no_time

_voter, _ballot, _member = Voter.__table__, Ballot.__table__, Membership.__table__


def vote(db: TenantSession, poll_id: UUID, member_id: UUID, choices: Sequence[int]) -> bool:
    """Save a member's vote and count anew; False when they had voted and the vote of an anonymous poll stays as it was.

    Raises InvalidError when the poll is closed, or for choices that it does not have.
    """
    poll = polls.held(db, poll_id)
    if poll.removed_at or poll.closed_at or clock.now() >= poll.closes_at:
        raise InvalidError(gettext("This poll is closed."))
    chosen = _checked(poll, choices)
    first = _is_first(db, poll, member_id)
    if not first and poll.anonymous:
        return False
    if first:
        owner = None if poll.anonymous else member_id
        db.add(
            Ballot(tenant_id=db.tenant.id, id=key_of_no_time(), poll_id=poll.id, membership_id=owner, choices=chosen)
        )
    else:
        mine = (_ballot.c.tenant_id == db.tenant.id, _ballot.c.poll_id == poll.id, _ballot.c.membership_id == member_id)
        db.execute(update(_ballot).where(*mine).values(choices=chosen))
    db.flush()
    recount(db, poll)
    return True


def _checked(poll: Poll, choices: Sequence[int]) -> list[int]:
    """The choices as they are saved: in the poll's order, or in the voter's where they are ranked."""
    if not choices:
        raise InvalidError(gettext("Choose at least one option."), "choice")
    if len(set(choices)) < len(choices) or not set(choices) <= set(range(len(poll.options))):
        raise InvalidError(gettext("Choose one of the options."), "choice")
    if len(choices) > poll.most:
        words = ngettext("Choose at most %(num)d option.", "Choose at most %(num)d options.", poll.most)
        raise InvalidError(words, "choice")
    return list(choices) if poll.kind == "ranked" else sorted(choices)


def _is_first(db: TenantSession, poll: Poll, member_id: UUID) -> bool:
    """Note that they have voted; False when it was noted before. The constraint decides, not a look beforehand."""
    row = {"tenant_id": db.tenant.id, "id": key_of_no_time(), "poll_id": poll.id, "membership_id": member_id}
    noted = insert(_voter).values(row).on_conflict_do_nothing().returning(_voter.c.id)  # no row when it was there
    return db.execute(noted).first() is not None


def recount(db: TenantSession, poll: Poll) -> None:
    """Write the result anew out of the votes."""
    mine = (_ballot.c.tenant_id == db.tenant.id, _ballot.c.poll_id == poll.id)
    alike = select(_ballot.c.choices, func.count()).where(*mine).group_by(_ballot.c.choices)
    ballots = [(row[0], row[1]) for row in db.execute(alike)]
    poll.voters = sum(count for _, count in ballots)
    poll.result = counted(poll.kind, len(poll.options), ballots)


def of_member(db: TenantSession, poll_ids: Sequence[UUID], member_id: UUID) -> dict[UUID, list[int]]:
    """What a member has voted in these polls, by poll; an empty list where it cannot be known any more."""
    own = and_(
        _ballot.c.tenant_id == _voter.c.tenant_id,
        _ballot.c.poll_id == _voter.c.poll_id,
        _ballot.c.membership_id == _voter.c.membership_id,
    )
    query = select(_voter.c.poll_id, _ballot.c.choices).outerjoin_from(_voter, _ballot, own)
    mine = (_voter.c.tenant_id == db.tenant.id, _voter.c.poll_id.in_(poll_ids), _voter.c.membership_id == member_id)
    return {row.poll_id: row.choices or [] for row in db.execute(query.where(*mine))}


def by_name(db: TenantSession, poll_id: UUID) -> list[tuple[str, Any]]:
    """Who voted what in an open poll, by name: (name, choices). Those who have left are not named."""
    is_voter = and_(_member.c.tenant_id == _ballot.c.tenant_id, _member.c.id == _ballot.c.membership_id)
    query = select(_member.c.name, _ballot.c.choices).join_from(_ballot, _member, is_voter)
    mine = (_ballot.c.tenant_id == db.tenant.id, _ballot.c.poll_id == poll_id, _member.c.erased_at.is_(None))
    return [(row.name, row.choices) for row in db.execute(query.where(*mine).order_by(_member.c.name_key))]

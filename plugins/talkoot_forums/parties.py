"""Who has spoken in a topic, and who is missed: a quiet note, some days after it began (domain row 14)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from talkoot import clock
from talkoot.tenants.tenant import Tenant
from talkoot_forums.topics import TopicView


def silent(tenant: Tenant, topic: TopicView) -> list[str]:
    """The parties that are missed: officials always, residents when only officials have spoken. None while it is new or closed."""
    wait = timedelta(days=tenant.setting("forums.party_days"))
    if not topic.open or clock.now() - topic.created_at < wait:
        return []
    missed = []
    if "officials" not in topic.parties:
        missed.append("officials")
    if "residents" not in topic.parties and "associations" not in topic.parties:
        missed.append("residents")
    return missed


def speaks_for(verified_as: str | None, participant_roles: Sequence[str]) -> frozenset[str]:
    """The parties of somebody with this badge and these roles.

    A badge speaks for the municipality alone. An association's member who is a resident too speaks for both; whoever says
    nothing of an association, for the residents.
    """
    if verified_as:
        return frozenset({"officials"})
    association = {"associations"} if "association" in participant_roles else set()
    resident = {"residents"} if "resident" in participant_roles or not association else set()
    return frozenset(association | resident)

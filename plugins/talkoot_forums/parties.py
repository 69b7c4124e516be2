"""Who has not spoken yet in a topic: a quiet note, some days after it began (domain row 14)."""

from __future__ import annotations

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

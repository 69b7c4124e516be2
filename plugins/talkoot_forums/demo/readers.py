"""What those one can sign in as have read: all that is older than some days, most of the rest, some of it half."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from talkoot.conversations.models import ReadMark
from talkoot.conversations.reading import NEWS_FOR
from talkoot.demo.world import DemoWorld, Member, Place
from talkoot_forums.demo.threads import Thread

AWAY = timedelta(days=4)  # since they were last here for long


def mark(world: DemoWorld, place: Place, conversation_id: UUID, thread: Thread) -> None:
    """How far each account of the site has read in a thread, if it is not too old to be told."""
    latest = thread.entries[-1].at
    if latest < world.now - NEWS_FOR:
        return
    for member in (account for account in world.accounts.values() if account in place.members):
        if n := _read_to(world, place, thread, member):
            at = min(latest + timedelta(hours=2), world.now)
            world.add(place, ReadMark, membership_id=member.id, conversation_id=conversation_id, n=n, read_at=at)


def _read_to(world: DemoWorld, place: Place, thread: Thread, member: Member) -> int:
    """The number of the last post they have read; 0 when they have not opened the topic."""
    rng = world.random("forums", "reading", place.slug, thread.title, member.name)
    before = sum(entry.at < world.now - AWAY for entry in thread.entries)
    own = max((n for n, entry in enumerate(thread.entries, start=1) if entry.author is member), default=0)
    return max(before, own, len(thread.entries) if rng.random() < 0.4 else 0)

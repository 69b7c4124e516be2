"""What the sites' logs say about forums: opened, given a convener; their topics pinned, closed, taken to a body."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from talkoot.demo.world import DemoWorld, Member, Place
from talkoot.tenants import identity
from talkoot_forums.demo.threads import Thread
from talkoot_forums.forums import SCOPE
from talkoot_forums.topics import KIND


def tell_forum(
    world: DemoWorld, place: Place, forum: tuple[UUID, Mapping[str, Any]], opened: datetime, convener: Member
) -> None:
    """The main user opens the forum and gives it its convener, once they have joined."""
    forum_id, facts = forum
    name = identity.joined({"fi": facts["fi"], "sv": facts["sv"]}, place.languages)
    world.acted(place, opened, "forum_saved", place.main_user, (SCOPE, forum_id), name)
    at = max(opened, convener.joined) + timedelta(minutes=1)
    world.acted(place, at, "role_given", place.main_user, ("membership", convener.id), f"convener · {name}")


def tell_topic(world: DemoWorld, place: Place, thread: Thread, convener: Member) -> None:
    """What the convener did with a topic."""
    thing = (KIND, thread.id)
    if thread.pinned:
        world.acted(place, thread.created_at + timedelta(minutes=20), "topic_pin", convener, thing)
    if thread.lift:
        asked = thread.lift.steps[0]
        world.acted(place, asked.at, "topic_lift", asked.by, thing)
    if thread.closed_at:
        world.acted(place, thread.closed_at, "topic_close", convener, thing, thread.closed_reason)

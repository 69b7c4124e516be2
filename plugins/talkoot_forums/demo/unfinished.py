"""What the resident of the demo has begun to write and not sent yet."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from talkoot.conversations.drafts import REPLY
from talkoot.conversations.models import Draft
from talkoot.demo.world import DemoWorld, Place
from talkoot.ids import new_id
from talkoot_forums.demo.threads import Thread
from talkoot_forums.topics import KIND

PLACE = "kokkola"
REPLIES = {
    "Penkkejä Suntin varteen: missä kohdassa jalat väsyvät?": (
        "@Suntin varren Seija, kävin eilen istumassa kaikilla kahdeksalla. Paras on se toisen kävelysillan penkki.\n\n"
        "Yhtä vielä ehdottaisin: **kirjaston edustalle**, koska"
    )
}
TOPICS = {
    "kantakokkola": ("idea", "Kirjalaatikko torin laidalle", "Kesäisin torilla istutaan pitkään. Jos laidalla olisi")
}


def reply(world: DemoWorld, place: Place, thread: Thread, conversation_id: UUID) -> None:
    """A reply to this thread, if there is one."""
    if place.slug == PLACE and thread.title in REPLIES:
        _draft(world, place, (REPLY, conversation_id), REPLIES[thread.title], {}, world.ago(hours=20))


def topic(world: DemoWorld, place: Place, slug: str, forum_id: UUID) -> None:
    """A topic in this forum, if there is one."""
    if place.slug == PLACE and slug in TOPICS:
        kind, title, text = TOPICS[slug]
        _draft(world, place, (KIND, forum_id), text, {"kind": kind, "title": title}, world.ago(days=3))


def _draft(
    world: DemoWorld, place: Place, spot: tuple[str, UUID], text: str, fields: dict[str, str], at: datetime
) -> None:
    world.add(
        place, Draft, membership_id=world.accounts["resident"].id, place_kind=spot[0], place_id=spot[1], text=text,
        fields=fields, writer=new_id(), seq=1, saved_at=at,
    )  # fmt: skip

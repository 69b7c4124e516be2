"""The tags of the demo: a vocabulary for each site, given to the topics whose words ask for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from talkoot.demo.world import DemoWorld, Place
from talkoot.tenants.slugs import slug_of
from talkoot_forums.demo import material
from talkoot_forums.demo.threads import Thread
from talkoot_forums.models import Tag, TopicTag

MOST = 3  # of a topic of the demo
Vocabulary = Sequence[tuple[Mapping[str, Any], UUID]]  # what the file says of each tag, and its id


def make(world: DemoWorld, place: Place) -> Vocabulary:
    """Add the vocabulary to a site; addresses are in its first language."""
    language = "sv" if place.language == "sv" else "fi"
    return [
        (
            facts,
            world.add(
                place,
                Tag,
                slug=slug_of(facts[language], 40),
                names={"fi": facts["fi"], "sv": facts["sv"]},
                position=position,
            ),
        )
        for position, facts in enumerate(material.tags(), start=1)
    ]


def give(world: DemoWorld, place: Place, vocabulary: Vocabulary, thread: Thread) -> None:
    """Tag a topic by its title, then by how its first post begins."""
    title, begin = thread.title.casefold(), thread.entries[0].text[:200].casefold()
    fitting = [tag_id for facts, tag_id in vocabulary if any(word in title for word in facts["words"])]
    fitting += [tag_id for facts, tag_id in vocabulary if any(word in begin for word in facts["words"])]
    for tag_id in list(dict.fromkeys(fitting))[:MOST]:
        world.add(place, TopicTag, topic_id=thread.id, tag_id=tag_id)

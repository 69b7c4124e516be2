"""The long thread: more than two thousand posts of a whole city in a few weeks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from random import Random

from talkoot.demo.world import DemoWorld, Place
from talkoot_forums.demo import material
from talkoot_forums.demo.composed import Circle
from talkoot_forums.demo.composing import Voice, weights
from talkoot_forums.demo.threads import Entry, Thread
from talkoot_forums.demo.times import spread

TENANT, FORUM = "kokkola", "hyvinvointi"
POSTS, DAYS = 2_060, 34


def thread(world: DemoWorld, place: Place) -> Thread:
    """Everybody writes about everyday life; the subject turns every few posts, officials answer now and then."""
    rng = world.random("forums", "lively")
    words = material.phrases()["lively"]
    opened = world.ago(days=DAYS)
    opener = world.accounts.get("official") or place.officials()[0]
    entries = [Entry(opener, words["text"].strip(), opened, thanks=24)]
    circle = Circle(world, place, "fi", None)
    residents = circle.some(rng, len(circle.residents))
    voices = [Voice(theme, rng) for (_, language), theme in material.themes().items() if language == "fi"]
    share = weights(len(residents))
    for at, voice, opens in _turns(
        rng,
        spread(world.random("forums", "lively", "times"), opened, world.ago(minutes=9), POSTS - 1, early=1.0),
        voices,
    ):
        if rng.random() < 0.035:
            entries.append(Entry(rng.choice(circle.officials), voice.answer(), at, thanks=rng.randrange(0, 5)))
            continue
        entry = Entry(
            rng.choices(residents, share)[0], voice.post(first=opens), at, thanks=max(0, int(rng.gauss(0.4, 1.4)))
        )
        if rng.random() < 0.1 and not opens:
            entry.quote = len(entries) - 1
        entries.append(entry)
    return Thread(words["title"], "idea", "fi", entries, pinned=True)


def _turns(rng: Random, times: Sequence[datetime], voices: Sequence[Voice]) -> list[tuple[datetime, Voice, bool]]:
    """For each time who speaks about what, and whether that is a new subject: it lasts for two to six posts."""
    turns, voice, left = [], voices[0], 0
    for at in times:
        opens = left == 0
        if opens:
            voice = rng.choice([other for other in voices if other is not voice])
            left = rng.randrange(2, 7)
        left -= 1
        turns.append((at, voice, opens))
    return turns

"""What moderators have to do with: a few posts hidden with their reason, a few reports nobody has read yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from talkoot.demo.world import DemoWorld, Place
from talkoot_forums.demo import material
from talkoot_forums.demo.composed import Circle
from talkoot_forums.demo.threads import Entry, Thread

BUSY = {
    "kokkola": (3, 2),
    "kronoby": (2, 1),
    "joensuu": (1, 1),
    "jyvaskyla": (1, 1),
    "alajarvi": (1, 0),
}  # hidden, reported


def make(world: DemoWorld, place: Place, threads: Sequence[Thread]) -> None:
    """Put unwanted posts and reports into some of a site's composed threads."""
    hidden, reported = BUSY.get(place.slug, (0, 0))
    rng = world.random("forums", "trouble", place.slug)
    chosen = [thread for thread in threads if thread.language == place.language and len(thread.entries) > 4]
    chosen = rng.sample(chosen, min(len(chosen), hidden + reported))
    unwanted = [text for text in material.phrases()["unwanted"] if text["lang"] == place.language]
    for thread, text in zip(chosen[:hidden], unwanted, strict=False):
        _hide(world, place, thread, text)
    reports = [text for text in material.phrases()["reported"] if text["lang"] == place.language]
    for thread, text in zip(chosen[hidden:], reports, strict=False):
        entry = thread.entries[len(thread.entries) // 2]
        entry.flag, entry.flag_text = text["flag"], text["text"]


def _hide(world: DemoWorld, place: Place, thread: Thread, text: Mapping[str, Any]) -> None:
    """A post in the middle of a thread that a moderator has taken out of sight. Nobody quotes it."""
    at = len(thread.entries) // 2
    before = thread.entries[at - 1]
    writer = world.random("forums", "trouble", thread.title).choice(
        [m for m in Circle(world, place, thread.language, None).residents if m.id != before.author.id]
    )
    moderator = world.accounts.get("moderator") if place.slug == "kokkola" else None
    moment = before.at + timedelta(seconds=20)
    entry = Entry(
        writer, text["text"], moment, hidden_by=moderator or place.officials()[0], hidden_reason=text["reason"],
        hidden_at=min(moment + timedelta(hours=3), world.ago(minutes=2)), flag=text["flag"],
    )  # fmt: skip
    thread.entries.insert(at, entry)
    for later in thread.entries[at + 1 :]:
        if later.quote is not None and later.quote >= at:
            later.quote += 1

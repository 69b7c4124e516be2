"""Topics written by hand, with the people who speak in them: what front pages and first screens show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any

from talkoot.access.policy import PARTICIPANT_ROLES
from talkoot.demo.people import MAIL
from talkoot.demo.promises import Step
from talkoot.demo.world import DemoWorld, Member, Place
from talkoot_forums.demo import material
from talkoot_forums.demo.threads import Entry, Lift, Thread
from talkoot_forums.demo.times import answer_time, awake

ON_TOP = 8  # so many of a site's written topics stand first on its pages


class Cast:
    """The people of the written topics: an account each, and a membership wherever they speak."""

    def __init__(self, world: DemoWorld) -> None:
        self._world = world
        self._facts = {person["key"]: person for person in material.written()[0]}
        self._accounts: dict[str, Any] = {}
        self._members: dict[tuple[str, str], Member] = {}

    def member(self, key: str, place: Place) -> Member:
        """The person as a member of this site; joins when they are not one yet. Whom one can sign in as speaks at home only."""
        account = self._world.accounts.get(key)
        if account is not None and account in place.members:
            return account
        found = self._members.get((key, place.slug))
        if found is None:
            found = self._members[key, place.slug] = self._join(self._facts[key], place)
        return found

    def _join(self, facts: Mapping[str, Any], place: Place) -> Member:
        key, joined = facts["key"], self._world.ago(days=420)
        if key not in self._accounts:
            self._accounts[key] = self._world.person(f"{key}@{MAIL}", facts["lang"], joined)
        name = facts.get("pseudonym") or facts["name"]
        if not place.takes_name(name):  # a composed member happens to be called the same
            name = (
                facts["name"]
                if name != facts["name"] and place.takes_name(facts["name"])
                else f"{name} ({len(self._members)})"
            )
        badge = next((role for role in ("official", "councillor") if role in facts["roles"]), None)
        return self._world.join(
            place, self._accounts[key], name, facts["lang"], joined, real_name="pseudonym" not in facts,
            roles=[role for role in facts["roles"] if role in PARTICIPANT_ROLES], verified_as=badge,
            title=facts.get("title", ""), area=facts.get("area"),
        )  # fmt: skip


def threads(world: DemoWorld, cast: Cast, place: Place) -> dict[str, list[Thread]]:
    """The written threads of a site by forum; the most recent of them have been written in during the last days."""
    mine = sorted((topic for topic in material.written()[1] if topic["tenant"] == place.slug), key=_quiet_since)
    found: dict[str, list[Thread]] = {}
    for rank, topic in enumerate(mine):
        rng = world.random("forums", "written", place.slug, topic["title"])
        sooner = max(0.0, _quiet_since(topic) - (0.1 + rank * 0.33 + rng.random() * 0.25)) if rank < ON_TOP else 0.0
        age = max(_youngest(topic), topic["days_ago"] - sooner)
        found.setdefault(topic["forum"], []).append(_thread(world, cast, place, topic, age, rng))
    return found


def _quiet_since(topic: Mapping[str, Any]) -> float:
    """Days since its last post."""
    return float(topic["days_ago"] - topic["post"][-1]["hours"] / 24)


def _youngest(topic: Mapping[str, Any]) -> float:
    """How many days old it must be, at least, for what is said of its lift to be true."""
    lasted: float = topic["post"][-1]["hours"] / 24 + 0.05
    lift = topic.get("lift")
    if lift is None:
        return lasted
    return max(lasted, float(lift["after_days"] + (1 if lift["state"] == "open" else lift["due_days"] + 1)))


def _thread(world: DemoWorld, cast: Cast, place: Place, topic: Mapping[str, Any], age: float, rng: Random) -> Thread:
    moments = _moments(world, topic, age)
    entries = [
        Entry(
            cast.member(post["by"], place), post["text"].strip(), at, thanks=post.get("reactions", 0),
            quote=post["quote"] - 1 if "quote" in post else None, channel=post.get("channel", "online"),
        )
        for post, at in zip(topic["post"], moments, strict=True)
    ]  # fmt: skip
    for entry in entries:
        if entry.channel not in ("online", "mail"):
            entry.keyed_by = world.accounts["clerk"] if place.slug == "kokkola" else rng.choice(place.officials())
    thread = Thread(topic["title"], topic["kind"], topic["lang"], entries, pinned=topic.get("pinned", False))
    if topic.get("closed"):
        thread.closed_at = min(entries[-1].at + timedelta(days=2), world.ago(hours=1))
        thread.closed_reason = rng.choice(material.phrases()["closing"][topic["lang"]])
    if lift := topic.get("lift"):
        thread.lift = _lift(world, place, thread, lift, rng)
    return thread


def _moments(world: DemoWorld, topic: Mapping[str, Any], age: float) -> list[datetime]:
    """When each post was written: as the topic says, moved into the day, in order, never in the future."""
    rng, latest = world.random("forums", "written", "times", topic["title"]), world.ago(minutes=4)
    moments: list[datetime] = []
    for post in topic["post"]:
        at = awake(rng, min(world.ago(days=age, hours=-post["hours"], minutes=rng.randrange(1, 40)), latest), latest)
        moments.append(max(at, moments[-1] + timedelta(minutes=rng.randrange(2, 9))) if moments else at)
    return moments


def _lift(world: DemoWorld, place: Place, thread: Thread, lift: Mapping[str, Any], rng: Random) -> Lift:
    """The lift with its trail: asked, perhaps in progress, perhaps answered."""
    words = material.phrases()[thread.language]
    at = min(thread.created_at + timedelta(days=lift["after_days"], hours=2), world.ago(hours=6))
    due = (at + timedelta(days=lift["due_days"])).date()
    body = place.bodies.get(lift["to"]) or next(iter(place.bodies.values()))
    officials = [
        entry.author for entry in thread.entries if entry.author.verified_as == "official"
    ] or place.officials()
    steps = [Step(at, "received", rng.choice(words["lifts"]), officials[0].id)]
    if lift["state"] == "answered":
        answered_at = answer_time(world, rng, at + timedelta(days=lift["due_days"] * rng.uniform(0.45, 0.95)))
        if answered_at - at > timedelta(days=6):
            steps.append(
                Step(at + (answered_at - at) / 2, "in_progress", rng.choice(words["progress"]), officials[-1].id)
            )
        steps.append(Step(answered_at, lift["outcome"], lift["answer"].strip(), officials[-1].id, answer=True))
    return Lift(body, due, steps)

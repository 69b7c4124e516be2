"""Polls under written topics of the demo, with the votes of its people."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from talkoot import clock
from talkoot.demo.world import DemoWorld, Opening, Place
from talkoot_polls.counting import counted
from talkoot_polls.models import Ballot, Poll, Voter, key_of_no_time

MATERIAL = Path(__file__).with_name("polls.toml")


def fill(world: DemoWorld) -> None:
    """Add the polls of the file; a composed installation has none."""
    if world.scale:
        return
    for facts in tomllib.loads(MATERIAL.read_text(encoding="utf-8"))["poll"]:
        place = world.places[facts["tenant"]]
        if opening := place.openings.get(facts["under"]):  # there is none where the forums are not installed
            _add(world, place, facts, opening, world.random("polls", facts["question"]))


def _add(world: DemoWorld, place: Place, facts: Mapping[str, Any], opening: Opening, rng: Random) -> None:
    options, kind = facts["options"], facts["kind"]
    voters = rng.sample(place.members, min(facts["voters"], len(place.members)))
    ballots = [tuple(_choices(facts, rng)) for _ in voters]
    closes_at = _closing(world, facts, opening)
    poll_id = world.add(
        place, Poll, number=place.number("polls.poll"), post_id=opening.post_id, author_id=opening.author.id, question=facts["question"],
        options=options, language=facts["lang"], kind=kind,
        most=facts.get("most", len(options) if kind == "ranked" else 1),
        anonymous=facts["anonymous"], shown=facts.get("shown", "always"),
        created_at=min(opening.at + timedelta(minutes=5), world.now),
        closes_at=closes_at, closed_at=closes_at if closes_at <= world.now else None, voters=len(voters),
        result=counted(kind, len(options), list(Counter(ballots).items())),
    )  # fmt: skip
    for voter, ballot in zip(voters, rng.sample(ballots, len(ballots)), strict=True):
        world.add(place, Voter, id=key_of_no_time(), poll_id=poll_id, membership_id=voter.id)
        world.add(
            place,
            Ballot,
            id=key_of_no_time(),
            poll_id=poll_id,
            membership_id=None if facts["anonymous"] else voter.id,
            choices=list(ballot),
        )


def _choices(facts: Mapping[str, Any], rng: Random) -> list[int]:
    """What somebody chooses: the options with more weight sooner and oftener."""
    weights = dict(enumerate(facts["weights"]))
    wanted = {"single": 1, "several": rng.randint(1, facts.get("most", 1))}.get(
        facts["kind"], rng.randint(2, len(weights))
    )
    chosen: list[int] = []
    while len(chosen) < wanted:
        left = [n for n in weights if n not in chosen]
        chosen += rng.choices(left, [weights[n] for n in left])
    return chosen if facts["kind"] == "ranked" else sorted(chosen)


def _closing(world: DemoWorld, facts: Mapping[str, Any], opening: Opening) -> datetime:
    """Eight in the evening, so many days from the loading or, of one that has closed, from the post."""
    day = opening.at + timedelta(days=facts["ran"]) if "ran" in facts else world.now + timedelta(days=facts["days"])
    local = min(day, world.ago(days=1) if "ran" in facts else day).astimezone(clock.zone("Europe/Helsinki"))
    return local.replace(hour=20, minute=0, second=0, microsecond=0).astimezone(UTC)

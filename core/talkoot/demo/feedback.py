"""Feedback of the demo: texts of `feedback.toml` with what became of them, some in every municipality."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

from talkoot.contributions.feedback import KIND, hash_of
from talkoot.contributions.models import Contribution
from talkoot.conversations.rendering import excerpt, render
from talkoot.demo.promises import Step, promise
from talkoot.demo.world import DemoWorld, Place
from talkoot.ids import new_id

FILE = Path(__file__).parent / "feedback.toml"
ARRIVED = {"fi": "Kiitos. Palautteesi on tullut perille.", "sv": "Tack. Din respons har kommit fram."}
EACH = 4  # in a small municipality; all of them in the first of each language


def give_all(world: DemoWorld) -> None:
    """Let people of every municipality have given feedback."""
    texts = tomllib.loads(FILE.read_text(encoding="utf-8"))["given"]
    whole: set[str] = set()
    for place in world.places.values():
        if place.kind != "municipality":
            continue
        rng = world.random("feedback", place.slug)
        mine = [text for text in texts if text["lang"] == place.language]
        if place.language in whole:
            mine = rng.sample(mine, EACH)
        whole.add(place.language)
        for text in sorted(mine, key=lambda t: -t["days_ago"]):
            _give(world, place, text, rng)


def _give(world: DemoWorld, place: Place, text: Mapping[str, Any], rng: Random) -> None:
    language, html = text["lang"], render(text["text"])
    at = world.ago(days=text["days_ago"] + rng.random(), hours=rng.random() * 5)
    author = rng.choice(place.speaking(language)) if text["channel"] == "online" and rng.random() < 0.6 else None
    code = "".join(rng.choice("ABCDEFGHJKMNPRSTUVXYZ23456789") for _ in range(10))
    identity = world.add(
        place, Contribution, source=text["text"], html=html, language=language, channel=text["channel"], page="/",
        author_id=author.id if author else None, area_id=None, code_hash=hash_of(code), submission=new_id(), created_at=at,
    )  # fmt: skip
    if text["channel"] != "online":
        clerk = world.accounts["clerk"] if place.slug == "kokkola" else place.main_user
        world.acted(place, at, "contribution_keyed", clerk, (KIND, identity), text["channel"])
    steps = [Step(at, "received", ARRIVED[language], None)]
    if text["answer"]:
        answered_at = min(at + timedelta(days=rng.uniform(1, 12)), world.ago(hours=2))
        answer = text["state"] in ("decided", "done", "declined")
        steps.append(Step(answered_at, text["state"], text["answer"], rng.choice(place.officials()).id, answer))
    promise(
        world, place, (KIND, identity), title=excerpt(html, 80), owner=None, language=language,
        due_on=(at + timedelta(days=30)).date(), steps=steps, public=False,
    )  # fmt: skip

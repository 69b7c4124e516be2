"""Fills the demo's forums: written topics first, composed ones around them, one very long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from talkoot.demo.world import DemoWorld, Member, Place
from talkoot_forums.demo import (
    acts,
    bulk,
    composed,
    lively,
    material,
    readers,
    tags,
    threads,
    trouble,
    unfinished,
    written,
)
from talkoot_forums.demo.threads import Thread
from talkoot_forums.forums import SCOPE
from talkoot_forums.models import Forum

CONVENER = {("kokkola", "kalvia"): "convener"}  # forums that a sign-in account convenes


def fill(world: DemoWorld) -> None:
    """Make the forums with their topics and posts in every site of the region, or a composed installation of some scale."""
    if world.scale:
        bulk.fill(world, world.scale)
        return
    cast, subjects = written.Cast(world), composed.Subjects(world.random("forums", "subjects"))
    for place in world.places.values():
        _fill_place(world, place, cast, subjects)


def _fill_place(world: DemoWorld, place: Place, cast: written.Cast, subjects: composed.Subjects) -> None:
    facts = [forum for forum in material.forums() if forum["tenant"] == place.slug]
    by_hand = written.threads(world, cast, place)
    if missing := set(by_hand) - {forum["slug"] for forum in facts}:
        raise ValueError(f"written topics stand in forums of {place.slug} that are not there: {missing}")
    made = {forum["slug"]: composed.threads(world, place, forum, _body(place, forum), subjects) for forum in facts}
    trouble.make(world, place, [thread for every in made.values() for thread in every if not thread.lift])
    found = {slug: [*by_hand.get(slug, ()), *every] for slug, every in made.items()}
    if place.slug == lively.TENANT:
        found[lively.FORUM].append(lively.thread(world, place))
    for thread in sorted((t for every in found.values() for t in every), key=lambda t: t.created_at):
        thread.number = place.number("forums.topic")
    for position, forum in enumerate(facts, start=1):
        _write_forum(world, place, forum, position, found[forum["slug"]])
    vocabulary = tags.make(world, place)
    for thread in (t for every in found.values() for t in every):
        tags.give(world, place, vocabulary, thread)


def _body(place: Place, forum: Mapping[str, Any]) -> UUID:
    return place.bodies[forum["body"]] if "body" in forum else next(iter(place.bodies.values()))


def _write_forum(
    world: DemoWorld, place: Place, facts: Mapping[str, Any], position: int, made: Sequence[Thread]
) -> None:
    rng = world.random("forums", "writing", place.slug, facts["slug"])
    latest = max(made, key=lambda thread: thread.shown[-1].at)
    standing = facts.get("standing", "permanent")
    opened = min(thread.created_at for thread in made) - timedelta(days=12)
    forum_id = world.add(
        place, Forum, slug=facts["slug"], names={"fi": facts["fi"], "sv": facts["sv"]},
        about={"fi": facts["about_fi"], "sv": facts["about_sv"]}, area_id=place.areas.get(facts.get("area", "")),
        body_id=_body(place, facts), standing=standing, shared=facts.get("shared", False), position=position,
        opened_on=opened.date(), ended_on=latest.entries[-1].at.date() if standing == "ended" else None,
        topic_count=len(made),
    )  # fmt: skip
    unfinished.topic(world, place, facts["slug"], forum_id)
    convener = _convener(world, place, facts)
    world.grant(place, convener, "convener", (SCOPE, forum_id))
    acts.tell_forum(world, place, (forum_id, facts), opened, convener)
    for thread in made:
        talk = threads.write(world, place, forum_id, thread, rng, area=facts.get("area"))
        readers.mark(world, place, talk, thread)
        unfinished.reply(world, place, thread, talk)
        acts.tell_topic(world, place, thread, convener)


def _convener(world: DemoWorld, place: Place, facts: Mapping[str, Any]) -> Member:
    """Somebody of an association in the forum's area and language, or whoever comes nearest."""
    if key := CONVENER.get((place.slug, facts["slug"])):
        return world.accounts[key]
    area, language = facts.get("area"), facts.get("lang", place.language)
    return max(
        place.members,
        key=lambda m: ("association" in m.roles, m.area == area, m.language == language, m.verified_as is None),
    )

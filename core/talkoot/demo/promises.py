"""Promises of the demo with their trails, at the times they are said to have been made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from talkoot.conversations.rendering import render
from talkoot.demo.world import DemoWorld, Place
from talkoot.followup.models import FollowUp, FollowUpEvent
from talkoot.ids import new_id


@dataclass(frozen=True)
class Step:
    """One entry of a trail; `answer` says that this is what was promised."""

    at: datetime
    state: str
    words: str
    by: UUID | None
    answer: bool = False


def promise(
    world: DemoWorld,
    place: Place,
    subject: tuple[str, UUID],
    *,
    title: str = "",
    owner: UUID | None,
    due_on: date,
    language: str,
    steps: Sequence[Step],
    public: bool = True,
    area: str | None = None,
) -> UUID:
    """Add a promise about a thing and its steps, oldest first; the last step says how far it is."""
    answered = next((step.at for step in steps if step.answer), None)
    identity = world.add(
        place, FollowUp, number=place.number("follow_up"), subject_kind=subject[0], subject_id=subject[1], title=title[:200],
        owner_id=owner, due_on=due_on, state=steps[-1].state, answered_at=answered, public=public,
        language=language, area_id=place.areas.get(area or ""), created_at=steps[0].at,
    )  # fmt: skip
    for step in steps[1:]:
        world.acted(place, step.at, "promise_moved", step.by, ("follow_up", identity), step.state)
    for step in steps:
        world.add(
            place, FollowUpEvent, follow_up_id=identity, at=step.at, author_id=step.by, state=step.state, answer=step.answer,
            source=step.words, html=render(step.words), language=language, submission=new_id(),
        )  # fmt: skip
    return identity

"""When people write: mostly soon after one another, in the daytime, never in the future."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from talkoot import clock
from talkoot.demo.world import DemoWorld

ZONE = "Europe/Helsinki"
STEP = timedelta(seconds=50)


def spread(rng: Random, start: datetime, end: datetime, count: int, *, early: float = 1.6) -> list[datetime]:
    """So many moments after `start` and before `end`, in order; `early` above 1 crowds them towards the start."""
    length = (end - start).total_seconds()
    drawn = sorted(awake(rng, start + timedelta(seconds=length * rng.random() ** early), end) for _ in range(count))
    moments: list[datetime] = []
    for moment in drawn:
        previous = moments[-1] if moments else start
        moments.append(max(moment, previous + STEP))
    over = moments[-1] - end if moments else timedelta(0)
    if over <= timedelta(0):
        return moments
    squeeze = (end - start) / (moments[-1] - start)  # many in a short time: closer together instead of into the future
    return [start + (moment - start) * squeeze for moment in moments]


def awake(rng: Random, moment: datetime, end: datetime) -> datetime:
    """The moment, moved into the day when it falls into the night, as long as that is before `end`."""
    local = moment.astimezone(clock.zone(ZONE))
    if 7 <= local.hour <= 22:
        return moment
    moved = local.replace(hour=rng.randint(7, 21), minute=rng.randrange(60)).astimezone(moment.tzinfo)
    return moved if moved < end else moment


def answer_time(world: DemoWorld, rng: Random, planned: datetime) -> datetime:
    """When a body answers: as planned, in the daytime, or some hours ago at the latest."""
    latest = world.ago(hours=rng.uniform(2, 30))
    return awake(rng, min(planned, latest), latest)

"""Composed threads: a topic of the written material, and replies put together of its theme's sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from talkoot.demo.promises import Step
from talkoot.demo.world import DemoWorld, Member, Place
from talkoot_forums.demo import material
from talkoot_forums.demo.composing import Voice, weights
from talkoot_forums.demo.material import Theme
from talkoot_forums.demo.threads import Entry, Lift, Thread
from talkoot_forums.demo.times import answer_time, awake, spread

OLDEST_DAYS = 280
QUIET_DAYS = 3  # the last days belong to the written topics, so that they stand first on every page
LONG_AGO_DAYS = 1_500  # how much older a forum is that has ended
DAYS_TO_ANSWER = 30
OUTCOMES = ("done", "decided", "in_progress", "declined")


class Subjects:
    """Hands out the topics of the written material: each once in the whole region as long as there are any left."""

    def __init__(self, rng: Random) -> None:
        self._left = {key: list(theme.topics) for key, theme in sorted(material.themes().items())}
        for topics in self._left.values():
            rng.shuffle(topics)

    def take(self, names: Sequence[str], language: str) -> tuple[Theme, Mapping[str, str]]:
        """(theme, topic): of the named themes the one with most left, else of any theme."""
        mine = [name for name in names if self._left[name, language]]
        others = [name for name, spoken in self._left if spoken == language]
        name = max(mine or others, key=lambda name: len(self._left[name, language]))
        topics = self._left[name, language]
        if not topics:
            topics.extend(material.themes()[name, language].topics)
        return material.themes()[name, language], topics.pop()


@dataclass(frozen=True)
class Chance:
    """Two random sources of a thread: what is said must not depend on the hour at which the demo is loaded, when it is does."""

    texts: Random
    times: Random


def threads(world: DemoWorld, place: Place, forum: Mapping[str, Any], body: UUID, subjects: Subjects) -> list[Thread]:
    """As many composed threads as the forum asks for, the newest a few days old at most."""
    count, ended = forum["composed"], forum.get("standing") == "ended"
    found = []
    for i in range(count):
        key = ("forums", "composed", place.slug, forum["slug"], str(i))
        chance = Chance(world.random(*key), world.random(*key, "times"))
        age = (
            QUIET_DAYS
            + 0.8
            + chance.texts.random() * 2.5
            + (i / count) ** 1.5 * OLDEST_DAYS * chance.texts.uniform(0.8, 1.0)
        )
        theme, topic = subjects.take(forum["themes"], forum.get("lang", place.language))
        circle = Circle(world, place, theme.language, forum.get("area"))
        found.append(
            _thread(world, circle, theme, topic, age + (LONG_AGO_DAYS if ended else 0), body, chance, ended=ended)
        )
    return found


def _thread(
    world: DemoWorld,
    circle: Circle,
    theme: Theme,
    topic: Mapping[str, str],
    age: float,
    body: UUID,
    chance: Chance,
    *,
    ended: bool,
) -> Thread:
    rng = chance.texts
    opened = awake(chance.times, world.ago(days=age), world.ago(days=QUIET_DAYS, hours=10))
    count = min(2 + int(rng.lognormvariate(2.15, 0.6)), 34, 3 + int((age - QUIET_DAYS) * 6))
    life = min(rng.lognormvariate(2.0, 1.0) + 0.5, age)
    if rng.random() < 0.25 and not ended:
        life = age  # some old discussions wake up again
    end = min(opened + timedelta(days=life), world.ago(days=QUIET_DAYS + chance.times.random() * 0.3))
    times = spread(chance.times, opened, end, count)
    voice = Voice(theme, rng, f"{topic['title']} {topic['opening']}")
    thread = Thread(topic["title"], topic["kind"], theme.language, compose(circle, voice, topic, opened, times, rng))
    if age > 9 and rng.random() < 0.24:
        thread.lift = _lift(world, circle, thread, age, body, chance)
    elif age > 60 and rng.random() < 0.12:
        thread.closed_at = thread.entries[-1].at + timedelta(days=3)
        thread.closed_reason = rng.choice(material.phrases()["closing"][theme.language])
    return thread


class Circle:
    """Who talks in a forum: members in its language, those of its area first. Sign-in accounts leave the talking to others."""

    def __init__(self, world: DemoWorld, place: Place, language: str, area: str | None) -> None:
        accounts = {member.person_id for member in world.accounts.values()}
        speakers = [member for member in place.speaking(language) if member.person_id not in accounts]
        self.area = area
        self.residents = [member for member in speakers if member.verified_as != "official"]
        self.officials = [member for member in speakers if member.verified_as == "official"] or place.officials()
        self.clerks = place.officials()

    def some(self, rng: Random, count: int) -> list[Member]:
        """So many residents, the talkative ones first."""
        drawn = sorted(
            self.residents, key=lambda member: rng.random() - (0.4 if self.area and member.area == self.area else 0)
        )
        found = drawn[: max(4, count)]
        rng.shuffle(found)
        return found


def compose(
    circle: Circle, voice: Voice, topic: Mapping[str, str], opened: datetime, times: Sequence[datetime], rng: Random
) -> list[Entry]:
    """The opening and a reply at each of these times. Officials answer in about two of three discussions."""
    people = circle.some(rng, round(len(times) * 0.75))
    answers = _answers(len(times), topic["kind"], rng)
    entries = [Entry(people[0], topic["opening"].strip(), opened, thanks=rng.randrange(2, 12))]
    for n, at in enumerate(times, start=1):
        if n in answers:
            entries.append(Entry(rng.choice(circle.officials), voice.answer(), at, thanks=rng.randrange(0, 8)))
            continue
        entry = Entry(
            _next(people, entries, rng), voice.post(first=n == 1), at, thanks=max(0, int(rng.gauss(1.2, 1.8)))
        )
        if n > 2 and rng.random() < 0.13:
            entry.quote = rng.randrange(max(0, n - 6), n - 1)
        _vary(circle, entry, voice, rng)
        entries.append(entry)
    return entries


def _next(people: Sequence[Member], entries: Sequence[Entry], rng: Random) -> Member:
    """Who writes next: one who likes to, but not twice in a row."""
    while True:
        member = rng.choices(people, weights(len(people)))[0]
        if member.id != entries[-1].author.id:
            return member


def _answers(count: int, kind: str, rng: Random) -> set[int]:
    """Which replies are an official's."""
    if count < 2 or rng.random() > (0.8 if kind == "question" else 0.58):
        return set()
    found = {rng.randrange(2, count + 1)}
    if count > 9:
        found.add(rng.randrange(count // 2, count + 1))
    return found


def _vary(circle: Circle, entry: Entry, voice: Voice, rng: Random) -> None:
    """A few posts came on paper or by phone, a few were mended by their writers."""
    chance = rng.random()
    if chance < 0.03:
        entry.channel, entry.keyed_by = rng.choice(("paper", "phone", "in_person")), rng.choice(circle.clerks)
    elif chance < 0.07:
        entry.earlier_text, entry.text = entry.text, f"{entry.text} {voice.say('closings')}"
        entry.edited_at = entry.at + timedelta(seconds=40)


def _lift(world: DemoWorld, circle: Circle, thread: Thread, age: float, body: UUID, chance: Chance) -> Lift:
    """Lifted some days after it was opened: answered, still open, or overdue, as its age has it."""
    rng, words, officials = chance.texts, material.phrases()[thread.language], circle.clerks
    waited = rng.uniform(4, 8)
    at = thread.created_at + timedelta(days=waited)
    steps = [Step(at, "received", rng.choice(words["lifts"]), rng.choice(officials).id)]
    if rng.random() < (0.8 if age > waited + DAYS_TO_ANSWER + 1 else 0.4):
        answered_at = answer_time(world, chance.times, at + timedelta(days=chance.times.uniform(5, 29)))
        between, outcome = at + (answered_at - at) * 0.4, rng.choice(OUTCOMES)
        steps.append(Step(between, "in_progress", rng.choice(words["progress"]), rng.choice(officials).id))
        words_of_answer = rng.choice(words["outcomes"][outcome])
        steps.append(Step(answered_at, outcome, words_of_answer, rng.choice(officials).id, answer=True))
    return Lift(body, (at + timedelta(days=DAYS_TO_ANSWER)).date(), steps)

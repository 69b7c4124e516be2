"""A composed installation of any size, for measuring: paragraphs rendered once, put together to posts by the thousand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from talkoot.conversations.models import Conversation, Post, Reaction
from talkoot.conversations.rendering import RENDERER, render
from talkoot.demo import notices
from talkoot.demo.world import DemoWorld, Member, Place, Scale
from talkoot.ids import new_id
from talkoot.notices.models import Follow
from talkoot.tenants.models import Organisation
from talkoot.tenants.slugs import slug_of
from talkoot_forums.demo import material, tags
from talkoot_forums.demo.composing import Voice
from talkoot_forums.demo.threads import REACTIONS
from talkoot_forums.forums import SCOPE
from talkoot_forums.models import Forum, Topic, TopicTag
from talkoot_forums.parties import speaks_for
from talkoot_forums.topics import KIND

PARAGRAPHS = 220  # of each theme and language
FORUMS = 6
REPLIES = 13  # in a topic, on average
FOLLOWERS = 5  # of a forum
LONG = ((2_000, 5_000), (100_000, 500_000))  # (posts of a long topic in the first municipality, from a total of)
FORUM_NAMES = {
    "services": ("Palvelut", "Tjänster"), "safety": ("Turvallisuus", "Trygghet"), "roads": ("Tiet ja liikenne", "Vägar och trafik"),
    "associations": ("Yhdistykset", "Föreningar"), "youth": ("Nuoret", "De unga"), "seniors": ("Seniorit", "Seniorer"),
}  # fmt: skip


@dataclass(frozen=True)
class Paragraph:
    """A paragraph as it is written and as it is shown."""

    source: str
    html: str


@dataclass
class Plan:
    """A topic to be written: its length decides everything else."""

    title: str
    kind: str
    theme: str
    posts: int
    opened: datetime
    last: datetime
    number: int = 0
    id: UUID = field(default_factory=new_id)


def fill(world: DemoWorld, scale: Scale) -> None:
    """Share the posts out over the municipalities; the first one also gets the long topics."""
    paragraphs = {language: _paragraphs(world, language) for language in ("fi", "sv")}
    longest = [posts for posts, total in LONG if scale.posts >= total]
    left = scale.posts - sum(longest)
    shares = [world.random("scale", slug).uniform(0.7, 1.3) for slug in world.places]
    for place, share in zip(world.places.values(), shares, strict=True):
        count = 1 + int(left * share / sum(shares))
        _fill_place(world, place, count, longest, paragraphs["sv" if place.language == "sv" else "fi"])
        longest = []


def _paragraphs(world: DemoWorld, language: str) -> dict[str, list[Paragraph]]:
    """By theme: a few hundred paragraphs, each rendered once."""
    found = {}
    for (name, spoken), theme in material.themes().items():
        if spoken == language:
            voice = Voice(theme, world.random("scale", "paragraphs", name, language))
            texts = [voice.post().replace("\n\n", " ") for _ in range(PARAGRAPHS)]
            found[name] = [Paragraph(text, render(text)) for text in texts]
    return found


def _fill_place(
    world: DemoWorld, place: Place, count: int, longest: Sequence[int], paragraphs: dict[str, list[Paragraph]]
) -> None:
    rng = world.random("scale", "place", place.slug)
    names = {"fi": "Hyvinvointityöryhmä", "sv": "Välfärdsgruppen"}
    body = world.add(place, Organisation, names=names, kind="working_group", body=True)
    plans = {theme: _plans(world, place, theme, -(-count // FORUMS), rng) for theme in FORUM_NAMES}
    for posts in longest:
        plans["services"].append(_long_plan(world, posts))
    for plan in sorted((p for every in plans.values() for p in every), key=lambda plan: plan.opened):
        plan.number = place.number("forums.topic")
    vocabulary = {facts["theme"]: tag_id for facts, tag_id in tags.make(world, place) if "theme" in facts}
    for position, (theme, every) in enumerate(plans.items(), start=1):
        _write_forum(world, place, theme, every, position, body, paragraphs[theme], rng)
        for plan in every:
            for tag_id in dict.fromkeys((vocabulary[theme], rng.choice(list(vocabulary.values())))):
                world.add(place, TopicTag, topic_id=plan.id, tag_id=tag_id)


def _plans(world: DemoWorld, place: Place, theme: str, posts: int, rng: Random) -> list[Plan]:
    """Topics that come to so many posts together."""
    topics = material.themes()[theme, "sv" if place.language == "sv" else "fi"].topics
    found: list[Plan] = []
    while posts > 0:
        wanted = min(posts, max(2, int(rng.lognormvariate(2.3, 0.7))))
        posts -= wanted
        topic = topics[len(found) % len(topics)]
        opened = world.ago(days=2 + rng.random() ** 2 * 700)
        lasted = min((world.now - opened) * rng.uniform(0.3, 0.99), timedelta(hours=(wanted - 1) * rng.uniform(2, 60)))
        found.append(Plan(topic["title"], topic["kind"], theme, wanted, opened, opened + lasted))
    return found


def _long_plan(world: DemoWorld, posts: int) -> Plan:
    title = material.phrases()["lively"]["title"]
    return Plan(
        f"{title} ({posts:,})".replace(",", " "),
        "discussion",
        "services",
        posts,
        world.ago(days=300),
        world.ago(hours=1),
    )


def _write_forum(
    world: DemoWorld,
    place: Place,
    theme: str,
    plans: Sequence[Plan],
    position: int,
    body: UUID,
    paragraphs: Sequence[Paragraph],
    rng: Random,
) -> None:
    forum_id = new_id()
    finnish, swedish = FORUM_NAMES[theme]
    world.add(
        place, Forum, id=forum_id, slug=slug_of(finnish), names={"fi": finnish, "sv": swedish}, body_id=body, position=position,
        opened_on=plans[0].opened.date(), topic_count=len(plans),
    )  # fmt: skip
    world.grant(place, rng.choice(place.members), "convener", (SCOPE, forum_id))
    for member in place.members[position :: len(FORUM_NAMES)][:FOLLOWERS]:
        world.add(place, Follow, membership_id=member.id, kind=SCOPE, thing_id=forum_id, created_at=plans[0].opened)
    for plan in plans:
        _write_topic(world, place, forum_id, plan, paragraphs, rng)


def _write_topic(
    world: DemoWorld,
    place: Place,
    forum_id: UUID,
    plan: Plan,
    paragraphs: Sequence[Paragraph],
    rng: Random,
) -> None:
    identity, language = plan.id, "sv" if place.language == "sv" else "fi"
    circle = rng.sample(place.members, min(len(place.members), plan.posts, 40))
    authors = [circle[0], *(rng.choice(circle) for _ in range(plan.posts - 1))]
    conversation_id = world.add(
        place, Conversation, subject_kind=KIND, subject_id=identity, post_count=plan.posts, last_post_at=plan.last
    )
    world.add(
        place, Topic, id=identity, number=plan.number, forum_id=forum_id, conversation_id=conversation_id, kind=plan.kind,
        title=plan.title, slug=slug_of(plan.title, 60), language=language, author_id=authors[0].id, created_at=plan.opened,
        post_count=plan.posts, last_post_at=plan.last, last_author_id=authors[-1].id,
        heard=len(set(authors)) > 1, parties=sorted({party for a in set(authors) for party in speaks_for(a.verified_as, a.roles)}),
    )  # fmt: skip
    for n, (author, at) in enumerate(zip(authors, _moments(plan), strict=True), start=1):
        last = _write_post(world, place, conversation_id, n, author, at, paragraphs, language, rng)
    notices.at_scale(world, place, conversation_id, authors, last, plan.last)
    world.progress(plan.posts)


def _moments(plan: Plan) -> Iterator[datetime]:
    """Evenly from the first post to the last."""
    step = (plan.last - plan.opened) / max(1, plan.posts - 1)
    for n in range(plan.posts - 1):
        yield plan.opened + step * n
    yield plan.last if plan.posts > 1 else plan.opened


def _write_post(
    world: DemoWorld, place: Place, conversation_id: UUID, n: int, author: Member, at: datetime,
    paragraphs: Sequence[Paragraph], language: str, rng: Random,
) -> UUID:  # fmt: skip
    one, two, chance = rng.choice(paragraphs), rng.choice(paragraphs), rng.random()
    both = chance < 0.3 and one is not two
    readers = [m for m in rng.sample(place.members, rng.randrange(1, 4)) if m is not author] if chance > 0.93 else []
    kinds = [rng.choice(REACTIONS) for _ in readers]
    post_id = world.add(
        place, Post, conversation_id=conversation_id, n=n, author_id=author.id,
        source=f"{one.source}\n\n{two.source}" if both else one.source, html=one.html + two.html if both else one.html,
        renderer=RENDERER, language=language, reactions={kind: kinds.count(kind) for kind in kinds}, created_at=at,
        submission=new_id(),
    )  # fmt: skip
    for reader, kind in zip(readers, kinds, strict=True):
        world.add(place, Reaction, post_id=post_id, membership_id=reader.id, kind=kind, created_at=at)
    return post_id

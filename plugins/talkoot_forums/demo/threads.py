"""A discussion of the demo while it is being made, and writing it with every counter right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from random import Random
from uuid import UUID

from talkoot.conversations import mentions
from talkoot.conversations.images import Picture
from talkoot.conversations.models import Conversation, Flag, Post, PostVersion, Reaction
from talkoot.conversations.rendering import RENDERER, Known, quoted, render
from talkoot.demo.promises import Step, promise
from talkoot.demo.world import DemoWorld, Member, Opening, Place
from talkoot.ids import new_id
from talkoot.people import names
from talkoot.tenants.slugs import slug_of
from talkoot_forums.demo import illustrations
from talkoot_forums.models import Topic
from talkoot_forums.parties import speaks_for
from talkoot_forums.topics import KIND

REACTIONS = ("thanks", "thanks", "thanks", "agree", "insight")
LONGEST_QUOTE = 240


@dataclass
class Entry:
    """A post. `quote` is the place of an earlier one in the thread, from 0."""

    author: Member
    text: str
    at: datetime
    thanks: int = 0
    quote: int | None = None
    channel: str = "online"
    keyed_by: Member | None = None
    earlier_text: str | None = None  # before the author edited it
    edited_at: datetime | None = None
    hidden_by: Member | None = None
    hidden_at: datetime | None = None
    hidden_reason: str | None = None
    flag: str | None = None  # reason of a reader's report
    flag_text: str = ""


@dataclass
class Lift:
    """What was asked of a body, and how far it is."""

    body: UUID
    due_on: date
    steps: list[Step]


@dataclass
class Thread:
    """A topic with its posts, oldest first."""

    title: str
    kind: str
    language: str
    entries: list[Entry]
    pinned: bool = False
    closed_at: datetime | None = None
    closed_reason: str = ""
    lift: Lift | None = None
    id: UUID = field(default_factory=new_id)
    number: int = 0

    @property
    def created_at(self) -> datetime:
        return self.entries[0].at

    @property
    def shown(self) -> list[Entry]:
        """The posts everybody can see."""
        return [entry for entry in self.entries if not entry.hidden_by]

    @property
    def slug(self) -> str:
        return slug_of(self.title, 60)


def write(
    world: DemoWorld, place: Place, forum_id: UUID, thread: Thread, rng: Random, *, area: str | None = None
) -> UUID:
    """Add a thread's rows; returns its conversation's id. Its number has been given; all else follows from its posts."""
    last, shown = thread.entries[-1], thread.shown
    conversation_id = world.add(
        place,
        Conversation,
        subject_kind=KIND,
        subject_id=thread.id,
        post_count=len(thread.entries),
        last_post_at=last.at,
    )
    world.add(
        place, Topic, id=thread.id, number=thread.number, forum_id=forum_id, conversation_id=conversation_id,
        kind=thread.kind, title=thread.title, slug=thread.slug, language=thread.language,
        author_id=thread.entries[0].author.id, created_at=thread.created_at, post_count=len(shown),
        last_post_at=shown[-1].at, last_author_id=shown[-1].author.id, pinned=thread.pinned, closed_at=thread.closed_at,
        closed_reason=thread.closed_reason, parties=_parties(shown),
        heard=any(entry.author.id != thread.entries[0].author.id for entry in shown),
    )  # fmt: skip
    ids = [new_id() for _ in thread.entries]
    place.openings[thread.title] = Opening(ids[0], thread.entries[0].author, thread.created_at)
    for n, entry in enumerate(thread.entries, start=1):
        _write_post(world, place, conversation_id, thread, n, entry, ids, rng)
    if thread.lift:
        promise(
            world, place, (KIND, thread.id), owner=thread.lift.body, due_on=thread.lift.due_on,
            language=thread.language, steps=thread.lift.steps, area=area,
        )  # fmt: skip
    world.progress(len(thread.entries))
    return conversation_id


def _write_post(
    world: DemoWorld, place: Place, conversation_id: UUID, thread: Thread, n: int, entry: Entry, ids: Sequence[UUID], rng: Random
) -> None:  # fmt: skip
    before = "" if entry.quote is None else _quotation(thread.entries[entry.quote])
    (source, drawn), identity = illustrations.named(before + entry.text), ids[n - 1]
    readers = _readers(place, entry, rng)
    html = _html(place, source, illustrations.shown(drawn))
    world.add(
        place, Post, id=identity, conversation_id=conversation_id, n=n, author_id=entry.author.id, source=source,
        html=html, renderer=RENDERER, language=thread.language, channel=entry.channel,
        keyed_by=entry.keyed_by.id if entry.keyed_by else None, quote_of=None if entry.quote is None else ids[entry.quote],
        reactions=dict(Counter(kind for _, kind in readers)), version=2 if entry.earlier_text else 1, created_at=entry.at,
        edited_at=entry.edited_at, submission=new_id(), hidden_at=entry.hidden_at,
        hidden_reason=entry.hidden_reason, hidden_by=entry.hidden_by.id if entry.hidden_by else None,
    )  # fmt: skip
    for name, picture in drawn.items():
        world.illustrate(place, picture, name=name, post_id=identity, uploader=entry.author, at=entry.at)
    for reader, kind in readers:
        world.add(place, Reaction, post_id=identity, membership_id=reader.id, kind=kind, created_at=entry.at)
    if entry.earlier_text:
        world.add(
            place, PostVersion, post_id=identity, version=1, source=before + entry.earlier_text,
            author_id=entry.author.id, created_at=entry.at,
        )  # fmt: skip
    if entry.flag:
        _write_flag(world, place, identity, entry, rng)
    if entry.hidden_by and entry.hidden_at:
        world.acted(place, entry.hidden_at, "post_hide", entry.hidden_by, ("post", identity), entry.hidden_reason or "")


def _write_flag(world: DemoWorld, place: Place, post_id: UUID, entry: Entry, rng: Random) -> None:
    reader = rng.choice([member for member in place.members if member.id != entry.author.id])
    settled = entry.hidden_by is not None
    world.add(
        place, Flag, post_id=post_id, membership_id=reader.id, reason=entry.flag, text=entry.flag_text, created_at=entry.at,
        handled_at=entry.hidden_at, handled_by=entry.hidden_by.id if entry.hidden_by else None,
        outcome="hidden" if settled else None,
    )  # fmt: skip


def _readers(place: Place, entry: Entry, rng: Random) -> list[tuple[Member, str]]:
    """Who reacted and how: real members, never the writer, each once."""
    if not entry.thanks or entry.hidden_by:
        return []
    others = [member for member in place.members if member.id != entry.author.id]
    return [(reader, rng.choice(REACTIONS)) for reader in rng.sample(others, min(entry.thanks, len(others)))]


def _quotation(quoted_entry: Entry) -> str:
    """The beginning of an earlier post as a quotation: its first paragraph, cut at a sentence's end."""
    first = quoted_entry.text.split("\n\n")[0]
    if len(first) > LONGEST_QUOTE:
        cut = first.rfind(". ", 0, LONGEST_QUOTE)
        first = first[: cut + 1] if cut > 40 else first[:LONGEST_QUOTE].rsplit(" ", 1)[0] + " …"
    return quoted(first)


def _parties(entries: Iterable[Entry]) -> list[str]:
    """Who has spoken in these."""
    authors = [entry.author for entry in entries]
    return sorted({party for author in authors for party in speaks_for(author.verified_as, author.roles)})


def _html(place: Place, source: str, pictures: Mapping[str, Picture]) -> str:
    """A text, in which somebody of the place may be mentioned and pictures may stand."""
    if "@" not in source and not pictures:
        return _render(source)
    called = mentions.Called({names.key(member.name): member.id for member in place.members})
    return render(source, Known(called, pictures))


@lru_cache(maxsize=50_000)
def _render(source: str) -> str:
    return render(source)

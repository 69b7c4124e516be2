"""Composed data for measuring: tenants, members, topics, posts, written in bulk as the owner; and people signed in."""

from __future__ import annotations

import random
import secrets
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, select

from talkoot import clock
from talkoot.config import Settings
from talkoot.conversations.models import Conversation, Post
from talkoot.conversations.rendering import RENDERER, render
from talkoot.db.engine import owner_engine
from talkoot.ids import new_id
from talkoot.people.models import Membership, Person, PersonSession
from talkoot.people.sessions import hash_of
from talkoot.tenants import registering
from talkoot.tenants.models import TenantRow
from talkoot_forums.models import Forum, Topic

MEMBERS = 30
BATCH = 5_000


@dataclass(frozen=True)
class Text:
    """A paragraph as it is written and as it was rendered, once."""

    source: str
    html: str


@lru_cache(maxsize=1)
def texts(count: int = 400) -> tuple[Text, ...]:
    """Posts of about 300 characters, out of the written sentences of the demo."""
    rng = random.Random(7)
    sentences: list[str] = []
    for file in sorted(files("talkoot_forums.demo").joinpath("sentences").iterdir(), key=lambda f: f.name):
        if file.name.endswith(".fi.toml"):
            for value in tomllib.loads(file.read_text(encoding="utf-8")).values():
                sentences += [s for s in value if isinstance(s, str)] if isinstance(value, list) else []
    sources = (" ".join(rng.sample(sentences, rng.choice((2, 2, 3, 3, 4)))) for _ in range(count))
    return tuple(Text(source, render(source)) for source in sources)


def make(settings: Settings, *, tenants: int, topics: int, posts: int) -> None:
    """That many municipalities, each with one forum of so many topics with so many posts each."""
    engine = owner_engine(settings)
    with engine.begin() as connection:
        for n in range(tenants):
            name = f"Mittala {n + 1}"
            tenant = registering.add(
                connection, kind="municipality", names={"fi": name}, languages=("fi", "sv", "en"), code=f"b{n}"
            )
            members = _members(connection, tenant)
            forum = _forum(connection, tenant)
            for number in range(1, topics + 1):
                add_topic(connection, tenant, forum, members, number, posts)
    engine.dispose()


def add_long_topics(settings: Settings, slug: str, *lengths: int) -> list[int]:
    """Topics of these lengths in a tenant's first forum; returns their numbers."""
    engine = owner_engine(settings)
    numbers = []
    with engine.begin() as connection:
        tenant = registering.row(connection, slug).id
        forum = connection.execute(select(Forum.id).where(Forum.tenant_id == tenant)).scalars().first()
        members = list(
            connection.execute(select(Membership.id).where(Membership.tenant_id == tenant).limit(MEMBERS)).scalars()
        )
        first = max(connection.execute(select(Topic.number).where(Topic.tenant_id == tenant)).scalars(), default=0) + 1
        assert forum is not None
        for number, length in enumerate(lengths, first):
            add_topic(connection, tenant, forum, members, number, length)
            numbers.append(number)
    engine.dispose()
    return numbers


def _members(connection: Connection, tenant: int) -> list[UUID]:
    now = clock.now()
    people = [
        {"id": new_id(), "nonce": secrets.token_hex(16), "created_at": now, "confirmed_at": now, "language": "fi"}
        for _ in range(MEMBERS)
    ]
    _write(connection, Person.__table__, [{**p, "operator": False, "demo": False} for p in people])
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": tenant, "id": new_id(), "person_id": person["id"], "name": f"Asukas {n}", "name_key": f"asukas{n}",
            "real_name": True, "participant_roles": ["resident"] if n % 3 else ["resident", "association"], "language": "fi",
            "title": "", "about": "", "joined_at": now, "terms_accepted_at": now, "verified_as": "official" if n % 10 == 0 else None,
        }
        for n, person in enumerate(people)
    ]  # fmt: skip
    _write(connection, Membership.__table__, rows)
    return [row["id"] for row in rows]


def _forum(connection: Connection, tenant: int) -> UUID:
    identity = new_id()
    row = {
        "tenant_id": tenant, "id": identity, "slug": "kylat", "names": {"fi": "Kylät ja tiet", "sv": "Byar och vägar"},
        "about": {"fi": "Kaikesta, mikä koskee kyliä ja teitä."}, "standing": "permanent", "members_only": False, "shared": False,
        "position": 1, "opened_on": clock.now().date(), "topic_count": 0, "post_count": 0,
    }  # fmt: skip
    _write(connection, Forum.__table__, [row])
    return identity


def add_topic(
    connection: Connection, tenant: int, forum: UUID, members: Sequence[UUID], number: int, posts: int
) -> None:
    """A topic with its conversation and posts."""
    rng = random.Random(f"{tenant}/{number}")
    began = clock.now() - timedelta(days=400) + timedelta(minutes=rng.randrange(500_000))
    last = began + timedelta(minutes=posts)
    conversation, topic = new_id(), new_id()
    _write(
        connection, Conversation.__table__,
        [{"tenant_id": tenant, "id": conversation, "subject_kind": "forums.topic", "subject_id": topic, "post_count": posts, "last_post_at": last}],
    )  # fmt: skip
    _write(
        connection, Topic.__table__,
        [{
            "tenant_id": tenant, "id": topic, "number": number, "forum_id": forum, "conversation_id": conversation,
            "kind": rng.choice(("discussion", "question", "idea")), "title": f"Aihe {number}: miten kylän tiet hoidetaan talvella?",
            "slug": f"aihe-{number}", "language": "fi", "author_id": members[0], "created_at": began, "post_count": posts,
            "last_post_at": last, "last_author_id": members[-1], "pinned": number == 1, "closed_reason": "",
            "parties": ["residents", "officials"],
        }],
    )  # fmt: skip
    rows = _posts(tenant, conversation, members, posts, began, rng)
    for first in range(0, posts, BATCH):
        _write(connection, Post.__table__, [next(rows) for _ in range(min(BATCH, posts - first))])


def _posts(
    tenant: int, conversation: UUID, members: Sequence[UUID], count: int, began: Any, rng: random.Random
) -> Iterator[dict[str, Any]]:
    pool = texts()
    for n in range(1, count + 1):
        text = rng.choice(pool)
        yield {
            "tenant_id": tenant, "id": new_id(), "conversation_id": conversation, "n": n, "author_id": rng.choice(members),
            "source": text.source, "html": text.html, "renderer": RENDERER, "language": "fi", "channel": "online",
            "reactions": {"thanks": rng.randrange(1, 9)} if n % 3 == 0 else {}, "version": 1,
            "created_at": began + timedelta(minutes=n), "submission": new_id(),
        }  # fmt: skip


def _write(connection: Connection, table: Any, rows: list[dict[str, Any]]) -> None:
    assert isinstance(table, Table)
    connection.execute(insert(table), rows)


def sign_in(settings: Settings, slug: str, host: str) -> str:
    """Open a session for the tenant's first member on a host; returns the cookie's value."""
    value = secrets.token_urlsafe(32)
    engine = owner_engine(settings)
    with engine.begin() as connection:
        person = connection.execute(
            select(Membership.person_id)
            .join(TenantRow, TenantRow.id == Membership.tenant_id)
            .where(TenantRow.slug == slug, Membership.person_id.is_not(None))
            .order_by(Membership.id)
        ).scalars().first()  # fmt: skip
        now = clock.now()
        _write(
            connection, PersonSession.__table__,
            [{"id_hash": hash_of(value), "person_id": person, "host": host, "device": "wrk", "created_at": now, "seen_at": now}],
        )  # fmt: skip
    engine.dispose()
    return value

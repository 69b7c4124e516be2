"""What the bench needs in a demo installation beyond its content: very long topics, many small tenants, open sessions."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.orm import aliased
from tests.bench import servers

from talkoot import clock, registry
from talkoot.config import Settings
from talkoot.conversations.models import Conversation, Post, ReadMark
from talkoot.db import Database
from talkoot.db.engine import owner_engine
from talkoot.ids import new_id
from talkoot.people.models import Membership, PersonSession
from talkoot.people.sessions import hash_of
from talkoot.search import analyzers, index, querying, rebuilding
from talkoot.search.keys import Keys
from talkoot.search.models import SearchEntry
from talkoot.search.terms import parse
from talkoot.search.words import forms
from talkoot.tenants import registering
from talkoot.tenants.directory import Directory
from talkoot.tenants.models import TenantRow, TenantStamp
from talkoot_forums.models import Forum, Topic

BATCH = 5_000
SPREAD = 100  # posts in each of the topics that make a tenant a large one: what is found stands in many


def load_demo(instance: Path, municipalities: int, **environment: str) -> None:
    """The demo's composed installation of that many municipalities, by the command that people use."""
    command = [sys.executable, "-m", "talkoot.cli", "demo", "--scale", str(municipalities), "--no-run"]
    servers.run_to_its_end(command, instance, environment, minutes=20)


def close_forums(settings: Settings) -> None:
    """The last forum of every municipality is for members only."""
    last = aliased(Forum)
    position = select(func.max(last.position)).where(last.tenant_id == Forum.tenant_id).scalar_subquery()
    engine = owner_engine(settings)
    with engine.begin() as connection:
        connection.execute(update(Forum).where(Forum.position == position).values(members_only=True))
        connection.execute(update(TenantStamp).values(n=TenantStamp.n + 1))
    engine.dispose()


def topics(settings: Settings, count: int, posts: int = 20, *, closed: bool = False) -> list[tuple[str, int]]:
    """(slug, number) of topics with at least a full page, the first of every municipality, then the second of each …

    `closed`: of those for members only.
    """
    engine = owner_engine(settings)
    with engine.connect() as connection:
        rank = func.row_number().over(partition_by=Topic.tenant_id, order_by=Topic.number)
        ranked = (
            select(TenantRow.slug, Topic.number, rank.label("rank"))
            .join(TenantRow, TenantRow.id == Topic.tenant_id)
            .join(Forum, (Forum.tenant_id == Topic.tenant_id) & (Forum.id == Topic.forum_id))
            .where(Topic.post_count.between(posts, 200), Forum.members_only.is_(closed), Topic.hidden_at.is_(None))
            .subquery()
        )
        rows = connection.execute(
            select(ranked.c.slug, ranked.c.number).order_by(ranked.c.rank, ranked.c.slug).limit(count)
        ).all()
    engine.dispose()
    return [(row.slug, row.number) for row in rows]


def forums(settings: Settings, count: int) -> list[tuple[str, str]]:
    """(tenant's slug, forum's slug) of public forums."""
    engine = owner_engine(settings)
    with engine.connect() as connection:
        query = select(TenantRow.slug, Forum.slug.label("forum")).join(TenantRow, TenantRow.id == Forum.tenant_id)
        rows = connection.execute(
            query.where(Forum.members_only.is_(False)).order_by(Forum.position, TenantRow.slug).limit(count)
        ).all()
    engine.dispose()
    return [(row.slug, row.forum) for row in rows]


def add_long_topics(settings: Settings, slug: str, *lengths: int) -> list[int]:
    """Topics of these lengths in a tenant, of its own posts over and over; returns their numbers."""
    engine = owner_engine(settings)
    numbers = []
    with engine.begin() as connection:
        tenant = registering.row(connection, slug).id
        first = connection.execute(select(func.max(Topic.number)).where(Topic.tenant_id == tenant)).scalar_one() + 1
        for number, length in enumerate(lengths, first):
            _add_topic(connection, tenant, number, length)
            numbers.append(number)
        connection.execute(update(TenantStamp).where(TenantStamp.tenant_id == tenant).values(n=TenantStamp.n + 1))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE post")
    engine.dispose()
    return numbers


def _add_topic(connection: Connection, tenant: int, number: int, posts: int) -> None:
    forum = (
        connection.execute(select(Forum.id).where(Forum.tenant_id == tenant, Forum.members_only.is_(False)))
        .scalars()
        .first()
    )
    samples = connection.execute(
        select(Post.__table__).where(Post.tenant_id == tenant, Post.hidden_at.is_(None)).limit(300)
    ).all()
    began = clock.now() - timedelta(minutes=posts + 5)
    conversation, topic, last = new_id(), new_id(), began + timedelta(minutes=posts)
    thread = {
        "id": conversation,
        "subject_kind": "forums.topic",
        "subject_id": topic,
        "post_count": posts,
        "last_post_at": last,
    }
    head = {
        "id": topic, "number": number, "forum_id": forum, "conversation_id": conversation, "kind": "discussion", "slug": "pitka",
        "title": "Pitkä keskustelu", "language": "fi", "author_id": samples[0].author_id, "created_at": began, "post_count": posts,
        "last_post_at": last, "last_author_id": samples[0].author_id, "pinned": False, "closed_reason": "", "parties": ["residents"],
    }  # fmt: skip
    connection.execute(insert(Conversation).values(tenant_id=tenant, **thread))
    connection.execute(insert(Topic).values(tenant_id=tenant, **head))
    rows = _posts(samples, conversation, began)
    for first in range(0, posts, BATCH):
        connection.execute(insert(Post.__table__), list(islice(rows, min(BATCH, posts - first))))


def _posts(samples: Sequence[Any], conversation: UUID, began: Any) -> Iterator[dict[str, Any]]:
    for n, sample in enumerate(cycle(samples), 1):
        own = {
            "id": new_id(),
            "conversation_id": conversation,
            "n": n,
            "created_at": began + timedelta(minutes=n),
            "submission": new_id(),
        }
        yield {**sample._mapping, **own, "quote_of": None}


def searchable(settings: Settings, slug: str, posts: int) -> None:
    """A tenant with at least so many posts, all of them in the index of search."""
    engine = owner_engine(settings)
    with engine.connect() as connection:
        tenant_id = registering.row(connection, slug).id
        there = connection.execute(select(func.count()).where(Post.tenant_id == tenant_id)).scalar_one()
    if there < posts:
        add_long_topics(settings, slug, *([SPREAD] * -(-(posts - there) // SPREAD)))
    database, plugins = Database(settings), registry.load()
    tenant = Directory(database, plugins, settings).current().by_id[tenant_id]
    with engine.begin() as connection:
        connection.execute(delete(SearchEntry).where(SearchEntry.tenant_id == tenant_id))
        rebuilding.fill(connection, plugins, analyzers.of(settings.instance), [tenant])
    database.dispose()
    engine.dispose()


def words(settings: Settings, slug: str, least: int, most: int, count: int) -> list[str]:
    """Words of a tenant's posts that a guest finds in `least` to `most` of them."""
    database, plugins = Database(settings), registry.load()
    tenant = Directory(database, plugins, settings).current().by_slug[slug]
    keys, found = Keys(tenant.id, analyzers.of(settings.instance), tenant.languages), []
    with database.session(tenant) as db:
        own = select(Post.html).where(Post.tenant_id == tenant.id).order_by(Post.id)  # the first are not repeated
        texts = db.scalars(own.limit(3_000)).all()
        for word in sorted({form for html in texts for form in forms(index.text_of(html)) if len(form) > 4}):
            page = querying.find(db, plugins, keys, parse(word), querying.Filters(), member=False)
            if least <= page.total + page.more <= most:
                found.append(word)
            if len(found) == count:
                break
    database.dispose()
    return found


def add_tenants(settings: Settings, count: int) -> None:
    """Municipalities with nothing in them, to see what each costs in memory."""
    engine = owner_engine(settings)
    with engine.begin() as connection:
        for n in range(count):
            name = f"Lisäkunta {n}"
            registering.add(
                connection,
                kind="municipality",
                names={"fi": name, "sv": f"{name} på svenska"},
                languages=("fi", "sv", "en"),
            )
    engine.dispose()


def half_read(settings: Settings, topics: Sequence[tuple[str, int]]) -> None:
    """These topics have been written in lately, and who signs in has read half of each."""
    engine, now = owner_engine(settings), clock.now()
    with engine.begin() as connection:
        for slug, number in topics:
            tenant = registering.row(connection, slug).id
            this = (Topic.tenant_id == tenant, Topic.number == number)
            conversation = connection.execute(select(Topic.conversation_id).where(*this)).scalar_one()
            posts = (Post.tenant_id == tenant, Post.conversation_id == conversation)
            newest = connection.execute(select(func.max(Post.n)).where(*posts)).scalar_one()
            for n in range(1, newest + 1):
                at = now - timedelta(minutes=newest - n)
                connection.execute(update(Post).where(*posts, Post.n == n).values(created_at=at))
            connection.execute(update(Topic).where(*this).values(last_post_at=now))
            mark = {"n": newest // 2, "read_at": now, "membership_id": _reader(connection, tenant).id}
            old = (ReadMark.tenant_id == tenant, ReadMark.conversation_id == conversation)
            connection.execute(delete(ReadMark).where(*old))
            connection.execute(insert(ReadMark).values(tenant_id=tenant, conversation_id=conversation, **mark))
    engine.dispose()


def _reader(connection: Connection, tenant: int, *, writes: bool = False) -> Any:
    """The member of a tenant who signs in; `writes`: another one, so that what they write is news to the first."""
    members = select(Membership.id, Membership.person_id).where(Membership.tenant_id == tenant)
    known = members.where(Membership.person_id.is_not(None)).order_by(Membership.id)
    return connection.execute(known.offset(int(writes)).limit(1)).one()


def sign_in(settings: Settings, slug: str, host: str, *, writes: bool = False) -> str:
    """Open a session for a member of the tenant on a host; returns the cookie's value."""
    value, now = secrets.token_urlsafe(32), clock.now()
    engine = owner_engine(settings)
    with engine.begin() as connection:
        tenant = registering.row(connection, slug).id
        session = {
            "id_hash": hash_of(value),
            "person_id": _reader(connection, tenant, writes=writes).person_id,
            "host": host,
            "device": "wrk",
            "created_at": now,
            "seen_at": now,
        }
        connection.execute(insert(PersonSession).values(**session))
    engine.dispose()
    return value

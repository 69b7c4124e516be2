"""Web workers are killed while people write: every acknowledged post is there, none twice, no counter is wrong."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPException
from uuid import UUID, uuid4

from sqlalchemy import select
from tests.bench import servers
from tests.bench.sites import Site

from talkoot.conversations.models import Conversation, Post
from talkoot.testing import towns
from talkoot_forums.models import Topic

WRITERS, EACH, KILLS = 4, 20, 4
TEXT = "Tämä vastaus saa näkyä kerran."


def test_no_acknowledged_post_is_lost_and_none_is_doubled(site: Site) -> None:
    with servers.gunicorn(site.folder) as web:
        writers = [_Writer(site, web.port, n) for n in range(WRITERS)]
        for writer in writers:
            writer.start()
        killed = _kill_workers(web, writers)
        for writer in writers:
            writer.join(25)

    assert killed == KILLS
    assert [writer.trouble for writer in writers if writer.trouble] == [], _errors(web)
    sent = {f"{TEXT} {key}" for writer in writers for key in writer.acknowledged}
    assert len(sent) == WRITERS * EACH
    posts = _posts(site)
    assert Counter(post.source for post in posts if post.source in sent) == Counter(sent)
    assert [post.n for post in posts] == list(range(1, len(posts) + 1)), "numbers are dense"
    assert sum(post.source.startswith(TEXT) for post in posts) == len(sent), "nothing was written that was not sent"
    _assert_counters(site, len(posts), sum(post.hidden_at is None for post in posts))


def _errors(web: servers.Server) -> list[str]:
    return [line for line in web.said().splitlines() if '"error"' in line]


class _Writer(threading.Thread):
    """Sends each of its texts until it is acknowledged, with one key, as a browser's reload does."""

    def __init__(self, site: Site, port: int, n: int) -> None:
        super().__init__(daemon=True)
        self.browser = site.resident(port, network=f"10.1.{n}.1")
        self.path, fields = self.browser.form(f"{site.topic}/reply", text=TEXT)
        self.fields = fields
        self.acknowledged: list[UUID] = []
        self.trouble = ""

    def run(self) -> None:
        for _ in range(EACH):
            key = uuid4()
            while not self._sent(key):
                time.sleep(0.05)
            self.acknowledged.append(key)

    def _sent(self, key: UUID) -> bool:
        try:
            words = {"submission": str(key), "text": f"{TEXT} {key}"}  # the same words again would be the same post
            status = self.browser.post(self.path, self.fields | words).status
        except (HTTPException, OSError):
            return False  # the worker was killed: nobody knows whether the post was saved
        if status not in (303, 503):
            self.trouble = f"answered {status}"
        return status == 303


def _kill_workers(web: servers.Server, writers: Sequence[_Writer]) -> int:
    """Kill a worker now and then while there is still something to write; the first time, when writing has begun."""
    rng, killed = random.Random(1), 0
    while killed < KILLS and any(writer.is_alive() for writer in writers):
        time.sleep(0.15)
        if sum(len(writer.acknowledged) for writer in writers) > killed * WRITERS and (
            workers := servers.children(web.pid)
        ):
            os.kill(rng.choice(workers), signal.SIGKILL)
            killed += 1
    return killed


def _posts(site: Site) -> Sequence[Post]:
    tenant, conversation = site.app.directory.renew().by_slug[towns.TOWN], site.world.things[towns.TOWN, "conversation"]
    with site.app.database.session(tenant) as db:
        query = select(Post).where(Post.tenant_id == tenant.id, Post.conversation_id == conversation)
        return db.scalars(query.order_by(Post.n)).all()


def _assert_counters(site: Site, newest: int, seen: int) -> None:
    tenant, conversation = (
        site.app.directory.current().by_slug[towns.TOWN],
        site.world.things[towns.TOWN, "conversation"],
    )
    with site.app.database.session(tenant) as db:
        counted = select(Conversation.post_count).where(
            Conversation.tenant_id == tenant.id, Conversation.id == conversation
        )
        shown = select(Topic.post_count).where(Topic.tenant_id == tenant.id, Topic.conversation_id == conversation)
        assert db.scalar(counted) == newest
        assert db.scalar(shown) == seen

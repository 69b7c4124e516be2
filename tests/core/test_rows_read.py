"""What is read of a long topic: a page's posts, whatever is asked. PostgreSQL counts the rows that a transaction takes up.

Under row-level security a condition that might fail (a sum, a call) is used for no index. The statement still answers
rightly and its number stays the same, but it reads the whole conversation.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, insert, text, update
from tests.core.test_reactions import react

from talkoot import clock
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation, Post
from talkoot.db.engine import owner_engine
from talkoot.ids import new_id

pytestmark = pytest.mark.database("postgresql")
LONG = 3_000
TAKEN_UP = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = 'post'"


@pytest.fixture
def long_topic(app, world, writing, town):
    """The town's topic with thousands of posts, by two people in turn; returns the id of one in the middle."""
    conversation, middle = world.things["kokkola", "conversation"], new_id()
    with writing(town) as db:
        first = posts.newest(db, conversation) + 1
        authors = [world.members["kokkola", role] for role in ("resident", "moderator")]
        row = {"tenant_id": town.id, "conversation_id": conversation, "renderer": 1, "language": "fi", "version": 1}
        row |= {"source": "noise", "html": "<p>noise</p>", "reactions": {}, "created_at": clock.now()}
        own = [
            {
                **row,
                "n": n,
                "id": middle if n == LONG // 2 else new_id(),
                "author_id": authors[n % 2],
                "submission": new_id(),
            }
            for n in range(first, LONG + 1)
        ]
        db.execute(insert(Post), own)
        this = (Conversation.tenant_id == town.id, Conversation.id == conversation)
        db.execute(update(Conversation).where(*this).values(post_count=LONG))
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE post"))
    engine.dispose()
    return middle


@contextmanager
def at_most(app, most: int) -> Iterator[None]:
    """At most so many posts are taken up by each transaction, and some by one of them."""
    found = []

    def begin(connection):
        connection.info["taken_up"] = taken_up(connection)

    def end(connection):
        found.append(taken_up(connection) - connection.info["taken_up"])

    listening = (("begin", begin), ("commit", end), ("rollback", end))
    for name, note in listening:
        event.listen(app.database.engine, name, note)
    yield
    for name, note in listening:
        event.remove(app.database.engine, name, note)
    assert 0 < max(found) <= most, found


def taken_up(connection) -> int:
    return connection.connection.driver_connection.execute(TAKEN_UP).fetchone()[0]


@pytest.mark.parametrize("role", ["guest", "resident", "moderator"])
def test_reading_a_topic(app, as_role, world, long_topic, role):
    topic, who = f"/topics/{world.things['kokkola', 'topic']}", as_role(role)
    for page in (1, posts.page_of(LONG) // 2, posts.page_of(LONG)):
        with at_most(app, posts.PAGE + 5):
            assert who.get(f"{topic}?page={page}").status_code == 200
    with at_most(app, 2 * posts.PAGE):
        assert who.get(f"{topic}/feed.atom").status_code == 200
    with at_most(app, 5):
        assert who.get(f"/posts/{long_topic}").status_code == 302


def test_writing_in_a_topic(app, as_role, world, long_topic):
    topic, post = f"/topics/{world.things['kokkola', 'topic']}", f"/posts/{long_topic}"
    for path, fields in (
        (f"{topic}/reply", {"text": "A reply."}),
        (f"{topic}/reply", {"text": "A reply."}),  # once more, from a form of its own
        (f"{topic}/reply?quote={long_topic}", {"text": "A reply to it."}),
        (f"{post}/edit", {"text": "Changed."}),
        (f"{post}/flag", {"reason": "other", "text": "Why."}),
    ):
        with at_most(app, 10):
            answer = as_role("convener" if path.endswith("flag") else "resident").submit(path, **fields)
        assert answer.status_code in (200, 303), path
    with at_most(app, 10):
        assert react(as_role("resident"), world).status_code == 303

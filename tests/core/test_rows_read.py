"""What is read of a long topic: a page's posts, whatever is asked."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, update
from tests.core.test_reactions import react
from tests.rows_read import analyze, at_most

from talkoot import clock
from talkoot.conversations import posts
from talkoot.conversations.models import Conversation, Post
from talkoot.ids import new_id

pytestmark = pytest.mark.database("postgresql")
LONG = 3_000


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
    analyze(app)
    return middle


@pytest.mark.parametrize("role", ["guest", "resident", "moderator"])
def test_reading_a_topic(app, as_role, world, long_topic, role):
    topic, who = f"/topics/{world.things['kokkola', 'topic']}", as_role(role)
    for page in (1, posts.page_of(LONG) // 2, posts.page_of(LONG)):
        with at_most(app, "post", posts.PAGE + 10):
            assert who.get(f"{topic}?page={page}").status_code == 200
    with at_most(app, "post", 2 * posts.PAGE):
        assert who.get(f"{topic}/feed.atom").status_code == 200
    with at_most(app, "post", 5):
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
        with at_most(app, "post", 10):
            answer = as_role("convener" if path.endswith("flag") else "resident").submit(path, **fields)
        assert answer.status_code in (200, 303), path
    with at_most(app, "post", 10):
        assert react(as_role("resident"), world).status_code == 303

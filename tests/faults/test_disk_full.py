"""No room left for the database: reading goes on, writing is refused clearly, nothing is half-written."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select
from tests.bench import servers
from tests.bench.browser import Browser
from tests.bench.sites import Site

from talkoot.conversations.models import Conversation, Post
from talkoot.jobs.models import Outbox
from talkoot.testing import towns
from talkoot_forums.models import Topic

TEXT = "Kaikki tilanteesta kerralla.\n" * 900  # more than free space inside the file's pages


@pytest.mark.database("sqlite")
def test_a_post_that_finds_no_room_is_given_back_and_leaves_no_trace(site: Site) -> None:
    full = site.folder / "disk-is-full"
    with servers.gunicorn(site.folder, app="tests.faults.apps:small_disk()", TALKOOT_TEST_FULL=str(full)) as web:
        resident = site.resident(web.port)
        target, fields = resident.form(f"{site.topic}/reply", text=TEXT)
        before = _counts(site)
        full.touch()

        refused = resident.post(target, fields)
        assert refused.status == 503
        assert "Kaikki tilanteesta kerralla." in refused.text, "what was written is given back"
        assert Browser(web.port).get(site.topic).status == 200, "reading goes on"
        assert _counts(site) == before, "no counter, outbox row or post is left of the attempt"

        full.unlink()
        assert resident.post(target, fields).status == 303
        assert resident.post(target, fields).status == 303
        after = _counts(site)
        assert after["posts"] == before["posts"] + 1, "the same form again, and again: one post"
        assert after["conversation"] == before["conversation"] + 1


def _counts(site: Site) -> dict[str, Any]:
    """Rows and counters that a post changes."""
    tenant = site.app.directory.renew().by_slug[towns.TOWN]
    conversation = site.world.things[towns.TOWN, "conversation"]
    with site.app.database.session(tenant) as db:
        own = tenant.id
        jobs = (
            select(func.count())
            .select_from(Outbox)
            .where(Outbox.tenant_id == own, Outbox.kind == "conversations.post_made")
        )
        newest = select(Conversation.post_count).where(Conversation.tenant_id == own, Conversation.id == conversation)
        return {
            "posts": db.scalar(select(func.count()).select_from(Post).where(Post.tenant_id == own)),
            "conversation": db.scalar(newest),
            "topics": db.scalar(select(func.sum(Topic.post_count)).where(Topic.tenant_id == own)),
            "outbox": db.scalar(jobs),
        }

"""What polls are, and where they take part in pages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from talkoot import Permission, Plugin, TakePart, hookimpl
from talkoot.access.actor import Actor
from talkoot.conversations.pages import PostView
from talkoot.db import TenantSession
from talkoot.i18n import gettext, lazy
from talkoot.tenants.tenant import Tenant
from talkoot_polls import polls, shown, views

if TYPE_CHECKING:
    from talkoot.demo.world import DemoWorld

plugin = Plugin(
    name="polls",
    title=lazy("Polls"),
    version="0.1.0",
    summary=lazy("Who writes a post can ask under it; each member votes once, and everybody sees the result."),
    blueprints=(views.blueprint,),
    permissions=(
        Permission("polls.read", lazy("See polls and their results"), ("everyone",)),
        Permission("polls.vote", lazy("Vote in polls"), ("member",)),
        Permission("polls.begin", lazy("Ask under one's own posts"), ("member",)),
        Permission(
            "polls.manage",
            lazy("Ask under others' posts, close and remove polls"),
            ("convener", "moderator", "admin"),
        ),
    ),
    query_arguments=("before",),
    log_titles={
        "poll_closed": lazy("Closed a poll before its time"),
        "poll_removed": lazy("Removed a poll"),
    },
    on_by_default=True,
)


@hookimpl
def take_part(tenant: Tenant) -> Iterable[TakePart]:
    text = gettext("Say what you think with a vote. Anybody who writes can ask the others.")
    return [TakePart(gettext("Answer a poll"), text, "polls.index", 20)]


@hookimpl
def post_extras(db: TenantSession, actor: Actor, posts: Sequence[PostView], is_open: bool) -> Mapping[UUID, str]:
    return shown.extras(db, actor, posts, is_open)


@hookimpl
def worker_tick(db: TenantSession) -> None:
    if polls.close_due(db):
        db.quiet = False  # their pages say until when one can vote


@hookimpl
def erase_person(db: TenantSession, membership_id: UUID, keep_texts: bool) -> None:
    polls.forget(db, membership_id, keep_texts)


@hookimpl
def demo(world: DemoWorld) -> None:
    from talkoot_polls.demo import samples  # only when the demo is made: a server need not read it

    samples.fill(world)

"""What the forums plugin is, and where it takes part in pages."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from talkoot import (
    ConversationKind,
    FollowKind,
    NavItem,
    Permission,
    Plugin,
    ScopeKind,
    Section,
    Setting,
    Statistic,
    SummaryItem,
    TakePart,
    clock,
    hookimpl,
)
from talkoot.access.actor import Actor
from talkoot.db import TenantSession
from talkoot.i18n import gettext, lazy
from talkoot.tenants.areas import Area
from talkoot.tenants.tenant import Tenant
from talkoot_forums import (
    answering,
    catching_up,
    convening,
    counting,
    feeds,
    forums,
    managing,
    nearby,
    news,
    places,
    tagged,
    tagging,
    tags,
    topics,
    views,
    vocabulary,
)
from talkoot_forums.models import Forum

if TYPE_CHECKING:
    from talkoot.demo.world import DemoWorld


def _topics(db: TenantSession) -> int:
    """How many can be seen; counted by forum, so that a home page reads no topic."""
    return db.execute(
        select(func.coalesce(func.sum(Forum.topic_count), 0)).where(Forum.tenant_id == db.tenant.id)
    ).scalar_one()


# Their pages are on the blueprint of the views.
ADDED = (catching_up, convening, feeds, managing, tagged, tagging, vocabulary)

plugin = Plugin(
    name="forums",
    title=lazy("Community forums"),
    version="0.1.0",
    summary=lazy(
        "Permanent forums of the municipality and its areas, whose questions reach a body that owes an answer."
    ),
    blueprints=(views.blueprint,),
    permissions=(
        Permission("forums.read", lazy("Read public forums"), ("everyone",)),
        Permission("forums.write", lazy("Begin topics and reply"), ("member",)),
        Permission(
            "forums.convene",
            lazy("Pin, close, move, merge and split topics, lift them to the parent body"),
            ("convener", "moderator", "admin"),
        ),
        Permission("forums.manage", lazy("Add and change forums and the tags of topics"), ("admin", "operator")),
    ),
    settings=(Setting("forums.party_days", lazy("Days until a topic notes that a party has not spoken"), 3),),
    conversations=(
        ConversationKind(
            topics.KIND,
            places.locate,
            counting.changed,
            counting.added,
            forums.recount_all,
            begun=places.begun,
            write="forums.write",
            reply=answering.reply,
            searched=places.SEARCHED,
        ),
    ),
    scopes=(ScopeKind(forums.SCOPE, forums.names),),
    follows=(
        FollowKind(forums.SCOPE, lazy("Forum"), forums.located),
        FollowKind(places.TAG, lazy("Tag"), tags.located),
    ),
    statistics=(Statistic("forums.topics", lazy("Topics"), _topics),),
    query_arguments=("kind", "tag", "state", "sort", "before", "page"),
    log_titles={
        "forum_saved": lazy("Added or changed a forum"),
        "topic_pin": lazy("Pinned a topic"),
        "topic_unpin": lazy("Unpinned a topic"),
        "topic_close": lazy("Closed a topic"),
        "topic_reopen": lazy("Opened a topic again"),
        "topic_rename": lazy("Renamed a topic"),
        "topic_move": lazy("Moved a topic"),
        "topic_merge": lazy("Merged a topic into another"),
        "topic_split": lazy("Split a topic"),
        "topic_lift": lazy("Took a topic to its body"),
        "topic_tag": lazy("Changed a topic's tags"),
        "tag_saved": lazy("Added or renamed a tag"),
        "tag_retired": lazy("Retired a tag"),
        "tag_offered": lazy("Offered a tag again"),
        "tag_merged": lazy("Merged a tag into another"),
    },
    on_by_default=True,
)


@hookimpl
def nav_items(tenant: Tenant, actor: Actor) -> Iterable[NavItem]:
    items = [NavItem(gettext("Forums"), "forums.index", 10)]
    return [*items, NavItem(gettext("New for you"), "forums.news.index", 5)] if actor.is_member else items


@hookimpl
def take_part(tenant: Tenant) -> Iterable[TakePart]:
    return [
        TakePart(
            gettext("Join the discussion"),
            gettext("Read what others think, ask, and tell your idea. A convener takes questions to those who decide."),
            "forums.index",
            10,
        )
    ]


@hookimpl
def home_sections(db: TenantSession, actor: Actor) -> Iterable[Section]:
    return [_section(db, actor, forums.listed(db, member=actor.is_member))]


@hookimpl
def area_sections(db: TenantSession, actor: Actor, area: Area) -> Iterable[Section]:
    return [_section(db, actor, forums.listed(db, area_id=area.id, member=actor.is_member), area)]


def _section(db: TenantSession, actor: Actor, listed: list[forums.ForumView], area: Area | None = None) -> Section:
    """These forums and what is talked about in them, as the home page and an area's show it."""
    talked_about = db.remembered(
        ("forums.talked_about", area and area.id, actor.is_member),
        lambda: nearby.talked_about(db, listed),
        weight=lambda found: topics.VIEW_BYTES * (len(found) + 1),
    )
    context = {
        "forums": listed,
        "topics": talked_about,
        "news": news.among(db, actor, talked_about),
        "area": area,
        "today": clock.today(db.tenant.time_zone),
    }
    return Section("forums/_home.html", context, 10)


@hookimpl
def summary_items(db: TenantSession) -> Iterable[SummaryItem]:
    found = nearby.talked_about(db, forums.listed(db, member=False), limit=5)
    return [SummaryItem(t.title, t.path, t.last_post_at, t.kind, t.language) for t in found]


@hookimpl
def demo(world: DemoWorld) -> None:
    from talkoot_forums.demo import seeding  # only when the demo is made: a server need not read it

    seeding.fill(world)

"""What the noticeboard is, and where it takes part in pages. Each hook of the contract is used once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from flask import url_for
from markupsafe import Markup

from talkoot import (
    ConversationKind,
    Job,
    NavItem,
    Permission,
    Plugin,
    Section,
    Setting,
    Statistic,
    SummaryItem,
    TakePart,
    hookimpl,
)
from talkoot.access.actor import Actor
from talkoot.config import Settings
from talkoot.conversations.models import Post
from talkoot.conversations.pages import PostView
from talkoot.db import TenantSession
from talkoot.demo.world import DemoWorld
from talkoot.errors import InvalidError
from talkoot.files.storage import Storage
from talkoot.i18n import gettext, lazy, ngettext
from talkoot.tenants.areas import Area
from talkoot.tenants.tenant import Tenant
from talkoot_noticeboard import notices, samples
from talkoot_noticeboard.cupboard import Cupboard
from talkoot_noticeboard.views import blueprint

plugin = Plugin(
    name="noticeboard",
    title=lazy("Noticeboard"),
    version="1.0.0",
    core=">=0.1,<1",
    summary=lazy("Associations pin notices to the municipality's board; people comment on them."),
    blueprints=(blueprint,),
    permissions=(
        Permission("noticeboard.read", lazy("Read the noticeboard"), ("everyone",)),
        Permission("noticeboard.post", lazy("Pin notices and comment on them"), ("member",)),
        Permission("noticeboard.key_in", lazy("Type in notices that came on paper"), ("clerk", "admin")),
        Permission("noticeboard.take_down", lazy("Take down others' notices"), ("moderator", "admin")),
    ),
    settings=(
        Setting("noticeboard.days", lazy("Days a notice stays on the board"), 30),
        Setting("noticeboard.refused_words", lazy("Words that no post may hold, separated by commas"), ""),
    ),
    jobs=(Job(notices.EXCERPT, notices.write_excerpt),),
    conversations=(
        ConversationKind(
            notices.KIND, notices.locate, notices.recount, write="noticeboard.post", reply=notices.comment_by_mail
        ),
    ),
    statistics=(Statistic("noticeboard.notices", lazy("Notices on the board"), notices.count),),
    query_arguments=("before", "page"),
)


@hookimpl
def nav_items(tenant: Tenant, actor: Actor) -> Iterable[NavItem]:
    return [NavItem(gettext("Noticeboard"), "noticeboard.index", 30, "noticeboard.read")]


@hookimpl
def take_part(tenant: Tenant) -> Iterable[TakePart]:
    text = gettext("Tell what your association does, and find something to join.")
    return [TakePart(gettext("Pin a notice"), text, "noticeboard.index", 40)]


@hookimpl
def home_sections(db: TenantSession, actor: Actor) -> Iterable[Section]:
    return [Section("noticeboard/_section.html", {"notices": notices.shown(db, limit=3)}, 40)]


@hookimpl
def area_sections(db: TenantSession, actor: Actor, area: Area) -> Iterable[Section]:
    return [Section("noticeboard/_section.html", {"notices": notices.shown(db, area_id=area.id, limit=3)}, 40)]


@hookimpl
def post_extras(db: TenantSession, actor: Actor, posts: Sequence[PostView]) -> Mapping[UUID, str]:
    """Under a post: how many notices its writer has on the board."""
    authors = {post.author_id for post in posts if post.author_id}
    counts = notices.on_the_board(db, sorted(authors)) if authors else {}
    note = Markup('<p class="noticeboard-note"><a href="{}">{}</a></p>')
    return {
        post.id: note.format(url_for("noticeboard.index"), _has_notices(counts[post.author_id]))
        for post in posts
        if post.author_id in counts
    }


def _has_notices(number: int) -> str:
    return ngettext("Has %(num)d notice on the board", "Has %(num)d notices on the board", number)


@hookimpl
def check_post(db: TenantSession, text: str) -> None:
    refused = [
        word.strip().casefold() for word in db.tenant.setting("noticeboard.refused_words").split(",") if word.strip()
    ]
    for word in refused:
        if word in text.casefold():
            raise InvalidError(
                gettext("The word “%(word)s” is not used here. Say it in another way.", word=word), "text"
            )


@hookimpl
def post_made(db: TenantSession, post: Post) -> None:
    notices.heard(db, post)


@hookimpl
def summary_items(db: TenantSession) -> Iterable[SummaryItem]:
    return [
        SummaryItem(n.title, f"notices/{n.number}", n.created_at, "notice", n.language)
        for n in notices.shown(db, limit=5)
    ]


@hookimpl
def export_person(db: TenantSession, membership_id: UUID) -> Mapping[str, Any]:
    return {"notices typed in for others": notices.keyed(db, membership_id)}


@hookimpl
def erase_person(db: TenantSession, membership_id: UUID, keep_texts: bool) -> None:
    notices.forget(db, membership_id, keep_texts)


@hookimpl
def worker_tick(db: TenantSession) -> None:
    if notices.expire(db):
        db.quiet = False  # the board that anybody sees has changed


@hookimpl
def file_storage(settings: Settings) -> Storage | None:
    """Where an operator has put up a cupboard, pictures are kept in it."""
    cupboard = settings.instance / "cupboard"
    return Cupboard(cupboard) if cupboard.is_dir() else None


@hookimpl
def demo(world: DemoWorld) -> None:
    samples.fill(world)

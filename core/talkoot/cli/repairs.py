"""Repairs of one tenant's rows: posts rendered anew, counters counted anew. Work of `talkoot db`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import func, select, update

from talkoot.conversations import images, mentions, reactions
from talkoot.conversations.models import Conversation, Post, Reaction
from talkoot.conversations.rendering import RENDERER, Known, render
from talkoot.db import Database, TenantSession, for_tenant
from talkoot.files import pictures
from talkoot.site import summaries
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

BLOCK = 500
_post, _conversation, _reaction = (model.__table__ for model in (Post, Conversation, Reaction))


def render_posts(database: Database, tenant: Tenant) -> int:
    """Render anew what an older renderer made, in blocks of their own transactions; returns how many posts."""
    total = 0
    while True:
        with database.session(tenant, writing=True) as db:
            old = db.execute(
                select(_post.c.id, _post.c.source)
                .where(_post.c.tenant_id == tenant.id, _post.c.renderer < RENDERER)
                .limit(BLOCK)
            ).all()
            for row in old:
                mine = (_post.c.tenant_id == tenant.id, _post.c.id == row.id)
                html = render(row.source, _known(db, row)) if row.source else ""
                db.execute(update(_post).where(*mine).values(html=html, renderer=RENDERER))
        total += len(old)
        if len(old) < BLOCK:
            return total


def _known(db: TenantSession, post: Any) -> Known:
    """What the text of a post leads to inside the site."""
    standing = pictures.standing_in(db, post.id) if images.named(post.source) else {}
    return Known(mentions.in_text(db, post.source), standing)


def recount(app: Talkoot, tenant: Tenant) -> Iterator[str]:
    """Bring every counter of a tenant in line with its rows; says what was wrong, one line each."""
    with app.app_context():
        with app.database.session(tenant, writing=True) as db:
            if count := _conversations(db):
                yield f"{count} conversations had wrong counts"
        with app.database.session(tenant, writing=True) as db:
            if count := _reactions(db):
                yield f"{count} posts had wrong reactions"
        for kind in app.registry.conversation_kinds.values():
            with app.database.session(tenant, writing=True) as db:
                for subject in db.scalars(
                    for_tenant(db, Conversation.subject_id).where(Conversation.subject_kind == kind.name)
                ).all():
                    kind.changed(db, subject)
                if kind.recount:
                    kind.recount(db)
        summaries.refresh(app, tenant, always=True)


def _conversations(db: TenantSession) -> int:
    """`post_count` is the newest number, `last_post_at` the newest time; returns how many were not."""
    truth = db.execute(
        select(
            _conversation.c.id,
            _conversation.c.post_count,
            func.coalesce(func.max(_post.c.n), 0),
            func.max(_post.c.created_at),
        )
        .select_from(
            _conversation.outerjoin(
                _post,
                (_post.c.tenant_id == _conversation.c.tenant_id) & (_post.c.conversation_id == _conversation.c.id),
            )
        )
        .where(_conversation.c.tenant_id == db.tenant.id)
        .group_by(_conversation.c.id, _conversation.c.post_count)
    ).all()
    wrong = [(identity, newest, at) for identity, counted, newest, at in truth if counted != newest]
    for identity, newest, at in wrong:
        db.execute(
            update(_conversation)
            .where(_conversation.c.tenant_id == db.tenant.id, _conversation.c.id == identity)
            .values(post_count=newest, last_post_at=at)
        )
    return len(wrong)


def _reactions(db: TenantSession) -> int:
    """The counts on posts are those of the reactions' rows; returns how many posts were mended."""
    rows: dict[UUID, dict[str, int]] = {}
    for post_id, kind, count in db.execute(
        select(_reaction.c.post_id, _reaction.c.kind, func.count())
        .where(_reaction.c.tenant_id == db.tenant.id)
        .group_by(_reaction.c.post_id, _reaction.c.kind)
    ):
        rows.setdefault(post_id, {})[kind] = count
    shown = db.execute(select(_post.c.id, _post.c.reactions).where(_post.c.tenant_id == db.tenant.id))
    wrong = [identity for identity, counts in shown if counts != rows.get(identity, {})]
    for identity in wrong:
        post = db.find(Post, id=identity)
        if post:
            reactions.recount(db, post)
    return len(wrong)

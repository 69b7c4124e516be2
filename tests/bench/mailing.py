"""What mail costs the worker: digests composed and kept in the mailbox, and telling followers of a reply."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy import Connection, delete, insert, select
from tests.bench import measure

from talkoot import clock
from talkoot.app import Talkoot, create_app
from talkoot.config import Settings
from talkoot.conversations.models import Post
from talkoot.db.engine import owner_engine
from talkoot.ids import new_id
from talkoot.jobs import delivery, outbox
from talkoot.jobs.handlers import POST_MADE
from talkoot.notices import waiting
from talkoot.notices.models import MailChoice, Notice
from talkoot.people.models import Membership
from talkoot.tenants.tenant import Tenant
from talkoot.web import logs

WARM = 40  # jobs done before it counts: statements are prepared, templates read
IN_DIGEST = 6  # notices
FEW = 4  # tenants in which somebody replies
AT_LEAST = 600  # mails


def digests(app: Talkoot, count: int = AT_LEAST) -> list[UUID]:
    """Jobs of so many digests, each of six notices of six discussions."""
    engine, jobs = owner_engine(app.settings), list[UUID]()
    for tenant in _municipalities(app):
        if len(jobs) >= count:
            break
        with engine.begin() as connection:
            _make_due(connection, tenant)
        with app.database.session(tenant, writing=True) as db:
            waiting.collect(db)
        jobs += db.info["outbox"]
    engine.dispose()
    return jobs


def _make_due(connection: Connection, tenant: Tenant) -> None:
    """Every member has notices that are due now, and no quiet hours."""
    members = _members(connection, tenant)
    newest = select(Post.id, Post.author_id).where(Post.tenant_id == tenant.id, Post.n == 2, Post.hidden_at.is_(None))
    posts = connection.execute(newest.order_by(Post.created_at.desc()).limit(3 * IN_DIGEST)).all()
    for table in (Notice, MailChoice):
        connection.execute(delete(table).where(table.tenant_id == tenant.id))
    told = {"tenant_id": tenant.id, "about": "post", "kind": "follow", "at": clock.now(), "due_at": clock.now()}
    rows = [
        {**told, "membership_id": member, "thing_id": post.id}
        for member in members
        for post in [post for post in posts if post.author_id != member][:IN_DIGEST]
    ]
    connection.execute(insert(Notice), rows)
    choice = {"direct": "now", "rest": "now", "quiet_from": 0, "quiet_to": 0, "follow_own": True}
    chosen = [{"tenant_id": tenant.id, "id": new_id(), "membership_id": member, **choice} for member in members]
    connection.execute(insert(MailChoice), chosen)


def _municipalities(app: Talkoot) -> Sequence[Tenant]:
    return [tenant for tenant in app.directory.current().tenants if tenant.kind == "municipality"]


def _members(connection: Connection, tenant: Tenant) -> Sequence[UUID]:
    query = select(Membership.id).where(Membership.tenant_id == tenant.id, Membership.person_id.is_not(None))
    return connection.execute(query.order_by(Membership.id)).scalars().all()


def replies(app: Talkoot, count: int = 400) -> list[UUID]:
    """Jobs that tell of the latest replies, as if each had been made now: most in conversations that some follow."""
    jobs = list[UUID]()
    for tenant in _municipalities(app)[:FEW]:
        with app.database.session(tenant, writing=True) as db:
            db.quiet = True
            latest = select(Post.id).where(Post.tenant_id == tenant.id, Post.hidden_at.is_(None), Post.n > 1)
            for post in db.scalars(latest.order_by(Post.created_at.desc()).limit(count // FEW)).all():
                db.execute(delete(Notice).where(Notice.tenant_id == tenant.id, Notice.thing_id == post))
                jobs.append(outbox.add(db, POST_MADE, post))
    return jobs


def cost(settings: Settings, database: Sequence[int], prepare: Callable[[Talkoot], list[UUID]]) -> float:
    """Milliseconds of this process and the database for each of these jobs, done as a worker does them.

    In this process, because a worker also keeps the schedule of all sites, which would end up in the figure.
    """
    logs.configure(logging.WARNING)
    app = create_app(settings)
    jobs = prepare(app)
    delivery.run_each(app, jobs[:WARM])
    before = time.process_time() * 1000 + measure.cpu_ms(database)
    delivery.run_each(app, jobs[WARM:])
    spent = time.process_time() * 1000 + measure.cpu_ms(database) - before
    app.database.dispose()
    return spent / len(jobs[WARM:])

"""What each kind of job does. A handler may run twice: it reads what is true now and does what is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from uuid import UUID

from talkoot.conversations.models import Post
from talkoot.db import TenantSession
from talkoot.people import mails

if TYPE_CHECKING:
    from talkoot.app import Talkoot

Handler = Callable[["Talkoot", TenantSession, UUID, UUID], None]  # app, session, subject, outbox id


def handlers(app: Talkoot) -> dict[str, Handler]:
    """By kind: core's own, then plugins' declared jobs (skipped where the plugin is off)."""
    found: dict[str, Handler] = {
        "conversations.post_made": _post_made,
        "people.confirm": mails.send_confirm,
        "people.known": mails.send_known,
        "people.reset": mails.send_reset,
        "people.invite": mails.send_invitation,
    }
    for name, (plugin, job) in app.registry.jobs.items():
        found[name] = _plugin_handler(plugin, job.run)
    return found


def _plugin_handler(plugin: str, run: Callable[[TenantSession, UUID], None]) -> Handler:
    def handler(_app: Talkoot, db: TenantSession, subject_id: UUID, _job: UUID) -> None:
        if plugin in db.tenant.plugins:
            run(db, subject_id)

    return handler


def _post_made(app: Talkoot, db: TenantSession, post_id: UUID, _job: UUID) -> None:
    post = db.find(Post, id=post_id)
    if post is not None:
        for _ in app.registry.collect("post_made", db.tenant, db=db, post=post):
            pass

"""What each kind of job does. A handler may run twice: it reads what is true now and does what is missing."""

from __future__ import annotations

from collections.abc import Callable
from email.message import EmailMessage
from typing import TYPE_CHECKING
from uuid import UUID

from talkoot.conversations.models import Post
from talkoot.db import TenantSession
from talkoot.jobs import outbox
from talkoot.people import mails

if TYPE_CHECKING:
    from talkoot.app import Talkoot

Handler = Callable[["Talkoot", TenantSession, UUID, UUID], None]  # app, session, subject, outbox id
Composer = Callable[
    ["Talkoot", TenantSession, UUID, UUID], EmailMessage | None
]  # None: there is nothing to say any more
POST_MADE = "conversations.post_made"
# The jobs that are a mail: composed in a session that only reads and sent when that is closed.
MAILS: dict[str, Composer] = {
    "people.confirm": mails.confirm,
    "people.known": mails.known,
    "people.reset": mails.reset,
    "people.invite": mails.invitation,
}


def handlers(app: Talkoot) -> dict[str, Handler]:
    """By kind, those that are no mails: core's own, then plugins' declared jobs (skipped where the plugin is off)."""
    found: dict[str, Handler] = {POST_MADE: _post_made}
    for name, (plugin, job) in app.registry.jobs.items():
        found[name] = _plugin_handler(plugin, job.run)
    for plugin in app.registry.implementing("post_made"):
        found[_kind_of(plugin)] = _telling(plugin)
    return found


def _plugin_handler(plugin: str, run: Callable[[TenantSession, UUID], None]) -> Handler:
    def handler(_app: Talkoot, db: TenantSession, subject_id: UUID, _job: UUID) -> None:
        if plugin in db.tenant.plugins:
            run(db, subject_id)

    return handler


def _post_made(app: Talkoot, db: TenantSession, post_id: UUID, _job: UUID) -> None:
    """Tell every plugin of a post. One that fails gets a job of its own, so that the others are told once."""
    for plugin in app.registry.implementing("post_made"):
        try:
            _tell(app, db, plugin, post_id)
        except Exception:  # logged and counted where it was called
            outbox.add(db, _kind_of(plugin), post_id)


def _telling(plugin: str) -> Handler:
    def handler(app: Talkoot, db: TenantSession, post_id: UUID, _job: UUID) -> None:
        _tell(app, db, plugin, post_id)

    return handler


def _tell(app: Talkoot, db: TenantSession, plugin: str, post_id: UUID) -> None:
    if plugin in db.tenant.plugins and (post := db.find(Post, id=post_id)):
        app.registry.deliver("post_made", plugin, db.tenant, db=db, post=post)


def _kind_of(plugin: str) -> str:
    """The kind of job that tells one plugin of a post, as `talkoot jobs list` shows it."""
    return f"{POST_MADE}:{plugin}"

"""What each kind of job does. A handler may run twice: it reads what is true now and does what is missing."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import structlog

from talkoot.conversations import flags, posts
from talkoot.conversations.models import Post
from talkoot.db import TenantSession
from talkoot.followup import promises
from talkoot.incoming import answers
from talkoot.jobs import outbox
from talkoot.mail import messages
from talkoot.notices import fan_out, waiting
from talkoot.notices import mails as notice_mails
from talkoot.people import mails
from talkoot.push import pushes
from talkoot.search import analyzers, index

if TYPE_CHECKING:
    from talkoot.app import Talkoot

log = structlog.get_logger("talkoot.jobs")
Handler = Callable[["Talkoot", TenantSession, UUID, UUID], object]  # app, session, subject, outbox id
Composer = Callable[["Talkoot", TenantSession, UUID, UUID], Any]  # None: there is nothing to say any more
POST_MADE = "conversations.post_made"


class Message(NamedTuple):
    """A job that tells somebody outside: composed in a session that only reads, sent when that is closed.

    `way`: the module whose `send(app, composed)` hands it over; raises when it was not taken.
    """

    compose: Composer
    way: ModuleType = messages


MESSAGES = {
    "people.confirm": Message(mails.confirm),
    "people.known": Message(mails.known),
    "people.reset": Message(mails.reset),
    "people.invite": Message(mails.invitation),
    waiting.MAIL: Message(notice_mails.compose),
    waiting.PUSH: Message(pushes.compose, pushes),
    answers.TO_MEMBER: Message(answers.to_member),
    answers.TO_STRANGER: Message(answers.to_stranger),
}


def handlers(app: Talkoot) -> dict[str, Handler]:
    """By kind, those that are no messages: core's own, then plugins' declared jobs (skipped where the plugin is off)."""
    found: dict[str, Handler] = {POST_MADE: _post_made, index.POST_CHANGED: _index, **_OWN}
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
    """Index a post, give notice of it, tell every plugin. What fails gets a job of its own, so that the others are told once."""
    try:
        with db.begin_nested():
            _index(app, db, post_id, _job)
    except Exception:
        log.exception("post_not_indexed", post=str(post_id))
        outbox.add(db, index.POST_CHANGED, post_id)
    fan_out.post_made(db, app.registry, post_id)
    for plugin in app.registry.implementing("post_made"):
        try:
            _tell(app, db, plugin, post_id)
        except Exception:  # logged and counted where it was called
            outbox.add(db, _kind_of(plugin), post_id)


# Core's own that are told in a line.
_OWN: dict[str, Handler] = {
    posts.MENTIONED: lambda app, db, version_id, _job: fan_out.mentioned(db, app.registry, version_id),
    promises.ANSWERED: lambda _app, db, step_id, _job: fan_out.answered(db, step_id),
    flags.MODERATED: lambda _app, db, post_id, _job: fan_out.moderated(db, post_id),
    waiting.COLLECT: lambda _app, db, _subject, _job: waiting.collect(db),
}


def _index(app: Talkoot, db: TenantSession, post_id: UUID, _job: UUID) -> None:
    index.keep(db, app.registry, analyzers.of(app.settings.instance), [post_id])


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

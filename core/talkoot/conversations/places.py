"""Where the objects are that people talk under, as the plugins that own them say."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from uuid import UUID

from sqlalchemy import and_, select

from talkoot import guard
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession
from talkoot.errors import IsolationError
from talkoot.plugin import Place
from talkoot.registry import Registry

AT_ONCE = 500
Thing = tuple[str, UUID]  # the kind of an object, and its id
Locate = Callable[[TenantSession, Sequence[UUID]], Mapping[UUID, Place]]


def places(
    db: TenantSession, registry: Registry, things: Iterable[Thing], *, begun: bool = False
) -> dict[Thing, Place]:
    """Where these things are, each plugin asked once; what is gone is missing, and so is all of a plugin that is off.

    A plugin that raises is logged, and its objects are missing too. `begun`: the ids are of the places in which a new thing
    of the kind is begun.
    """
    by_kind: dict[str, list[UUID]] = {}
    for kind, identity in things:
        by_kind.setdefault(kind, []).append(identity)
    return {
        (kind, i): place for kind, ids in by_kind.items() for i, place in _told(db, registry, kind, ids, begun).items()
    }


def of_posts(db: TenantSession, registry: Registry, post_ids: Iterable[UUID]) -> dict[UUID, Place]:
    """Where these posts stand, by their ids."""
    own = and_(Conversation.tenant_id == Post.tenant_id, Conversation.id == Post.conversation_id)
    query = select(Post.id, Conversation.subject_kind, Conversation.subject_id).join(Conversation, own)
    rows = db.execute(query.where(Post.tenant_id == db.tenant.id, Post.id.in_(post_ids))).all()
    found = places(db, registry, {(kind, subject) for _, kind, subject in rows})
    return {post: found[kind, subject] for post, kind, subject in rows if (kind, subject) in found}


def _told(db: TenantSession, registry: Registry, kind: str, ids: Sequence[UUID], begun: bool) -> dict[UUID, Place]:
    """What the kind's plugin tells of these objects, or of the places where they are begun."""
    declared = registry.conversation_kinds.get(kind)
    locate = (declared.begun if begun else declared.locate) if declared else None
    return asked(db, kind, locate, ids) if locate else {}


def asked(db: TenantSession, kind: str, locate: Locate, ids: Sequence[UUID]) -> dict[UUID, Place]:
    """What the plugin that declares a kind of objects tells of these; nothing when it is off or raises, which is logged."""
    plugin = kind.partition(".")[0]
    if plugin not in db.tenant.plugins:
        return {}
    found: dict[UUID, Place] = {}
    try:
        for start in range(0, len(ids), AT_ONCE):
            found |= guard.contained(partial(locate, db, ids[start : start + AT_ONCE]), db)
    except IsolationError:
        raise
    except Exception:
        guard.failed(plugin, kind, db.tenant)
        return {}
    return found

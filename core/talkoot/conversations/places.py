"""Where the objects are that people talk under, as the plugins that own them say."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from talkoot import guard
from talkoot.db import TenantSession
from talkoot.errors import IsolationError, TalkootError
from talkoot.plugin import Place
from talkoot.registry import Registry

AT_ONCE = 500


def places(db: TenantSession, registry: Registry, kind: str, ids: Sequence[UUID]) -> dict[UUID, Place]:
    """The places of these objects of one kind, by id; what is gone is missing, and so is all of a plugin that is off.

    A plugin that raises is logged, and its objects are missing too.
    """
    plugin = kind.partition(".")[0]
    declared = registry.conversation_kinds.get(kind)
    if declared is None or plugin not in db.tenant.plugins:
        return {}
    found: dict[UUID, Place] = {}
    try:
        for start in range(0, len(ids), AT_ONCE):
            found |= declared.locate(db, ids[start : start + AT_ONCE])
    except (TalkootError, IsolationError, SQLAlchemyError):
        raise
    except Exception:
        guard.failed(plugin, kind, db.tenant)
        return {}
    return found

"""What commands leave in a site's log: the act, and who gave the command as the operating system knows them."""

from __future__ import annotations

import os
import pwd
from uuid import UUID

from talkoot.audit import log as audit
from talkoot.db import TenantSession


def note(db: TenantSession, action: str, thing: tuple[str, UUID] | None = None, reason: str = "") -> None:
    """A line in the log of the session's site, in the same transaction as the act."""
    audit.note(db, action, actor=None, os_user=os_user(), thing=thing, reason=reason)


def os_user() -> str:
    """Whose process this is; `anna (sudo)` when somebody became root to run it. Never empty.

    Whoever may run commands here can lie about it, and change the database as well; it tells colleagues apart.
    """
    given = os.environ.get("SUDO_USER", "").strip()
    if os.getuid() == 0 and given and given != "root":
        return f"{given[:50]} (sudo)"
    try:
        return pwd.getpwuid(os.getuid()).pw_name[:64]
    except KeyError:  # a container may run as a number that has no name
        return f"user {os.getuid()}"

"""Failed sign-ins are rows, so that the limit holds over all workers (security.md rows 18, 19)."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from datetime import timedelta

from sqlalchemy import delete, func, select

from talkoot import clock
from talkoot.db import TenantSession
from talkoot.errors import TooManyError
from talkoot.people.models import SignInAttempt

WINDOW = timedelta(minutes=15)
PER_ACCOUNT, PER_NETWORK = 10, 60


def keys(secret: str, email: str, address: str) -> tuple[str, str]:
    """The two keys an attempt counts under: the account, and the network (/64 of IPv6, the address of IPv4)."""
    return _hash(secret, f"account|{email}"), _hash(secret, f"network|{network(address)}")


def network(address: str) -> str:
    """What one visitor can change at will is cut away: the lower half of an IPv6 address."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network(f"{ip}/64", strict=False)) if ip.version == 6 else str(ip)


def check(db: TenantSession, account: str, network_key: str) -> None:
    """Raise TooManyError when either key has used up its attempts in the window."""
    since = clock.now() - WINDOW
    rows = db.execute(
        select(SignInAttempt.key, func.count())
        .where(SignInAttempt.key.in_((account, network_key)), SignInAttempt.at > since)
        .group_by(SignInAttempt.key)
    )
    counts = {row[0]: row[1] for row in rows}
    if counts.get(account, 0) >= PER_ACCOUNT or counts.get(network_key, 0) >= PER_NETWORK:
        raise TooManyError(int(WINDOW.total_seconds()))


def note_failure(db: TenantSession, account: str, network_key: str) -> None:
    """Count a failed attempt under both keys, and forget those older than the window."""
    forget_old(db)
    moment = clock.now()
    db.add_all([SignInAttempt(key=account, at=moment), SignInAttempt(key=network_key, at=moment)])


def forget_old(db: TenantSession) -> None:
    """Delete the attempts that count no more."""
    db.execute(delete(SignInAttempt).where(SignInAttempt.at < clock.now() - WINDOW))


def forget(db: TenantSession, account: str) -> None:
    """A sign-in succeeded: the account's failures are forgotten, the network's are not."""
    db.execute(delete(SignInAttempt).where(SignInAttempt.key == account))


def _hash(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()

"""Links sent by mail: signed, bound to purpose, tenant and the person's nonce, dead after use or time.

They are composed when the mail is sent, out of ids alone, so a repeated delivery sends the very same mail. Opening one
(mail scanners do) changes nothing: the page it opens has a button.
"""

from __future__ import annotations

from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from talkoot.config import Settings
from talkoot.tenants.tenant import Tenant

MAX_AGE = {"confirm": 3 * 24 * 3600, "reset": 3600, "invite": 14 * 24 * 3600, "unsubscribe": 10 * 365 * 24 * 3600}


def sign(settings: Settings, purpose: str, tenant: Tenant | None, **claims: str) -> str:
    """A link token for one purpose in one tenant (None: the installation)."""
    return _serializer(settings, purpose, tenant).dumps(claims)


def read(
    settings: Settings, purpose: str, tenant: Tenant | None, token: str, *, even_old: bool = False
) -> dict[str, Any] | None:
    """The claims of a token that was made for this purpose and tenant and is not too old; else None."""
    try:
        claims = _serializer(settings, purpose, tenant).loads(token, max_age=None if even_old else MAX_AGE[purpose])
    except BadSignature:
        return None
    return claims if isinstance(claims, dict) else None


def _serializer(settings: Settings, purpose: str, tenant: Tenant | None) -> URLSafeTimedSerializer:
    keys = [*settings.secret_key_fallbacks, settings.secret_key]
    return URLSafeTimedSerializer(keys, salt=f"talkoot-link|{purpose}|{tenant.id if tenant else 0}")

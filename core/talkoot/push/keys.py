"""Who sends: the installation's own key, and the signed note that tells a push service so (VAPID, RFC 8292)."""

from __future__ import annotations

from base64 import b64decode, urlsafe_b64encode
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

from talkoot import clock
from talkoot.config import Settings
from talkoot.errors import SetupError

CURVE = ec.SECP256R1()  # P-256, the one curve of web push
VALID_S = 12 * 3600  # a note may be valid for a day at most (RFC 8292, 2)


def new_secret() -> str:
    """A new key, as it stands in the settings: the private number in base64url, as other programs of web push write it."""
    number = ec.generate_private_key(CURVE).private_numbers().private_value
    return encoded(number.to_bytes(32, "big"))


@lru_cache(maxsize=4)
def signer(secret: str) -> Vapid02:
    """Who signs with the key of the settings; raises SetupError when it is none."""
    try:
        decoded(secret, 32)
        return Vapid02.from_raw(secret.encode())
    except ValueError as error:
        raise SetupError("push_secret is not a key for push; `talkoot push key` makes one") from error


@lru_cache(maxsize=4)
def public(secret: str) -> str:
    """The other half, which browsers are given: the point's 65 bytes."""
    return encoded(signer(secret).public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def authorization(settings: Settings, endpoint: str) -> str:
    """The header that says who sends, to this push service alone and for some hours."""
    ends = int(clock.now().timestamp()) + VALID_S
    claims = {"aud": f"https://{urlsplit(endpoint).hostname}", "exp": ends, "sub": _contact(settings)}
    header: str = signer(settings.push_secret).sign(claims)["Authorization"]
    return header


def _contact(settings: Settings) -> str:
    """Whom the service's keepers may turn to: our own front page, or, while that is on this machine, the mail domain."""
    url = urlsplit(settings.public_url)
    if url.scheme == "https" and url.port is None:
        return f"https://{url.hostname}"
    return f"mailto:postmaster@{settings.mail_domain}"


def encoded(data: bytes) -> str:
    """In base64url without padding."""
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def decoded(text: str, length: int | None = None) -> bytes:
    """The bytes of base64url, with or without padding; raises ValueError when it is none, or not of this length."""
    bare = text.rstrip("=")
    data = b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    if length is not None and len(data) != length:
        raise ValueError(f"{len(data)} bytes in place of {length}")
    return data

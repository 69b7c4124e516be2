"""Encryption of a message so that only the browser can open it (RFC 8291)."""

from __future__ import annotations

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from talkoot.push.keys import CURVE, decoded

SAME = 256  # lengths are rounded up, so that they tell less of what is said


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these are the keys of a browser: a point of the curve and sixteen bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(CURVE, decoded(p256dh, 65))
        return bool(decoded(auth, 16))
    except ValueError:
        return False


def sealed(text: bytes, p256dh: str, auth: str) -> bytes:
    """The JSON text for the browser with these keys, spaces added, under a key of this message alone; bytes to post."""
    padded = text.ljust(-(-len(text) // SAME) * SAME)
    own = ec.generate_private_key(CURVE)
    made: bytes = http_ece.encrypt(padded, private_key=own, dh=decoded(p256dh), auth_secret=decoded(auth))
    return made

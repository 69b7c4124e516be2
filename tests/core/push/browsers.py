"""A browser as push meets it: its address at a push service, its keys, and opening what comes, as RFC 8291 tells browsers to."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from datetime import UTC, datetime
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from talkoot.push.devices import Given

SECRET = "3KzvKasA2SoCxsp0iIG_o9B0Ozvl1XDwI63JRKNIWBM"  # the example of RFC 8292's authors, no installation's

NOON = datetime(2027, 3, 2, 10, tzinfo=UTC)  # a Tuesday, noon in Finland


def text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


class Browser:
    """Somebody's browser that has asked its maker's push service to be reached."""

    HOST = "updates.push.services.mozilla.com"

    def __init__(self, host: str = HOST) -> None:
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), uuid4().bytes
        self.endpoint = f"https://{host}/wpush/v2/{uuid4().hex}"

    @property
    def given(self) -> Given:
        """What it tells the page."""
        return Given(self.endpoint, text(point(self.key)), text(self.auth))

    def opened(self, body: bytes) -> dict[str, str]:
        """The message as the service worker gets it."""
        found: dict[str, str] = json.loads(opened(body, self.key, self.auth))
        return found


def opened(body: bytes, own: ec.EllipticCurvePrivateKey, auth: bytes) -> bytes:
    """RFC 8291, 3.4 and RFC 8188, 2: the head is salt, record size and the sender's point; the text ends with the mark 2."""
    salt, size, theirs = body[:16], int.from_bytes(body[16:20], "big"), body[21 : 21 + body[20]]
    assert len(body) <= size + 21 + body[20], "one record"
    shared = own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(own.curve, theirs))
    secret = _derived(shared, auth, b"WebPush: info\0" + point(own) + theirs, 32)
    key, nonce = _derived(secret, salt, _coding(b"aes128gcm"), 16), _derived(secret, salt, _coding(b"nonce"), 12)
    padded = AESGCM(key).decrypt(nonce, body[21 + body[20] :], None).rstrip(b"\0")
    assert padded[-1:] == b"\x02"
    return padded[:-1]


def point(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _coding(name: bytes) -> bytes:
    return b"Content-Encoding: " + name + b"\0"


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)

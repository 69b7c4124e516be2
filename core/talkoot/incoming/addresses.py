"""Addresses that mail comes in at: signed, folded to lower case without harm, at most 64 characters before the @ (RFC 5321).

A reply address names the tenant and the conversation. Whose it is stands in its signature alone: it is checked with the
person whom the sender's address leads to, so an address that was seen by others is of no use to them and tells nothing.

It holds no nonce: replies to older mails go on after a new password. It ends when the account is erased, blocked or gets
another address, because the sender is then nobody's, and when its key is no longer among `secret_key_fallbacks`.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from dataclasses import dataclass
from uuid import UUID

from talkoot.config import Settings
from talkoot.tenants.tenant import Tenant

REPLY, RETURNED = "r", "b"  # the first letter tells what comes there
SIGNED_BYTES = 10
TENANT_BYTES = 3
CONVERSATION_END = TENANT_BYTES + 16


@dataclass(frozen=True)
class ReplyAddress:
    """What stands in a reply address; whose it is remains to be checked with `is_of`."""

    tenant_id: int
    conversation_id: UUID
    signature: bytes

    def is_of(self, settings: Settings, person_id: UUID) -> bool:
        """Whether it was made for this person, under today's key or an earlier one."""
        return _is_signed(
            settings, REPLY, self.signature, _named(self.tenant_id, self.conversation_id) + person_id.bytes
        )


@dataclass(frozen=True)
class ReturnAddress:
    """Where a mail comes back to that could not be delivered."""

    signature: bytes

    def is_of(self, settings: Settings, email: str) -> bool:
        """Whether it was made for a mail to this address."""
        return _is_signed(settings, RETURNED, self.signature, email.encode())


def reply_address(settings: Settings, tenant: Tenant, person_id: UUID, conversation_id: UUID) -> str | None:
    """Where this person's answers to a conversation go; None when the installation takes no mail in."""
    named = _named(tenant.id, conversation_id)
    return _address(settings, REPLY, named + _signature(settings.secret_key, REPLY, named + person_id.bytes))


def return_address(settings: Settings, email: str) -> str | None:
    """The envelope sender of a mail to this normalised address; None when the installation takes no mail in."""
    return _address(settings, RETURNED, _signature(settings.secret_key, RETURNED, email.encode()))


def read(settings: Settings, address: str) -> ReplyAddress | ReturnAddress | None:
    """What an address of ours says, in any case of letters; None for every other."""
    local, _, domain = address.strip().lower().rpartition("@")
    own_local, _, own_domain = settings.mail_in_address.lower().rpartition("@")
    name, _, token = local.rpartition("+")
    if not own_local or (name, domain) != (own_local, own_domain):
        return None
    held = _bytes_of(token[1:])
    if token[:1] == REPLY and len(held) == CONVERSATION_END + SIGNED_BYTES:
        tenant_id = int.from_bytes(held[:TENANT_BYTES], "big")
        return ReplyAddress(tenant_id, UUID(bytes=held[TENANT_BYTES:CONVERSATION_END]), held[CONVERSATION_END:])
    if token[:1] == RETURNED and len(held) == SIGNED_BYTES:
        return ReturnAddress(held)
    return None


def is_ours(settings: Settings, address: str) -> bool:
    """Whether mail to this address is for us, whatever stands after the plus."""
    local, _, domain = address.strip().lower().rpartition("@")
    own_local, _, own_domain = settings.mail_in_address.lower().rpartition("@")
    return bool(own_local) and (local.partition("+")[0], domain) == (own_local, own_domain)


def _named(tenant_id: int, conversation_id: UUID) -> bytes:
    return tenant_id.to_bytes(TENANT_BYTES, "big") + conversation_id.bytes


def _address(settings: Settings, kind: str, held: bytes) -> str | None:
    if not settings.mail_in_address:
        return None
    local, _, domain = settings.mail_in_address.rpartition("@")
    token = base64.b32encode(held).decode().rstrip("=").lower()
    return f"{local}+{kind}{token}@{domain}"


def _bytes_of(token: str) -> bytes:
    try:
        held = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return b""
    # What was changed in the bits that a last letter has to spare is another address, not the same.
    return held if base64.b32encode(held).decode().rstrip("=").lower() == token else b""


def _is_signed(settings: Settings, kind: str, signature: bytes, content: bytes) -> bool:
    keys = (settings.secret_key, *settings.secret_key_fallbacks)
    return any(hmac.compare_digest(_signature(key, kind, content), signature) for key in keys)


def _signature(key: str, kind: str, content: bytes) -> bytes:
    """80 bits: more than can be tried by mail, and short enough for the address."""
    own_key = hmac.digest(key.encode(), f"talkoot-mail-in|{kind}".encode(), "sha256")
    return hmac.digest(own_key, content, "sha256")[:SIGNED_BYTES]

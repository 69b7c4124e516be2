"""Opaque, time-ordered identifiers (UUID version 7, RFC 9562)."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new identifier; later ones sort after earlier ones."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The identifier a visitor sent, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None

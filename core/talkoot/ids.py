"""Opaque, time-ordered identifiers (UUID version 7, RFC 9562)."""

from __future__ import annotations

from uuid import UUID

from uuid_utils.compat import uuid7

from talkoot.errors import InvalidError
from talkoot.i18n import gettext


def new_id() -> UUID:
    """A new identifier; later ones sort after earlier ones."""
    return uuid7()


def parse_id(text: str) -> UUID | None:
    """The identifier a visitor sent, or None when it is not one."""
    try:
        return UUID(text)
    except (ValueError, AttributeError, TypeError):
        return None


def chosen_id(text: str, field: str) -> UUID | None:
    """The identifier chosen in a field of a form; None when it is empty. Raises InvalidError when it holds something else."""
    found = parse_id(text)
    if text and found is None:
        raise InvalidError(gettext("Choose one of the options."), field)
    return found

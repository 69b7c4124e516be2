"""What subject functions raise; one handler in `web/errors.py` turns each into a page in the tenant's look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any


class TalkootError(Exception):
    """Base of the errors that have a page of their own."""


class NotFoundError(TalkootError):
    """The thing is not there, or may not be known to be there (404). A translated sentence may say more."""


class ForbiddenError(TalkootError):
    """The thing is visible, the act is not allowed (403)."""

    def __init__(self, permission: str = "") -> None:
        super().__init__(permission)
        self.permission = permission


class InvalidError(TalkootError):
    """What was sent cannot be used (422); `message` is a translated sentence for the person who sent it.

    `more`: what else is wrong with the same form, when it is told all at once.
    """

    def __init__(self, message: str, field: str | None = None, more: Sequence[InvalidError] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.field = field
        self.each = (self, *more)

    def of(self, field: str) -> str:
        """What is wrong with this field; empty when nothing is."""
        return next((error.message for error in self.each if error.field == field), "")


def all_at_once(**checks: Callable[[], object]) -> dict[str, Any]:
    """What each check gives, by its name; raises InvalidError with all that they refuse, in their order."""
    found: dict[str, Any] = {}
    refused: list[InvalidError] = []
    for name, check in checks.items():
        try:
            found[name] = check()
        except InvalidError as error:
            refused.append(error)
    if refused:
        raise InvalidError(refused[0].message, refused[0].field, refused[1:])
    return found


class TooManyError(TalkootError):
    """A limit was reached (429); `retry_after` is in seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__(f"retry after {retry_after} s")
        self.retry_after = retry_after


class DatabaseAwayError(TalkootError):
    """No tenant is known yet, because the database has not been there since this process began (503)."""


class IsolationError(RuntimeError):
    """A programming error that would have mixed two tenants' data. Never shown, never caught, always logged."""


class SetupError(Exception):
    """The installation is not set up as it must be; the message says what to do, in plain words."""

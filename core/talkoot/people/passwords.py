"""Passwords: argon2id at OWASP's setting (19 MiB, t=2, p=1), at most four hashed at once in a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterable

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from talkoot.errors import InvalidError
from talkoot.i18n import gettext
from talkoot.people import guessable

MINIMUM, MAXIMUM = 8, 128
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_places = threading.BoundedSemaphore(4)
_DUMMY = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$YzQ1rXVfXqUq2Hzq0a0bG9pFh6mPz5sQJ5c1s7yXk9Y"


def make_hash(password: str) -> str:
    """The argon2id hash of a password."""
    with _places:
        return _hasher.hash(password)


def matches(stored: str | None, password: str) -> bool:
    """Whether the password is right. Without a stored hash it takes as long and says no, so nobody learns who has an account."""
    with _places:
        try:
            return _hasher.verify(stored or _DUMMY, password) and stored is not None
        except (VerifyMismatchError, InvalidHashError):
            return False


def needs_rehash(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(stored)


def checked(password: str, email: str = "", names: Iterable[str] = ()) -> str:
    """The password; raises InvalidError when it is too short, too long or easily guessed. No composition rules (NIST 800-63B).

    `names` are those of the site, which people like to make passwords of, as of their own address.
    """
    if not MINIMUM <= len(password) <= MAXIMUM:
        raise InvalidError(gettext("Use a password of 8 to 128 characters. A few words in a row are good."), "password")
    if guessable.is_easy(password, [*email.split("@"), *names]):
        raise InvalidError(gettext("This password is easily guessed. Choose another."), "password")
    return password

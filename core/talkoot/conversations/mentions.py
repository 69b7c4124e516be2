"""Mentions: `@Name` in a post leads to that member.

Who is meant is found when the text is saved, in one query for all of a text and in none when it has no `@`: the longest
run of words after the sign that is the name of somebody here. Stored is a link, so a page looks nobody up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from uuid import UUID

from sqlalchemy import Integer, String, bindparam, select

from talkoot.conversations.rendering import SITE, Find, nobody
from talkoot.db import TenantSession
from talkoot.people import names
from talkoot.people.models import Membership, Person

MOST_PEOPLE = 20  # of a post; whoever else is named in it is not told, and is no link
MOST_SIGNS = 60  # that are looked at in a text: a thousand of them are no mentions
MOST_ENDS = 10
LONGEST_NAME = 70  # characters, of names.checked's 60 with some room for spaces
# Before the sign stands nothing, a space or an opening: `matti@example.fi` and `example.fi/@matti` are addresses.
OPENINGS = frozenset("([{\"'“”„‘«»*_~>–—-,;|")
FIVE_WORDS = re.compile(r"\w\S*(?:[ \u00a0]\S+){0,4}")
WORD_ENDS = re.compile(r"\w(?!\w)")

_member, _person = Membership.__table__, Person.__table__
_called = (
    select(_member.c.name_key, _member.c.id)
    .join(_person, _person.c.id == _member.c.person_id)
    .where(
        _member.c.tenant_id == bindparam("tenant", type_=Integer),
        _member.c.name_key.in_(bindparam("keys", type_=String(), expanding=True)),
        _member.c.blocked_at.is_(None),
        _member.c.erased_at.is_(None),
        _person.c.confirmed_at.is_not(None),
    )
)


def in_text(db: TenantSession, source: str) -> Find:
    """Who is called in a text, for `rendering.render`: members who are neither blocked nor erased."""
    if "@" not in source:
        return nobody
    keys = {key for at in _signs(source) for _, key in spellings(source, at)}
    if not keys:
        return nobody
    rows = db.connection().execute(_called, {"tenant": db.tenant.id, "keys": sorted(keys)})
    return Called({row.name_key: row.id for row in rows})


class Called:
    """Answers whom an `@` means; made for one text, because it counts."""

    def __init__(self, members: Mapping[str, UUID]) -> None:
        self._members = members
        self._people: set[UUID] = set()
        self._looked = 0

    def __call__(self, text: str, at: int) -> tuple[int, UUID] | None:
        """Where the name after the sign at this place ends, and whose it is."""
        if not self._members or self._looked > 4 * MOST_SIGNS:  # Markdown may look at one place more than once
            return None
        self._looked += 1
        for end, key in spellings(text, at):
            found = self._members.get(key)
            if found and (found in self._people or len(self._people) < MOST_PEOPLE):
                self._people.add(found)
                return end, found
        return None


def spellings(text: str, at: int) -> Iterator[tuple[int, str]]:
    """What may be a name after the `@` at this place: where it ends and its key, the longest first."""
    before = text[at - 1 : at]
    if before and not before.isspace() and before not in OPENINGS:
        return
    words = FIVE_WORDS.match(text, at + 1, at + 1 + LONGEST_NAME)
    if words is None:
        return
    ends = [found.end() for found in WORD_ENDS.finditer(text, at + 1, words.end())]
    for end in reversed(ends[:MOST_ENDS]):
        if len(key := names.key(text[at + 1 : end])) >= 2:
            yield end, key


def _signs(source: str) -> Iterator[int]:
    at = -1
    for _ in range(MOST_SIGNS):
        at = source.find("@", at + 1)
        if at < 0:
            return
        yield at


TOLD = re.compile(rf'<(/?)blockquote\b|<a href="{SITE}people/([0-9a-f-]{{36}})" class="mention"')


def of(html: str) -> frozenset[UUID]:
    """The members whom a stored post mentions itself; a quotation's mentions are those of whoever was quoted."""
    depth, found = 0, set()
    for match in TOLD.finditer(html):
        if match[2] is None:
            depth += -1 if match[1] else 1
        elif depth == 0:
            found.add(UUID(match[2]))
    return frozenset(found)

"""What the databases are asked for: expressions of full-text search, and the statement that gives candidates with their rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, bindparam, column, text
from sqlalchemy.sql.selectable import TextualSelect

from talkoot.db import Id
from talkoot.search.full_text import FUNCTION, NUMBERS, TABLE
from talkoot.search.keys import Keys
from talkoot.search.terms import Terms

Keyed = tuple[str, ...]  # any of these keys
_COLUMNS = (column("id", Id()), column("number", Integer()), column("rank", Integer()), column("conversation_id", Id()))


@dataclass(frozen=True)
class Wanted:
    """Each word as alternatives of keys, in three levels from narrow to wide; phrases and unwanted words hold for all."""

    levels: tuple[tuple[Keyed, ...], ...]
    phrases: tuple[Keyed, ...]
    unwanted: tuple[Keyed, ...]

    def values(self, dialect: str) -> dict[str, Any]:
        """The parameters of the statement below."""
        write = _tsquery if dialect == "postgresql" else _match
        exact, base, wide = (write(level, self.phrases, self.unwanted) for level in self.levels)
        if dialect == "postgresql":
            return {"wanted": wide, "levels": [exact, base]}
        return {"wanted": wide, "exact": exact, "base": base}


def wanted(keys: Keys, terms: Terms) -> Wanted:
    """What is looked for: the words as typed, in any form, as a part of a compound."""
    by_word = [keys.levels(form) for form in terms.words]
    levels = tuple(tuple(levels[n] for levels in by_word) for n in range(3))
    return Wanted(levels, _phrases(keys, terms), tuple(keys.levels(form)[1] for form in terms.unwanted))


def without_marks(keys: Keys, terms: Terms) -> Wanted:
    """What is looked for when that was in vain: the words as those type them who have no å, ä or ö."""
    level = tuple(keys.bare(form) for form in terms.words)
    return Wanted((level, level, level), _phrases(keys, terms), tuple(keys.levels(form)[1] for form in terms.unwanted))


def _phrases(keys: Keys, terms: Terms) -> tuple[Keyed, ...]:
    return tuple(tuple(keys.exact(form) for form in phrase) for phrase in terms.phrases)


def _match(words: Sequence[Keyed], phrases: Sequence[Keyed], unwanted: Sequence[Keyed]) -> str:
    """As SQLite's FTS5 reads it."""
    every = [f"({' OR '.join(map(_quoted, word))})" for word in words] + [" + ".join(map(_quoted, p)) for p in phrases]
    out = "".join(f" NOT {_quoted(key)}" for keys in unwanted for key in keys)
    return f"({' AND '.join(every)}){out}"


def _tsquery(words: Sequence[Keyed], phrases: Sequence[Keyed], unwanted: Sequence[Keyed]) -> str:
    """As PostgreSQL's tsquery reads it."""
    every = [f"({' | '.join(map(_named, word))})" for word in words]
    every += [f"({' <-> '.join(map(_named, phrase))})" for phrase in phrases]
    every += [f"!{_named(key)}" for keys in unwanted for key in keys]
    return " & ".join(every)


def _quoted(key: str) -> str:
    return f'"{key}"'


def _named(key: str) -> str:
    return f"'{key}'"


_POSTGRESQL = f"SELECT id, number, rank, conversation_id FROM {FUNCTION}(:wanted, :levels, :most)"  # noqa: S608 our own names
_WORDS = f"SELECT rowid FROM {TABLE} WHERE {TABLE} MATCH %s ORDER BY rowid DESC LIMIT :most"  # noqa: S608 as above
_SQLITE = (
    f"SELECT e.id, e.number, CASE WHEN {TABLE}.rowid IN (" + _WORDS % ":exact" + ") THEN 1"  # noqa: S608 as above
    f" WHEN {TABLE}.rowid IN (" + _WORDS % ":base" + ") THEN 2 ELSE 3 END AS rank, e.conversation_id"
    f" FROM {TABLE} JOIN search_entry e ON e.tenant_id = :tenant AND e.number = {TABLE}.rowid - (:tenant << {NUMBERS})"
    f" WHERE {TABLE} MATCH :wanted AND NOT e.hidden ORDER BY {TABLE}.rowid DESC LIMIT :most"
)


def statement(dialect: str) -> TextualSelect:
    """Candidates of the session's tenant, the newest `most`: id, number, rank from 1 (as typed) to 3 (part of a compound)."""
    if dialect == "postgresql":
        given = text(_POSTGRESQL).bindparams(bindparam("levels", type_=ARRAY(Text)))
        return given.columns(*_COLUMNS)
    return text(_SQLITE).columns(*_COLUMNS)

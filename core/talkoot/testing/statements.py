"""Reads the SQL that the application sends: every row of a tenant must be asked for by tenant (DESIGN 5.3).

ORM criteria do not reach Core statements, `text()` and bulk writes; this does. A statement is read as text: each SELECT,
UPDATE and DELETE in it is a scope, and each tenant-owned table of a scope must be tied to a value through `tenant_id`,
directly or over a join with another table that is.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<text>'(?:[^']|'')*')|(?P<name>(?:"[^"]+"|[A-Za-z_][\w$]*)(?:\.(?:"[^"]+"|[A-Za-z_][\w$]*))*)"""
    r"""|(?P<value>%\(\w+\)s(?:::\w+(?:\s+with\s+time\s+zone|\s+varying)?(?:\[\])?)?|:\w+|\$\d+|\?|%s|\d+)"""
    r"""|(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<sign>::|[-+*/<>=!|&%@#~^,;()\[\].])""",
    re.DOTALL | re.IGNORECASE,
)
CLAUSES = frozenset(
    {
        "SELECT",
        "FROM",
        "WHERE",
        "GROUP",
        "ORDER",
        "HAVING",
        "LIMIT",
        "OFFSET",
        "SET",
        "RETURNING",
        "VALUES",
        "USING",
        "WINDOW",
        "FOR",
    }
)
JOINING = frozenset({"JOIN", "LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL", "LATERAL"})
COMPOUND = frozenset({"UNION", "INTERSECT", "EXCEPT"})
NOT_ALIAS = (
    CLAUSES | JOINING | COMPOUND | {"ON", "AS", "AND", "OR", "SELECT", "CONFLICT", "DO", "ALL", "DISTINCT", "NOT"}
)
VALUE = "a value"


@dataclass
class Scope:
    """One SELECT, UPDATE or DELETE: its tables by the name they go under, and what their tenant_id is compared with."""

    clause: str = ""
    tables: dict[str, str] = field(default_factory=dict)
    ties: list[tuple[str, str]] = field(default_factory=list)
    expects_table: bool = False
    pending: str | None = None  # the table just read, whose alias may follow


def unbound(sql: str, tenant_owned: Collection[str]) -> list[str]:
    """The tenant-owned tables that this statement reads, changes or deletes without saying of which tenant."""
    found: list[str] = []
    for scope in _scopes(sql):
        known = _bound(scope)
        found += [table for name, table in scope.tables.items() if table in tenant_owned and name not in known]
    return sorted(set(found))


def _bound(scope: Scope) -> set[str]:
    """The names in a scope whose tenant is settled: by a value, an outer query, or another settled name."""
    known = {VALUE}
    own = set(scope.tables)
    while True:
        more = {a for a, b in (*scope.ties, *((b, a) for a, b in scope.ties)) if b in known or b not in own} - known
        if not more:
            return known
        known |= more


def _scopes(sql: str) -> Iterator[Scope]:
    """Every scope of a statement, subqueries included."""
    scope, waiting = Scope(), list[Scope | None]()
    tokens = [(m.lastgroup or "", m.group()) for m in TOKEN.finditer(sql) if m.lastgroup != "comment"]
    for at, (kind, word) in enumerate(tokens):
        upper = word.upper() if kind == "name" else word
        following = tokens[at + 1][1].upper() if at + 1 < len(tokens) else ""
        if upper == "(":
            inner = following in ("SELECT", "WITH", "VALUES")
            waiting.append(scope if inner else None)
            scope = Scope() if inner else scope
        elif upper == ")" and waiting:
            outer = waiting.pop()
            if outer is not None:
                yield scope
                scope = outer
                scope.expects_table = False
        elif upper in COMPOUND or (upper == ";" and not waiting) or _starts_anew(upper, scope):
            yield scope
            scope = Scope()
            _read(scope, kind, word, upper, tokens, at)
        else:
            _read(scope, kind, word, upper, tokens, at)
    yield scope


def _starts_anew(upper: str, scope: Scope) -> bool:
    """`INSERT … SELECT` and `WITH … SELECT/UPDATE/DELETE`: the main statement begins on the same level."""
    return upper in ("SELECT", "UPDATE", "DELETE") and scope.clause not in ("", "DO", "FOR")


def _read(scope: Scope, kind: str, word: str, upper: str, tokens: list[tuple[str, str]], at: int) -> None:
    if kind == "name" and upper in CLAUSES:
        scope.clause, scope.pending = upper, None
        scope.expects_table = upper in ("FROM", "USING")
    elif kind == "name" and upper in ("UPDATE", "DELETE", "INSERT", "WITH", "DO"):
        scope.clause = upper
        scope.expects_table = upper == "UPDATE"
    elif kind == "name" and upper == "JOIN":
        scope.expects_table = True
    elif kind == "name" and upper == "ON":
        scope.pending = None
    elif upper == "," and scope.clause in ("FROM", "USING"):
        scope.expects_table = True
    elif kind == "name" and scope.expects_table and upper not in NOT_ALIAS | {"ONLY"}:
        _table(scope, word)
    elif kind == "name" and scope.pending and upper not in NOT_ALIAS:
        scope.tables[_plain(word)] = scope.tables.pop(scope.pending)
        scope.pending = None
    elif upper == "=" or (kind == "name" and upper == "IN"):
        _tie(scope, tokens, at)


def _table(scope: Scope, word: str) -> None:
    name = _plain(word)
    scope.tables[name] = name
    scope.pending, scope.expects_table = name, False


def _tie(scope: Scope, tokens: list[tuple[str, str]], at: int) -> None:
    """Note `a.tenant_id = b.tenant_id`, `a.tenant_id = ?` and `a.tenant_id IN (…)` outside of SET."""
    if scope.clause in ("SET", "SELECT") or at == 0 or at + 1 >= len(tokens):
        return
    sides = [_side(scope, *tokens[at - 1]), _side(scope, *tokens[at + 1])]
    if tokens[at][1].upper() == "IN":
        sides[1] = VALUE
    left, right = sides
    if left and right:
        scope.ties.append((left, right))


def _side(scope: Scope, kind: str, word: str) -> str | None:
    if kind in ("value", "text"):
        return VALUE
    if kind != "name":
        return None
    owner, _, column = word.rpartition(".")
    if column.strip('"').lower() != "tenant_id":
        return VALUE if word.upper() in ("CAST", "ANY") else None
    if owner:
        return _plain(owner)
    return next(iter(scope.tables)) if len(scope.tables) == 1 else None


def _plain(name: str) -> str:
    return name.rpartition(".")[2].strip('"').lower()

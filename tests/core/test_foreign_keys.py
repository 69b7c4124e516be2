"""Deleting rows is quick: no check of a foreign key reads all rows of a municipality once for each row that goes.

PostgreSQL looks for rows that point at each deleted one. Where no index leads there it reads every row of the tenant, also
those deleted a moment ago: a municipality with 100,000 posts took a minute to delete, one with 3,000 members twelve seconds.
"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import ForeignKeyConstraint, Table, UniqueConstraint, text

from talkoot import registry
from talkoot.db.engine import owner_engine
from talkoot.db.model import Base, tenant_tables
from talkoot.ids import new_id

registry.load()
MOST = {"post", "conversation"}  # of these a busy tenant has tens of thousands
MANY = {"membership", "contribution", "follow_up", "forums_topic", *MOST}  # thousands
FEW = {"page_text", "invitation", "forums_redirect", "noticeboard_notice"}  # a few dozen: read in no time
OFTEN_WRITTEN = {("forums_topic", "last_author_id")}  # by every reply, and members are seldom deleted
KEYS = [
    (table, constraint)
    for table in tenant_tables()
    for constraint in sorted(table.constraints, key=lambda it: str(it.name))
    if isinstance(constraint, ForeignKeyConstraint)
    and constraint.referred_table.name != "tenant"
    and (table.name in MOST or constraint.referred_table.name in MANY)
    and table.name not in FEW
    and (table.name, constraint.columns.keys()[-1]) not in OFTEN_WRITTEN
]
PARTIAL = [
    (table.name, index.columns.keys()[-1])
    for table in tenant_tables()
    for index in sorted(table.indexes, key=lambda it: str(it.name))
    if str(index.dialect_options["postgresql"]["where"]) == f"{index.columns.keys()[-1]} IS NOT NULL"
    and any(index.columns.keys() == key.columns.keys() for of, key in KEYS if of is table)
]


def leads_to(table: Table, columns: list[str]) -> bool:
    """Whether an index begins with these columns; a partial one must have every row whose key is not empty."""
    unique = [constraint for constraint in table.constraints if isinstance(constraint, UniqueConstraint)]
    plain = [[column.name for column in key.columns] for key in (table.primary_key, *unique)]
    for index in table.indexes:
        where = index.dialect_options["postgresql"]["where"]
        if where is None or str(where) == f"{columns[-1]} IS NOT NULL":
            plain.append([column.name for column in index.columns])
    return any(set(found[: len(columns)]) == set(columns) for found in plain)


def test_the_keys_are_looked_at():
    assert {(table.name, key.columns.keys()[-1]) for table, key in KEYS} >= {
        ("post", "conversation_id"), ("post", "hidden_by"), ("reaction", "post_id"), ("forums_topic", "conversation_id"),
        ("contribution", "author_id"), ("flag", "handled_by"),
    }  # fmt: skip


def test_a_key_without_an_index_is_found():
    assert leads_to(Base.metadata.tables["flag"], ["tenant_id", "post_id"])
    assert not leads_to(Base.metadata.tables["page_text"], ["tenant_id", "changed_by"])


@pytest.mark.parametrize(("table", "key"), KEYS, ids=lambda x: x.name)
def test_an_index_leads_to_the_rows_that_point_at_a_deleted_one(table, key):
    assert leads_to(table, key.columns.keys()), f"{table.name} needs an index on {key.columns.keys()}"


@pytest.mark.database("postgresql")
@pytest.mark.parametrize(("table", "column"), PARTIAL)
def test_the_check_can_use_a_partial_index(app, database_kind, table, column):
    """The query that the check of the key runs names no condition; the planner sees that it implies the index's. On a table
    with this index alone, because among several the choice hangs on how many rows there happen to be."""
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        made = connection.scalar(
            text("SELECT indexdef FROM pg_indexes WHERE indexname = :name"), {"name": f"ix_{table}_tenant_id_{column}"}
        )
        connection.execute(text(f"CREATE TEMPORARY TABLE alone (LIKE {table}) ON COMMIT DROP"))
        connection.execute(text(re.sub(r" ON \S+ ", " ON alone ", made)))
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        query = f"EXPLAIN SELECT 1 FROM ONLY alone x WHERE 1 = tenant_id AND :id = {column} FOR KEY SHARE OF x"
        plan = "\n".join(connection.scalars(text(query), {"id": new_id()}))
    engine.dispose()
    assert re.search(rf"Scan (using|on) \w*{column}", plan), plan

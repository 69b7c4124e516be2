"""What psycopg tells of a result: the same as without talkoot.db.driver, but only to those who look."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import literal, select

from talkoot.db.driver import PostgresCursor

pytestmark = pytest.mark.database("postgresql")
TWO = select(literal(7).label("seven"), literal("seitsemän").label("word"))


def test_columns_are_described_as_by_psycopg(app, town, neighbour):
    for tenant in (town, neighbour):
        with app.database.connect(tenant) as connection:
            cursor = connection.connection.cursor()
            for statement in ("SELECT 7 AS seven, 'seitsemän'::varchar(20) AS word", "SELECT", "SELECT 1 WHERE false"):
                cursor.execute(statement)
                shown, plain = cursor.description, psycopg.Cursor.description.fget(cursor)
                assert [tuple(column) for column in shown] == [tuple(column) for column in plain]
                assert len(shown) == len(plain)
                assert bool(plain) == bool(shown)
            cursor.execute("SET LOCAL search_path = public")
            assert cursor.description is None


def test_only_a_new_statement_has_them_described(app, town, neighbour, monkeypatch):
    described = []
    plain = PostgresCursor.described
    monkeypatch.setattr(PostgresCursor, "described", lambda cursor: described.append(1) or plain(cursor))
    for tenant in (town, neighbour, town):
        with app.database.connect(tenant) as connection:
            row = connection.execute(TWO).one()
            assert (row.seven, row.word) == (7, "seitsemän")
    assert described == [1]

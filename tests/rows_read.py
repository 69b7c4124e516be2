"""How many rows of a table transactions take up, as PostgreSQL counts them.

Under row-level security a condition that might fail (a sum, a call) is used for no index. The statement still answers
rightly and its number stays the same, but it reads all that the tenant has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event, text

from talkoot.app import Talkoot
from talkoot.db.engine import owner_engine

# The best that a statement allows, not what is quickest for the few rows of a test.
BY_INDEX = "; ".join(
    f"SET LOCAL {setting}"
    for setting in (
        "plan_cache_mode = force_custom_plan",
        *(f"enable_{way} = off" for way in ("seqscan", "bitmapscan", "hashjoin", "mergejoin", "sort")),
    )
)
TAKEN_UP = "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables WHERE relname = %s"


@contextmanager
def at_most(app: Talkoot, table: str, most: int) -> Iterator[None]:
    """At most so many rows of a table are taken up by each transaction of the block, and some by one of them."""
    found = []

    def taken_up(connection: Connection) -> int:
        driver = connection.connection.driver_connection
        return int(driver.execute(TAKEN_UP, [table]).fetchone()[0])  # type: ignore[union-attr]

    def begin(connection: Connection) -> None:
        connection.connection.driver_connection.execute(BY_INDEX, prepare=False)  # type: ignore[union-attr]
        connection.info["taken_up"] = taken_up(connection)

    def end(connection: Connection) -> None:
        found.append(taken_up(connection) - connection.info["taken_up"])

    listening = (("begin", begin), ("commit", end), ("rollback", end))
    for name, note in listening:
        event.listen(app.database.engine, name, note)
    try:
        yield
    finally:
        for name, note in listening:
            event.remove(app.database.engine, name, note)
    assert 0 < max(found) <= most, found


def analyze(app: Talkoot) -> None:
    """The planner knows how many rows there are, as it would after a while.

    Of all tables: what it last heard of one, from some other test, may lead it through another by the wrong way.
    """
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        connection.execute(text("ANALYZE"))
    engine.dispose()

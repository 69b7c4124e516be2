"""What a search costs: statements, rows that are read, and how often one may ask."""

from __future__ import annotations

import pytest
from tests.rows_read import at_most

from talkoot.search import querying


def test_a_page_of_results_asks_seven_times_at_most(write, as_role, query_budget):
    for n in range(3):
        write(f"Keinutuoli {n}")
    for role in ("guest", "resident"):
        who = as_role(role)
        who.get("/search?q=keinutuoli")
        with query_budget(7):
            assert who.get("/search?q=keinutuoli").status_code == 200


@pytest.mark.database("postgresql")
def test_rows_of_posts_are_read_for_one_page_only(app, write, client, world):
    write("Keinutuoli 0")
    for n in range(1, 2 * querying.PAGE):
        write(f"Keinutuoli {n}", topic=world.things["kokkola", "new topic"])
    with at_most(app, "post", 50):  # those of the page, by two ways; all that match would be forty more
        assert client.get("/search?q=keinutuoli").status_code == 200


def test_who_asks_without_end_is_stopped(visitor, town):
    far = visitor(town, network="203.0.113.9")
    answers = [far.get(f"/search?q=keinutuoli{n}").status_code for n in range(125)]
    assert answers.count(200) == 120
    assert answers[-1] == 429
    assert far.get("/search").status_code == 200, "the empty form costs nothing"
    assert visitor(town, network="203.0.114.9").get("/search?q=keinutuoli").status_code == 200

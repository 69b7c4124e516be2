"""The installation's front page: what a search for a municipality finds."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import update

from talkoot.tenants import registering
from talkoot.tenants.models import TenantRow


@pytest.fixture
def front(app, town, neighbour, visitor):
    """A visitor of the installation's own site; the neighbour has dots in its name and an address that is older."""
    with app.database.session(None, writing=True) as db:
        renamed = {"fi": "Äänekoski", "sv": "Äänekoski"}
        db.execute(update(TenantRow).where(TenantRow.id == neighbour.id).values(names=renamed))
        registering.moved(db)
    app.directory.renew()
    return visitor(tenant=None)


def found(page):
    """The municipalities in the list of what was found."""
    listed = page.partition('id="list"')[2].partition("</section>\n</div>")[0]
    return set(re.findall(r'<li><a href="/([a-z-]+)/">', listed))


@pytest.mark.parametrize(
    ("query", "sites"),
    [
        ("äänek", {"kronoby"}), ("AANEK", {"kronoby"}), ("aanekosk", {"kronoby"}), ("kronob", {"kronoby"}),
        ("kok", {"kokkola"}), ("karle", {"kokkola"}),
        ("%", set()), ("???", set()), ("_", set()), ("atlantis", set()),
        ("", {"kokkola", "kronoby"}), ("  ", {"kokkola", "kronoby"}),
    ],
)  # fmt: skip
def test_a_search_finds_names_with_and_without_their_dots(front, query, sites):
    page = front.get("/find", query_string={"q": query, "lang": "en"}).text
    assert found(page) == sites
    assert ("No municipality with this name takes part here yet." in page) == (not sites)


@pytest.mark.parametrize(("query", "slug"), [("Äänekoski", "kronoby"), ("kronoby", "kronoby"), ("karleby", "kokkola")])
def test_one_exact_answer_is_opened(front, query, slug):
    answer = front.get("/find", query_string={"q": query})
    assert (answer.status_code, answer.headers.get("Location")) == (303, f"/{slug}/")

"""Which sites there are: the open ones from memory, closed ones for those who ask, new ones within their transaction."""

from __future__ import annotations

from talkoot import clock
from talkoot.tenants import registering


def test_closed_sites_are_among_all_and_not_among_the_present(app, writing, town, neighbour):
    with writing(None) as db:
        registering.change(db, neighbour.id, closed_at=clock.now())
    every = app.directory.with_closed()
    assert {town.id, neighbour.id} <= every.by_id.keys()
    assert every.by_slug["kronoby"].id == neighbour.id
    assert neighbour.id not in app.directory.current().by_id
    assert town.id in app.directory.current().by_id


def test_all_sites_are_as_they_are_now(app, writing, neighbour):
    app.directory.max_age = 3600.0
    app.directory.current()
    with writing(None) as db:
        registering.change(db, neighbour.id, names={"sv": "Nya Kronoby"})
    assert app.directory.current().by_id[neighbour.id].name("sv") == "Kronoby"
    assert app.directory.with_closed().by_id[neighbour.id].name("sv") == "Nya Kronoby"


def test_a_transaction_knows_the_site_it_makes_and_nobody_else_does_yet(app, town):
    with app.database.session(None, writing=True) as db:
        made = registering.add(db, kind="cooperation", names={"fi": "Lakeus"}, languages=("fi",))
        assert registering.made(db) == (made,)
        assert {made, town.id} <= app.directory.within(db).by_id.keys()
        assert made not in app.directory.renew().by_id
    assert app.directory.renew().by_id[made].slug == "lakeus"


def test_what_was_there_already_was_not_made(app, town):
    with app.database.session(None, writing=True) as db:
        again = registering.add(db, kind="municipality", names={"fi": "Kokkola"}, languages=("fi",), code="272")
        assert (again, registering.made(db)) == (town.id, ())

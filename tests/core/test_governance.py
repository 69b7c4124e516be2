"""Three tiers of plugins and settings, and ties that begin and end at the tenant's midnight."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from talkoot.errors import InvalidError
from talkoot.tenants import registering, sharing
from talkoot.tenants.governance import governing_region, plugin_is_on, setting_value
from talkoot.tenants.tenant import Tie


@pytest.mark.parametrize("default", [True, False])
@pytest.mark.parametrize("own", [True, False, None])
@pytest.mark.parametrize("rule", ["forbid", "mandate", "offer", None])
def test_forbid_beats_mandate_beats_the_own_switch(rule, own, default):
    expected = {"forbid": False, "mandate": True}.get(rule, default if own is None else own)
    assert plugin_is_on(own, rule, default) is expected


@pytest.mark.parametrize(
    ("rule", "own", "expected"),
    [
        ({"rule": "mandate", "value": 7}, {"x": 3}, 7),
        ({"rule": "mandate", "value": 7}, {}, 7),
        ({"rule": "offer", "value": 7}, {"x": 3}, 3),
        ({"rule": "offer", "value": 7}, {}, 7),
        ({"rule": "forbid"}, {"x": 3}, 1),
        ({"rule": "forbid"}, {}, 1),
        ({}, {"x": 3}, 3),
        ({}, {}, 1),
    ],
)
def test_a_settings_value(rule, own, expected):
    assert setting_value("x", own, {"settings": {"x": rule}} if rule else {}, 1) == expected


def tie(kind="region", from_=None, to=None, other=9):
    return Tie(1, other, kind, from_, to)


def test_one_region_governs_on_a_day():
    old, new = tie(other=1, to=date(2026, 1, 1)), tie(other=2, from_=date(2026, 1, 1))
    assert governing_region([old, new], date(2025, 12, 31)) == 1
    assert governing_region([old, new], date(2026, 1, 1)) == 2
    assert governing_region([tie("cooperation"), tie("hosted_by")], date(2026, 1, 1)) is None
    assert governing_region([tie(other=1), tie(other=2, from_=date(2020, 1, 1))], date(2026, 1, 1)) == 2, (
        "the later one"
    )


@pytest.fixture
def rule(app, region, writing):
    def make(rule, plugin="forums"):
        with writing(None) as db:
            registering.rule_plugin(db, region.id, plugin, rule)

    return make


@pytest.fixture
def switch(app, town, writing):
    def make(on, tenant=town):
        with writing(None) as db:
            registering.switch_plugin(db, tenant.id, "forums", on)

    return make


def test_a_municipality_switches_without_a_restart(client, switch):
    assert client.get("/forums/").status_code == 200
    switch(False)
    assert client.get("/forums/").status_code == 404
    assert "/forums/" not in client.get("/").text
    switch(True)
    assert client.get("/forums/").status_code == 200


def test_a_switch_is_for_one_tenant(visitor, neighbour, switch):
    switch(False)
    assert visitor(neighbour).get("/forums/").status_code == 200


def test_a_region_forbids(client, visitor, neighbour, rule, switch):
    switch(True)
    rule("forbid")
    assert client.get("/forums/").status_code == 404
    assert visitor(neighbour).get("/forums/").status_code == 404
    rule(None)
    assert client.get("/forums/").status_code == 200


def test_a_region_mandates(client, rule, switch):
    switch(False)
    rule("mandate")
    assert client.get("/forums/").status_code == 200


def test_a_switched_off_plugin_is_reached_by_no_route(app, as_role, switch, world):
    from talkoot.testing.crawling import plain_paths

    switch(False)
    topic, post = world.things["kokkola", "topic"], world.things["kokkola", "post"]
    admin = as_role("admin")
    paths = [path for path in plain_paths(app) if "forum" in path or "topic" in path or "feed.atom" in path]
    paths += [
        f"/topics/{topic}",
        f"/topics/{topic}/reply",
        f"/topics/{topic}/feed.atom",
        "/forums/kylat/",
        f"/posts/{post}",
        f"/posts/{post}/edit",
    ]
    assert len(paths) > 6
    for path in paths:
        assert admin.get(path).status_code == 404, path
    token = admin.token_of("/feedback")
    assert admin.post(f"/posts/{post}/reactions", data={"csrf_token": token, "give": "thanks"}).status_code == 404


def test_an_unknown_rule_is_refused(rule):
    with pytest.raises(InvalidError):
        rule("maybe")


# --- ties turn at midnight in the tenant's zone ------------------------------------------------------------------------

JOINS = date(2026, 3, 1)
BEFORE = datetime(2026, 2, 28, 21, 59, tzinfo=UTC)  # 23.59 in Helsinki
AFTER = datetime(2026, 2, 28, 22, 1, tzinfo=UTC)  # 0.01 on the first of March


@pytest.fixture
def other_region(writing, town):
    with writing(None) as db:
        made = registering.add(db, kind="region", names={"fi": "Pohjois-Karjala"}, languages=("fi",), code="m12")
        registering.tie(db, town.id, made, "region", JOINS, None)
        registering.rule_plugin(db, made, "forums", "forbid")
    return made


@pytest.fixture(params=["made anew", "from memory"])
def memory(request):
    """Without the page cache, and with it: an idle site's pages are not served beyond midnight."""
    if request.param == "from memory":
        request.getfixturevalue("page_cache")


def test_a_tie_turns_at_midnight_in_the_tenants_zone(app, memory, client, other_region, clock):
    clock.move_to(BEFORE)
    assert client.get("/forums/").status_code == 200
    clock.move_to(AFTER)
    assert client.get("/forums/").status_code == 404
    assert app.directory.current().by_slug["kokkola"].region_id == other_region


def test_a_tenant_in_another_zone_turns_at_its_own_midnight(app, memory, client, other_region, writing, town, clock):
    with writing(None) as db:
        registering.change(db, town.id, time_zone="America/Los_Angeles")
    clock.move_to(AFTER)
    assert client.get("/forums/").status_code == 200
    clock.move_to(datetime(2026, 3, 1, 8, 1, tzinfo=UTC))
    assert client.get("/forums/").status_code == 404


def test_what_a_region_shares_ends_with_the_tie(app, memory, visitor, writing, town, neighbour, region, clock):
    from sqlalchemy import update

    from talkoot.tenants.models import Affiliation

    with writing(None) as db:
        db.execute(update(Affiliation).where(Affiliation.tenant_id == town.id).values(valid_to=JOINS))
        registering.moved(db)
    for moment, status in ((BEFORE, 200), (AFTER, 404)):
        clock.move_to(moment)
        assert visitor().get("/shared/keski-pohjanmaa/").status_code == status
        assert visitor(neighbour).get("/shared/keski-pohjanmaa/").status_code == 200, "its tie goes on"


def test_co_operation_areas_never_govern(app, client, writing, town):
    with writing(None) as db:
        area = registering.add(db, kind="cooperation", names={"fi": "Yhteistyöalue"}, languages=("fi",))
        registering.tie(db, town.id, area, "cooperation", None, None)
        registering.rule_plugin(db, area, "forums", "forbid")
    assert client.get("/forums/").status_code == 200


def test_a_shared_read_needs_a_tie(app, town, neighbour, region):
    from talkoot.errors import NotFoundError

    snapshot = app.directory.current()
    assert sharing.shared_read(app.database, snapshot, town, region, lambda db: db.tenant.slug) == "keski-pohjanmaa"
    with pytest.raises(NotFoundError):
        sharing.shared_read(app.database, snapshot, town, neighbour, lambda db: db.tenant.slug)


@pytest.mark.parametrize(("start", "end"), [(date(2026, 1, 2), date(2026, 1, 2)), (date(2026, 1, 2), date(2026, 1, 1))])
def test_a_tie_must_last_a_day(writing, town, region, start, end):
    with writing(None) as db, pytest.raises(InvalidError):
        registering.tie(db, town.id, region.id, "region", start, end)


def test_a_tie_to_oneself_is_refused(writing, town):
    with writing(None) as db, pytest.raises(InvalidError):
        registering.tie(db, town.id, town.id, "cooperation", None, None)

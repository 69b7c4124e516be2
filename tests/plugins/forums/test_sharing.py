"""A region's forum inside its municipalities' sites, while they are affiliated."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import update

from talkoot import clock as calendar
from talkoot.tenants import registering
from talkoot.tenants.models import Affiliation


def test_a_shared_forum_is_shown_in_the_municipality_and_opens_at_its_owner(client, region):
    assert f"/shared/{region.slug}/" in client.get("/forums/").text
    text = client.get(f"/shared/{region.slug}/").text
    assert "Katuvalot" in text
    assert f'href="{region.url}/topics/' in text


def test_members_forums_are_not_shared(client, region):
    assert "Vain jäsenille" not in client.get(f"/shared/{region.slug}/").text


def test_a_municipality_shares_nothing_to_its_neighbour(client, neighbour):
    assert client.get(f"/shared/{neighbour.slug}/").status_code == 404


def test_sharing_ends_with_the_affiliation(app, writing, client, town, region):
    with writing(None) as db:
        ended = calendar.today(town.time_zone)
        db.execute(update(Affiliation).where(Affiliation.tenant_id == town.id).values(valid_to=ended))
        registering.moved(db)
    assert client.get(f"/shared/{region.slug}/").status_code == 404
    assert region.slug not in client.get("/forums/").text


def test_an_affiliation_that_begins_tomorrow_shares_from_tomorrow(app, writing, client, town, region, clock):
    with writing(None) as db:
        tomorrow = calendar.today(town.time_zone) + timedelta(days=1)
        db.execute(update(Affiliation).where(Affiliation.tenant_id == town.id).values(valid_from=tomorrow))
        registering.moved(db)
    assert client.get(f"/shared/{region.slug}/").status_code == 404
    clock.shift(timedelta(days=1))
    assert client.get(f"/shared/{region.slug}/").status_code == 200


def test_a_cooperation_area_shares_too(app, writing, client, town, neighbour):
    with writing(None) as db:
        area = registering.add(db, kind="cooperation", names={"fi": "Jokilaakso"}, languages=("fi",), slug="jokilaakso")
        registering.tie(db, town.id, area, "cooperation", date(2021, 1, 1), None)
    assert client.get("/shared/jokilaakso/").status_code == 200

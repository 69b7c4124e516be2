"""Forums' names and descriptions for a reader whose language they are not written in."""

from __future__ import annotations

import pytest

from talkoot.followup import promises
from talkoot.tenants import organisations
from talkoot_forums import forums, topics


@pytest.fixture(params=["fi", "sv"])
def one(request, town, neighbour, world, writing):
    """A site that begins in Finnish or in Swedish, its public forum written down in the other order, and what is shown."""
    site = {"fi": town, "sv": neighbour}[request.param]
    other = "sv" if request.param == "fi" else "fi"
    fi, sv = {"fi": "Satama", "sv": "Hamnen"}, {"fi": "Laivoista.", "sv": "Om båtar."}
    with writing(site) as db:
        found = forums.get(db, world.things[site.slug, "forum"])
        body = organisations.get(db, found.body_id)
        body.names = {other: f"Body {other}", request.param: f"Body {request.param}"}
        forums.save(
            db, found.id, names={code: fi[code] for code in (other, request.param)},
            about={code: sv[code] for code in (other, request.param)}, standing=found.standing,
            area_id=found.area_id, body_id=found.body_id, shared=True,
        )  # fmt: skip
    return site, found.slug, request.param, (fi[request.param], sv[request.param]), (fi[other], sv[other])


def test_forums_in_english_have_the_names_of_the_sites_first_language(one, visitor, world):
    site, slug, first, (name, about), others = one
    guest, number = visitor(tenant=site), world.things[one[0].slug, "topic"]
    for page in ("/?lang=en", "/forums/?lang=en", f"/forums/{slug}/?lang=en", f"/topics/{number}?lang=en"):
        text = guest.get(page).text
        assert name in text, page
        assert not any(other in text for other in others), page
    assert about in guest.get("/forums/?lang=en").text
    assert f"<h1><bdi>{name}</bdi></h1>" in guest.get(f"/forums/{slug}/?lang=en").text
    assert f"Body {first}" in guest.get(f"/topics/{number}?lang=en").text
    assert name in guest.get(f"/forums/{slug}/feed.atom?lang=en").text


def test_the_functions_that_pages_feeds_and_staff_ask(one, reading, world):
    site, slug, first, (name, about), _ = one
    with reading(site) as db:
        forum = forums.get(db, slug)
        assert (forum.name("en"), forum.text("en"), forum.body("en")) == (name, about, f"Body {first}")
        assert forums.names(db, [forum.id], "en") == {forum.id: name}
        topic = topics.get(db, world.things[site.slug, "topic"])
        assert topic.forum("en") == name
        assert topic.promise("en", topic.created_at.date()).owner == f"Body {first}"
        assert promises.shown(db, promises.get(db, topic.promise_number), "en").owner == f"Body {first}"


def test_a_forum_shared_by_a_region_has_the_regions_names(client, region, writing, world):
    with writing(region) as db:
        found = forums.get(db, world.things[region.slug, "forum"])
        forums.save(
            db, found.id, names={"sv": "Hamnen", "fi": "Satama"}, about={}, standing=found.standing,
            area_id=None, body_id=None, shared=True,
        )  # fmt: skip
    text = client.get(f"/shared/{region.slug}/?lang=en").text
    assert "Satama" in text
    assert "Hamnen" not in text


def test_in_a_row_of_topics_names_and_moments_are_apart_from_each_other(one, visitor):
    """Else the day of a date is drawn to the Latin name before it, on a page from right to left."""
    site, _, _, (name, _), _ = one
    assert f"<bdi>{name}</bdi> · <time " in visitor(tenant=site).get("/?lang=en").text

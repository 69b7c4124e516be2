"""Forums' names and descriptions for a reader whose language they are not written in."""

from __future__ import annotations

import re

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
    assert f'<h1><bdi lang="{first}">{name}</bdi></h1>' in guest.get(f"/forums/{slug}/?lang=en").text
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
    site, _, first, (name, _), _ = one
    assert f'<bdi lang="{first}">{name}</bdi> · <time ' in visitor(tenant=site).get("/?lang=en").text


def test_the_bodies_that_a_forum_may_have_are_named_as_they_are_read(one, as_role):
    site, slug, first, *_ = one
    for path in ("/forums/manage?lang=en", f"/forums/{slug}/manage?lang=en"):
        page = as_role("admin", site).get(path).text
        assert re.findall(r"<option[^>]*>(Body \w+)</option>", page) == [f"Body {first}"]


@pytest.mark.parametrize("first", ["fi", "sv"])
def test_a_forums_address_is_its_name_in_the_sites_first_language(first, town, neighbour, as_role, visitor, writing):
    site, address = {"fi": (town, "satama"), "sv": (neighbour, "hamnen")}[first]
    names = {"fi": "Satama", "sv": "Hamnen"}
    sent = {"names": {code: names[code] for code in sorted(names, key=lambda code: code == first)}, "about": {}}
    with writing(site) as db:
        made = forums.save(db, None, **sent, standing="permanent", area_id=None, body_id=None)
    assert made.slug == address
    assert visitor(tenant=site).get(f"/forums/{address}/").status_code == 200
    again = as_role("admin", site).submit("/forums/manage", name_fi="Satama", name_sv="Hamnen", standing="permanent")
    assert again.status_code == 422
    assert f'<a href="#name_{first}">' in again.text


def test_a_taken_address_is_marked_at_the_name_it_comes_from(town, neighbour, as_role, writing):
    """The Finnish-first site has no Finnish name for it, the Swedish-first one no Swedish one."""
    for site, names, field in ((town, {"sv": "Hamnen"}, "name_sv"), (neighbour, {"fi": "Satama"}, "name_fi")):
        with writing(site) as db:
            forums.save(db, None, names=names, about={}, standing="permanent", area_id=None, body_id=None)
        sent = {"name_fi": "", "name_sv": ""} | {f"name_{code}": name for code, name in names.items()}
        page = as_role("admin", site).submit("/forums/manage", **sent, standing="permanent")
        assert page.status_code == 422
        assert f'<a href="#{field}">' in page.text
        assert re.findall(r'<input [^>]*id="(\w+)"[^>]*aria-invalid="true"', page.text) == [field]

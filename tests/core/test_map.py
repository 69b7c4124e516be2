"""The front page's map: regions as shapes round their municipalities, those with a site as links, and a small page."""

from __future__ import annotations

import re

import pytest

from talkoot.site import finland
from talkoot.tenants import municipalities

REGIONS = {one.region_code for one in municipalities.key().values()}


def corners(shape):
    return [tuple(map(float, point.split(","))) for point in shape.points.split()]


def is_inside(point, shape):
    """Whether a point lies in a convex shape or on its edge."""
    (x, y), around = point, corners(shape)
    turns = [
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        for (ax, ay), (bx, by) in zip(around, around[1:] + around[:1], strict=True)
    ]
    return all(turn >= -1e-6 for turn in turns) or all(turn <= 1e-6 for turn in turns)


@pytest.fixture
def tenants(app, world):
    return app.directory.current().tenants


def test_each_region_is_a_shape_round_its_municipalities(tenants):
    shapes = {shape.name: shape for shape in finland.draw(tenants, "fi").regions}
    assert len(shapes) == len(REGIONS) == 19
    for one in municipalities.key().values():
        if one.position:
            assert is_inside(finland.project(*one.position), shapes[one.region_fi]), one.name_fi
    helsinki = finland.project(*municipalities.key()["091"].position)
    assert [name for name, shape in shapes.items() if is_inside(helsinki, shape)] == ["Uusimaa"]


def test_names_are_in_the_readers_language(tenants):
    for language, name in (("fi", "Pohjois-Savo"), ("sv", "Norra Savolax"), ("en", "North Savo")):
        assert name in {shape.name for shape in finland.draw(tenants, language).regions}


def test_a_site_says_its_region_and_a_region_with_a_site_is_a_link(tenants):
    drawn = finland.draw(tenants, "sv")
    assert [dot.name for dot in drawn.sites] == ["Karleby, Mellersta Österbotten", "Kronoby, Mellersta Österbotten"]
    assert [(shape.name, shape.slug) for shape in drawn.regions if shape.slug] == [
        ("Mellersta Österbotten", "keski-pohjanmaa")
    ]


def test_the_page_has_them_and_stays_small(visitor, tenants):
    answer = visitor(None).get("/")
    assert answer.status_code == 200
    assert len(re.findall("<polygon ", answer.text)) == 19
    assert re.search(
        r'<a href="/keski-pohjanmaa/" tabindex="-1"><polygon [^>]*><title>[^<]+</title></polygon></a>', answer.text
    )
    assert len(answer.data) < 40_000

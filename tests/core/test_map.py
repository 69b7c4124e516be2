"""The front page's map: soft regions, dots and names that do not cover each other, cropped to what takes part."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import combinations

import pytest

from talkoot.site import finland, map_names, outlines
from talkoot.tenants import municipalities
from talkoot.tenants.tenant import Tenant

KEY = municipalities.key()
REGIONS = {one.region_code for one in KEY.values()}
TOWN = Tenant(1, "municipality", "x", None, {}, ("fi",), "Europe/Helsinki", "", frozenset(), {})


def invented(chosen):
    """Tenants of these municipalities and their regions."""
    regions = {}
    for one in chosen:
        names = {"fi": one.region_fi, "sv": one.region_sv, "en": one.region_en}
        code = f"m{one.region_code}"
        regions[code] = replace(TOWN, id=int(one.region_code), kind="region", slug=code, code=code, names=names)
    return [
        *regions.values(),
        *(
            replace(
                TOWN, id=1000 + n, slug=f"k{one.code}", code=one.code, names=one.names, region_id=int(one.region_code)
            )
            for n, one in enumerate(chosen)
        ),
    ]


FEW = invented(municipalities.chosen(names=["Kaustinen", "Veteli", "Kokkola"]))
SOME = invented(municipalities.chosen(regions=["13", "14", "16"]))  # 7 + 18 + 8 municipalities, close to each other
ALL = invented(municipalities.chosen())


@pytest.fixture
def tenants(app, world):
    return app.directory.current().tenants


def is_inside(point, ring):
    """Whether a line from the point to the east crosses the ring an odd number of times."""
    x, y = point
    crossed = [
        (ax - bx) * (y - by) / (ay - by) + bx > x
        for (ax, ay), (bx, by) in zip(ring, ring[1:] + ring[:1], strict=True)
        if (ay > y) != (by > y)
    ]
    return sum(crossed) % 2 == 1


def meet(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def test_each_municipality_lies_in_its_region():
    lands = finland.lands()
    assert lands.keys() == {f"m{code}" for code in REGIONS}
    assert len(REGIONS) == 19
    for code, at in finland.positions().items():
        own = lands[f"m{KEY[code].region_code}"]
        assert any(is_inside(at, ring) for ring in own.rings), KEY[code].name_fi
    helsinki = finland.positions()["091"]
    assert [code for code, land in lands.items() if any(is_inside(helsinki, ring) for ring in land.rings)] == ["m01"]


def test_an_outline_has_no_holes_and_ends_where_it_began():
    around = [(math.cos(turn / 6 * math.pi) * 40, math.sin(turn / 6 * math.pi) * 40) for turn in range(12)]
    land = outlines.lands([(at, "ring") for at in around] + [((500.0, 0.0), "far")])["ring"]
    assert len(land.rings) == 1
    steps = [tuple(map(int, re.findall(r"-?\d+", step))) for step in outlines.curve(land.rings[0]).split("q")[1:]]
    assert len(steps) == len(land.rings[0])
    assert [sum(step[2] for step in steps), sum(step[3] for step in steps)] == [0, 0]


@pytest.mark.parametrize("tenants", [FEW, SOME, ALL], ids=["few", "some", "all"])
def test_dots_and_what_can_be_pressed_do_not_cover_each_other(tenants):
    sites = finland.draw(tenants, "fi").sites
    assert len(sites) == sum(t.kind == "municipality" and t.code in finland.positions() for t in tenants)
    for one, other in combinations(sites, 2):
        apart = math.dist((one.x, one.y), (other.x, other.y))
        assert one.radius + other.radius < apart, (one.name, other.name)
        assert one.target + other.target <= apart + 1e-6, (one.name, other.name)
    assert all(0 < dot.radius <= dot.target for dot in sites)


@pytest.mark.parametrize("tenants", [FEW, SOME], ids=["few", "some"])
def test_names_cover_neither_each_other_nor_dots(tenants):
    drawn = finland.draw(tenants, "fi")
    names = [*drawn.region_names, *drawn.site_names]
    assert {"".join(name.lines) for name in drawn.region_names} == {
        t.names["fi"] for t in tenants if t.kind == "region"
    }
    assert len(drawn.site_names) >= 3
    assert not [(a.lines, b.lines) for a, b in combinations(names, 2) if meet(a.box, b.box)]
    dots = [(dot.x - dot.radius, dot.y - dot.radius, dot.x + dot.radius, dot.y + dot.radius) for dot in drawn.sites]
    assert not [name.lines for name in drawn.site_names for dot in dots if meet(name.box, dot)]
    for west, north, east, south in (name.box for name in names):
        assert 0 <= west < east <= drawn.width
        assert 0 <= north < south <= drawn.height


def test_a_regions_name_goes_aside_for_a_name_or_a_dot_in_its_middle():
    inside = [(x, y) for x in range(100, 300, 10) for y in range(100, 300, 10)]
    frame = (4, 4, 396, 396)
    alone = map_names.of_region("Savo", inside, [], [], frame)
    dot = map_names.round_dot((195, 195), 6)
    assert meet(alone.box, dot)
    assert not meet(map_names.of_region("Savo", inside, [dot], [], frame).box, dot)
    assert not meet(map_names.of_region("Savo", inside, [], [alone.box], frame).box, alone.box)


@pytest.mark.parametrize("language", ["fi", "sv"])
def test_a_regions_name_leaves_room_for_those_of_its_towns(language):
    own = ["Joensuu", "Nurmes", "Kitee", "Ilomantsi"]
    west = ["Kokkola", "Kannus", "Kaustinen", "Veteli", "Toholampi", "Perho", "Halsua", "Lestijärvi", "Kruunupyy"]
    others = [*west, "Alajärvi", "Vimpeli", "Soini", "Jyväskylä", "Hankasalmi", "Viitasaari", "Äänekoski"]
    drawn = finland.draw(invented(municipalities.chosen(names=[*own, *others])), language)
    written = {name.lines[0] for name in drawn.site_names}
    assert written >= {one.names[language] for one in municipalities.chosen(names=own)}
    assert len(drawn.region_names) == 5


def test_what_can_be_pressed_is_larger_than_a_dot_where_there_is_room():
    assert all(dot.target > 2 * dot.radius for dot in finland.draw(FEW, "fi").sites)


def test_a_wide_region_has_a_picture_that_is_not_too_low_and_stands_in_its_middle():
    drawn = finland.draw(invented(municipalities.chosen(regions=["01"])), "fi")
    assert drawn.height == 0.8 * drawn.width
    crop = finland._crop([finland.lands()["m01"]])
    heights = [crop.place(point)[1] for ring in finland.lands()["m01"].rings for point in ring]
    assert min(heights) > 2 * finland.MARGIN
    assert abs(min(heights) - (drawn.height - max(heights))) < 1


def test_regions_with_a_site_are_drawn_last_so_that_their_edges_lie_on_top():
    with_site = [shape.slug is not None for shape in finland.draw(SOME, "fi").regions]
    assert with_site.count(True) == 3
    assert with_site.count(False) > 3
    assert with_site == sorted(with_site)


def test_with_the_whole_country_only_regions_are_named():
    drawn = finland.draw(ALL, "en")
    assert drawn.site_names == ()
    assert len(drawn.region_names) == 19
    assert drawn.others == ""


def test_the_picture_is_cropped_to_the_regions_that_take_part():
    few, whole = finland.draw(FEW, "fi"), finland.draw([], "fi")
    assert all(0 < dot.x < few.width and 0 < dot.y < few.height for dot in few.sites)
    of_region = sum(one.region_code == "16" for one in KEY.values())
    assert of_region - 3 < few.others.count("M") < 30  # the rest of the region and the nearest of its neighbours
    assert "Uusimaa" not in {shape.name for shape in few.regions}
    assert whole.others.count("M") == len(finland.positions())
    assert len(whole.regions) == 19
    east = [dot.x for dot in few.sites]
    assert max(east) - min(east) > few.width / 4  # about 40 km: a sixth of this in a picture of the country


def test_names_are_in_the_readers_language():
    for language, name in (("fi", "Keski-Pohjanmaa"), ("sv", "Mellersta Österbotten"), ("en", "Central Ostrobothnia")):
        assert name in {shape.name for shape in finland.draw(SOME, language).regions}
        assert tuple(name.replace("-", "- ").split()) in {
            one.lines for one in finland.draw(SOME, language).region_names
        }


def test_a_site_says_its_region_and_a_region_with_a_site_is_a_link(tenants):
    drawn = finland.draw(tenants, "sv")
    assert [(dot.name, dot.region) for dot in drawn.sites] == [
        ("Karleby", "Mellersta Österbotten"),
        ("Kronoby", "Mellersta Österbotten"),
    ]
    assert [(shape.name, shape.slug) for shape in drawn.regions if shape.slug] == [
        ("Mellersta Österbotten", "keski-pohjanmaa")
    ]


def test_the_page_has_them_and_stays_small(visitor, tenants):
    answer = visitor(None).get("/")
    assert answer.status_code == 200
    figure = answer.text[answer.text.index('<figure class="map">') : answer.text.index("</figure>")]
    assert re.search(
        r'<a href="/keski-pohjanmaa/" tabindex="-1"><path d="M[^>]*><title>[^<]+</title></path></a>', figure
    )
    assert re.search(
        r'<a href="/kokkola/" tabindex="-1"><circle [^>]*><title>[^<]+, [^<]+</title></circle></a>', figure
    )
    assert re.search(r"<text [^>]*><tspan [^>]*>Kokkola</tspan></text>", figure)
    assert "style=" not in figure
    assert len(figure) < 12_000

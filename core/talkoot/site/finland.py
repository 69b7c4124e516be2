"""The map of the front page: the regions that take part and a margin, drawn from the coordinates of the key.

A region is a soft shape round its municipalities, without borders of its own. A list beside it says the same.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from talkoot.site import map_names, outlines
from talkoot.site.map_names import Box, Name
from talkoot.site.outlines import Land, Point
from talkoot.tenants import municipalities
from talkoot.tenants.municipalities import Municipality
from talkoot.tenants.tenant import Tenant

WIDTH = 400.0  # units of the picture; about a pixel each, on a phone and beside the text
MARGIN = 16.0
LOWEST = 0.8  # height against width, at the least
LEAST_DOT, LARGEST_DOT, LARGEST_TARGET = 2.5, 6.0, 14.0  # radius
NAMED = 60  # more sites than this have no names on the map
MIDDLE, DEGREE = 26.5, 111.3  # the meridian that is upright, and km in a degree of latitude


@dataclass(frozen=True)
class Dot:
    """A municipality with a site: `radius` is what is seen, `target` what can be pressed; neither meets another's."""

    x: float
    y: float
    radius: float
    target: float
    name: str
    region: str
    slug: str


@dataclass(frozen=True)
class Shape:
    """A region on the picture: its outline as SVG's path writes it; `slug` None: a region that has no site here."""

    path: str
    name: str
    slug: str | None


@dataclass(frozen=True)
class Map:
    """A picture `width` × `height`; `others` are municipalities without a site, one path of points."""

    width: float
    height: float
    regions: tuple[Shape, ...]
    others: str
    sites: tuple[Dot, ...]
    region_names: tuple[Name, ...]
    site_names: tuple[Name, ...]


@dataclass(frozen=True)
class Crop:
    """The part of the country that is shown: its north-west corner in km, units in a km, and height in units."""

    west: float
    north: float
    scale: float
    height: float

    def place(self, at: Point) -> Point:
        """A position in km on the picture, to a tenth of a unit."""
        return (round((at[0] - self.west) * self.scale, 1), round((at[1] - self.north) * self.scale, 1))

    def shows(self, points: Iterable[Point]) -> bool:
        """Whether any of these, in units, is on the picture."""
        return any(0 <= x <= WIDTH and 0 <= y <= self.height for x, y in points)


def draw(tenants: list[Tenant], language: str) -> Map:
    """Shapes for the regions in sight and dots for their municipalities; those with a site here are links."""
    return _drawn(tuple(tenants), language)


@lru_cache(maxsize=8)
def _drawn(tenants: tuple[Tenant, ...], language: str) -> Map:
    """The same, remembered for as long as the tenants are: what is new on the page seldom is on the map."""
    here = {t.code: t for t in tenants if t.kind == "municipality" and t.code and t.code in positions()}
    regions = {t.code: t for t in tenants if t.kind == "region" and t.code}
    key = municipalities.key()
    shown = {_code(key[code]) for code in here} | {code for code in lands() if code in regions}
    crop = _crop([lands()[code] for code in sorted(shown or lands().keys())])
    others = (crop.place(at) for code, at in positions().items() if code not in here)
    sites = _sites(crop, here, regions, language)
    names = _names(crop, {code: _region_name(code, regions, language) for code in shown}, sites)
    return Map(WIDTH, crop.height, _shapes(crop, regions, language), _points(crop, others), sites, *names)


def _sites(crop: Crop, here: dict[str, Tenant], regions: dict[str, Tenant], language: str) -> tuple[Dot, ...]:
    """The dots of these municipalities by name: of one size, smaller where two lie close to each other."""
    places = {code: crop.place(positions()[code]) for code in here}
    apart = {code: outlines.nearest(at, places.values()) for code, at in places.items()}
    third = sorted(apart.values())[len(apart) // 3] if apart else 0.0
    usual = max(min(third * 0.45, LARGEST_DOT), LEAST_DOT)
    by_id = {t.id: t for t in regions.values()}
    found = []
    for code, at in places.items():
        name = here[code].name(language)
        region = by_id.get(here[code].region_id or 0)  # a site's region may have been changed since the key was made
        of_region = (
            region.name(language) if region else _region_name(_code(municipalities.key()[code]), regions, language)
        )
        radius = min(apart[code] * 0.45, usual)
        target = max(min(apart[code] * 0.5, LARGEST_TARGET), radius)
        found.append(Dot(*at, _down(radius), _down(target), name, of_region, here[code].slug))
    return tuple(sorted(found, key=lambda dot: (dot.name, dot.slug)))


def _down(size: float) -> float:
    """To a tenth, never more than it was."""
    return math.floor(size * 10) / 10


def _crop(shown: Sequence[Land]) -> Crop:
    """The rectangle round these lands and a margin, not lower than a picture should be."""
    corners = [point for land in shown for ring in land.rings for point in ring]
    west, east = min(x for x, _ in corners), max(x for x, _ in corners)
    north, south = min(y for _, y in corners), max(y for _, y in corners)
    scale = (WIDTH - 2 * MARGIN) / (east - west)
    needed = (south - north) * scale + 2 * MARGIN
    height = round(max(needed, WIDTH * LOWEST))
    return Crop(west - MARGIN / scale, north - (MARGIN + (height - needed) / 2) / scale, scale, height)


def _shapes(crop: Crop, regions: dict[str, Tenant], language: str) -> tuple[Shape, ...]:
    """The regions in sight; those of this installation last, so that their edges lie on top."""
    found = []
    for code, land in lands().items():
        rings = [[crop.place(point) for point in ring] for ring in land.rings]
        if any(crop.shows(ring) for ring in rings):
            site = regions.get(code)
            name = _region_name(code, regions, language)
            found.append(Shape("".join(map(outlines.curve, rings)), name, site.slug if site else None))
    return tuple(sorted(found, key=lambda shape: shape.slug is not None))


def _names(crop: Crop, regions: dict[str, str], sites: Sequence[Dot]) -> tuple[tuple[Name, ...], tuple[Name, ...]]:
    """Names of the regions that take part (by code), then of municipalities where there is room left."""
    frame: Box = (4, 4, WIDTH - 4, crop.height - 4)
    named = sites if len(sites) <= NAMED else ()
    dots = [map_names.round_dot((dot.x, dot.y), dot.radius) for dot in sites]
    busy = [*dots, *(map_names.wished(dot.name, (dot.x, dot.y), dot.radius) for dot in named)]
    of_regions: list[Name] = []
    of_sites: list[Name] = []
    taken: list[Box] = []
    for code in sorted(regions, key=lambda code: (len(lands()[code].inside), code)):  # the smallest has least choice
        inside = [crop.place(point) for point in lands()[code].inside]
        if name := map_names.of_region(regions[code], inside, busy, taken, frame):
            of_regions.append(name)
            taken.append(name.box)
    for dot in named:
        if name := map_names.of_site(dot.name, (dot.x, dot.y), dot.radius, [*dots, *taken], frame):
            of_sites.append(name)
            taken.append(name.box)
    return tuple(of_regions), tuple(of_sites)


def _points(crop: Crop, places: Iterable[Point]) -> str:
    """Lines of no length, which round ends make dots."""
    return "".join(f"M{x:g} {y:g}h0" for x, y in places if crop.shows([(x, y)]))


def _code(municipality: Municipality) -> str:
    return f"m{municipality.region_code}"  # as its region's site (tenants/municipalities.py)


def _region_name(code: str, regions: dict[str, Tenant], language: str) -> str:
    """The name of a region: as its site has it, else as the key does."""
    if site := regions.get(code):
        return site.name(language)
    member = next(one for one in municipalities.key().values() if _code(one) == code)
    return {"sv": member.region_sv, "en": member.region_en}.get(language, member.region_fi)


@lru_cache(maxsize=1)
def positions() -> dict[str, Point]:
    """Where the municipalities are, in km, by code."""
    return {code: project(*one.position) for code, one in municipalities.key().items() if one.position}


@lru_cache(maxsize=1)
def lands() -> dict[str, Land]:
    """The land of each region, by the code of the region's site."""
    key = municipalities.key()
    return outlines.lands([(at, _code(key[code])) for code, at in positions().items()])


def project(longitude: float, latitude: float) -> Point:
    """Position in km east of the upright meridian and south of the equator: areas and parallels keep their measure."""
    return ((longitude - MIDDLE) * DEGREE * math.cos(math.radians(latitude)), -latitude * DEGREE)

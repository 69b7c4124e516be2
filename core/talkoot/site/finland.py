"""The map of the front page: each municipality a dot at its main settlement, drawn from the key's coordinates.

A region is the shape around the dots of its municipalities, without borders of its own. A list beside it says the same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from talkoot.tenants import municipalities
from talkoot.tenants.municipalities import Municipality
from talkoot.tenants.tenant import Tenant

WEST, EAST, SOUTH, NORTH = 19.3, 31.7, 59.7, 70.2
WIDTH = 300.0
_SQUEEZE = math.cos(math.radians(64.5))  # a degree of longitude against one of latitude, in the middle of the country
HEIGHT = WIDTH * (NORTH - SOUTH) / ((EAST - WEST) * _SQUEEZE)

Point = tuple[float, float]


@dataclass(frozen=True)
class Dot:
    """A place on the picture; `slug` None: a municipality that is not here (yet)."""

    x: float
    y: float
    name: str
    slug: str | None


@dataclass(frozen=True)
class Shape:
    """A region on the picture: its corners as SVG writes them; `slug` None: a region that has no site here."""

    points: str
    name: str
    slug: str | None


@dataclass(frozen=True)
class Map:
    width: float
    height: float
    regions: tuple[Shape, ...]
    others: tuple[Dot, ...]
    sites: tuple[Dot, ...]


def draw(tenants: list[Tenant], language: str) -> Map:
    """Dots for all municipalities of the key, shapes for its regions; those with a site here are links."""
    here = {t.code: t for t in tenants if t.kind == "municipality"}
    regions = {t.code: t for t in tenants if t.kind == "region"}
    by_id = {t.id: t for t in regions.values()}
    others, sites = [], []
    for code, municipality in municipalities.key().items():
        if municipality.position is None:
            continue
        x, y = project(*municipality.position)
        tenant = here.get(code)
        if tenant:
            region = by_id.get(tenant.region_id or 0)  # a site's region may have been changed since the key was made
            of_region = region.name(language) if region else _region_name(municipality, regions, language)
            sites.append(Dot(x, y, f"{tenant.name(language)}, {of_region}", tenant.slug))
        else:
            others.append(Dot(x, y, municipality.names.get(language, municipality.name_fi), None))
    shapes = [
        Shape(points, _region_name(one, regions, language), site.slug if (site := regions.get(_code(one))) else None)
        for points, one in _outlines()
    ]
    shapes.sort(key=lambda shape: shape.slug is not None)  # shapes may overlap: those of this installation lie on top
    ordered = tuple(sorted(sites, key=lambda dot: dot.name))
    return Map(WIDTH, round(HEIGHT, 1), tuple(shapes), tuple(others), ordered)


def _code(municipality: Municipality) -> str:
    return f"m{municipality.region_code}"  # as its site's (tenants/municipalities.py)


def _region_name(municipality: Municipality, regions: dict[str | None, Tenant], language: str) -> str:
    """The name of a municipality's region: as its site has it, else as the key does."""
    if site := regions.get(_code(municipality)):
        return site.name(language)
    names = {"sv": municipality.region_sv, "en": municipality.region_en}
    return names.get(language, municipality.region_fi)


@lru_cache(maxsize=1)
def _outlines() -> list[tuple[str, Municipality]]:
    """Corners of each region, and one of its municipalities, which knows the region's names."""
    members: dict[str, list[Municipality]] = {}
    for municipality in municipalities.key().values():
        members.setdefault(municipality.region_code, []).append(municipality)
    found = []
    for of_region in members.values():
        corners = _hull([project(*m.position) for m in of_region if m.position])
        found.append((" ".join(f"{x:g},{y:g}" for x, y in corners), of_region[0]))
    return found


def _hull(points: Sequence[Point]) -> list[Point]:
    """The convex hull: the points round which a string would lie."""
    ordered = sorted(set(points))
    return _bend(ordered) + _bend(ordered[::-1])


def _bend(points: Sequence[Point]) -> list[Point]:
    """One side of the hull, without its last point: no turn to the other side is kept."""
    kept: list[Point] = []
    for point in points:
        while len(kept) > 1 and _turn(kept[-2], kept[-1], point) <= 0:
            kept.pop()
        kept.append(point)
    return kept[:-1]


def _turn(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def project(longitude: float, latitude: float) -> Point:
    """Position on the picture, to a tenth of a unit; the map is small enough for an equirectangular one."""
    return (
        round((longitude - WEST) / (EAST - WEST) * WIDTH, 1),
        round((NORTH - latitude) / (NORTH - SOUTH) * HEIGHT, 1),
    )

"""The map of the front page: each municipality a dot at its main settlement, drawn from the key's coordinates.

No outline is drawn: 308 dots are a picture of the country already. A list beside it says the same.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from talkoot.tenants import municipalities
from talkoot.tenants.tenant import Tenant

WEST, EAST, SOUTH, NORTH = 19.3, 31.7, 59.7, 70.2
WIDTH = 300.0
_SQUEEZE = math.cos(math.radians(64.5))  # a degree of longitude against one of latitude, in the middle of the country
HEIGHT = WIDTH * (NORTH - SOUTH) / ((EAST - WEST) * _SQUEEZE)


@dataclass(frozen=True)
class Dot:
    """A place on the picture; `slug` None: a municipality that is not here (yet)."""

    x: float
    y: float
    name: str
    slug: str | None


@dataclass(frozen=True)
class Map:
    width: float
    height: float
    others: tuple[Dot, ...]
    sites: tuple[Dot, ...]


def draw(tenants: list[Tenant], language: str) -> Map:
    """Dots for all municipalities of the key; those with a site here are links."""
    here = {t.code: t for t in tenants if t.kind == "municipality"}
    others, sites = [], []
    for code, municipality in municipalities.key().items():
        if municipality.position is None:
            continue
        x, y = project(*municipality.position)
        tenant = here.get(code)
        if tenant:
            sites.append(Dot(x, y, tenant.name(language), tenant.slug))
        else:
            others.append(Dot(x, y, municipality.names.get(language, municipality.name_fi), None))
    return Map(WIDTH, round(HEIGHT, 1), tuple(others), tuple(sorted(sites, key=lambda dot: dot.name)))


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Position on the picture, to a tenth of a unit; the map is small enough for an equirectangular one."""
    return (
        round((longitude - WEST) / (EAST - WEST) * WIDTH, 1),
        round((NORTH - latitude) / (NORTH - SOUTH) * HEIGHT, 1),
    )

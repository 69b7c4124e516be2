"""The real key of Finland's 308 municipalities, and creating tenants from it.

Source: Statistics Finland, classification of municipalities 2026, and National Land Survey of Finland, topographic
database; both CC BY 4.0, brought together from the open data of the geofi project (2026-03). docs/data.md says the same.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select

from talkoot.tenants import registering
from talkoot.tenants.models import TenantRow

FILE = Path(__file__).parent.parent / "data" / "municipalities.csv"

# Language status of a municipality (Kielilaki 423/2003, 5 §) → languages of its site, the majority's first.
ALAND = "21"  # the only region whose own language is Swedish alone
LANGUAGES = {
    "fi": ("fi", "sv", "en"),
    "sv": ("sv", "fi", "en"),
    "fi-sv": ("fi", "sv", "en"),
    "sv-fi": ("sv", "fi", "en"),
}


@dataclass(frozen=True)
class Municipality:
    """A row of the key. `position` is (longitude, latitude) of the main settlement; one municipality has none."""

    code: str
    name_fi: str
    name_sv: str
    language_status: str
    region_code: str
    region_fi: str
    region_sv: str
    region_en: str
    position: tuple[float, float] | None

    @property
    def languages(self) -> tuple[str, ...]:
        return LANGUAGES[self.language_status]

    @property
    def names(self) -> dict[str, str]:
        return {"fi": self.name_fi, "sv": self.name_sv}


@lru_cache(maxsize=1)
def key() -> dict[str, Municipality]:
    """All 308 by code, in the key's order."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: _municipality(row) for row in csv.DictReader(file)}


def _municipality(row: dict[str, str]) -> Municipality:
    position = (float(row["longitude"]), float(row["latitude"])) if row["longitude"] and row["latitude"] else None
    return Municipality(
        row["code"],
        row["name_fi"],
        row["name_sv"],
        row["language_status"],
        row["region_code"],
        row["region_fi"],
        row["region_sv"],
        row["region_en"],
        position,
    )


def chosen(codes: Iterable[str] = (), regions: Iterable[str] = (), names: Iterable[str] = ()) -> list[Municipality]:
    """The municipalities with any of these codes, region codes or names (Finnish or Swedish); nothing given: all."""
    by_code, by_region, by_name = set(codes), set(regions), {name.casefold() for name in names}
    if not (by_code or by_region or by_name):
        return list(key().values())
    return [
        m
        for m in key().values()
        if m.code in by_code or m.region_code in by_region or by_name & {m.name_fi.casefold(), m.name_sv.casefold()}
    ]


def import_region(connection: Any, municipality: Municipality) -> int:
    """The region's tenant of a municipality, made when it is not there; returns its id."""

    return registering.add(
        connection,
        kind="region",
        code=f"m{municipality.region_code}",
        names={"fi": municipality.region_fi, "sv": municipality.region_sv, "en": municipality.region_en},
        languages=LANGUAGES["sv" if municipality.region_code == ALAND else "fi"],
    )


def import_one(connection: Any, municipality: Municipality) -> int:
    """The municipality's tenant, made in its region when it is not there; one that is keeps its ties. Returns its id."""
    there = select(TenantRow.id).where(TenantRow.code == municipality.code)
    if (known := connection.execute(there).scalar()) is not None:
        return int(known)
    region_id = import_region(connection, municipality)
    tenant_id = registering.add(
        connection,
        kind="municipality",
        code=municipality.code,
        names=municipality.names,
        languages=municipality.languages,
        position=municipality.position,
    )
    registering.tie(connection, tenant_id, region_id, "region", None, None)
    return tenant_id

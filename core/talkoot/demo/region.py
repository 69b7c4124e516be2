"""Makes the demo's sites out of `region.toml` and the key of municipalities: names, looks, areas, bodies, ties."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select

from talkoot.demo.world import DemoWorld, Place
from talkoot.tenants import municipalities, registering
from talkoot.tenants.models import AreaRow, Organisation, TenantRow
from talkoot.web import contrast

FILE = Path(__file__).parent / "region.toml"
LANGUAGES = ("fi", "sv", "en")


@lru_cache(maxsize=1)
def described() -> Mapping[str, Any]:
    """The file's content: `place` and `tie`."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def make_places(connection: Connection, world: DemoWorld) -> None:
    """Create every site of the file, with everything that stands there about it, and tie them together."""
    for facts in described()["place"]:
        world.places[facts["slug"]] = _make(connection, facts)
    for facts in described()["place"]:
        _furnish(world, world.places[facts["slug"]], facts)
    for tie in described()["tie"]:
        since: date | None = tie.get("since")
        for slug in tie["from"]:
            registering.tie(
                connection, world.places[slug].id, world.places[tie["to"]].id, tie["kind"], since, tie.get("until"), tie.get("note", "")
            )  # fmt: skip


def _make(connection: Connection, facts: Mapping[str, Any]) -> Place:
    if code := facts.get("code"):
        tenant_id = municipalities.import_one(connection, municipalities.key()[code])
    elif region := facts.get("region"):
        one = next(m for m in municipalities.key().values() if m.region_code == region)
        tenant_id = municipalities.import_region(connection, one)
    else:
        tenant_id = registering.add(
            connection, kind="cooperation", names=facts["names"], languages=LANGUAGES, slug=facts["slug"]
        )
    contrast.check(facts["brand"])
    look = {f"site.welcome_{language}": facts[f"welcome_{language}"] for language in LANGUAGES}
    look |= {"site.brand": facts["brand"], "site.theme": facts.get("theme", "civic")}
    look["site.contact"] = f"talkoot@{facts['slug']}.example.fi"
    registering.set_setting(connection, tenant_id, look)
    return place_of(connection, tenant_id)


def place_of(connection: Connection, tenant_id: int) -> Place:
    """A site as the demo works with it, without people yet."""
    row = connection.execute(select(TenantRow.__table__).where(TenantRow.id == tenant_id)).one()
    return Place(row.id, row.slug, row.kind, tuple(row.languages))


def _furnish(world: DemoWorld, place: Place, facts: Mapping[str, Any]) -> None:
    for area in facts.get("areas", ()):
        about = {language: area[key] for language in LANGUAGES if (key := f"about_{language}") in area}
        place.areas[area["slug"]] = world.add(
            place, AreaRow, slug=area["slug"], names={"fi": area["fi"], "sv": area["sv"]}, kind=area["kind"],
            former_code=area.get("former_code"), about=about,
        )  # fmt: skip
    for body in facts["bodies"]:
        identity = world.add(
            place, Organisation, names={"fi": body["fi"], "sv": body["sv"]}, kind="working_group", body=True
        )
        for name in (body["fi"], body["sv"], *body.get("also", ())):
            place.bodies.setdefault(name, identity)
    for organisation in facts.get("organisations", ()):
        world.add(
            place, Organisation, names={"fi": organisation["fi"], "sv": organisation["sv"]}, kind=organisation["kind"]
        )

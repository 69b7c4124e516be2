"""The logs of the demo's sites: what was done to open and furnish them, and all other acts of the story, as lines.

The lines go through audit/log.py like anybody's, each at the time of its act, so that their chain is whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import Connection

from talkoot.audit import log as audit
from talkoot.db import TenantSession
from talkoot.demo.accounts import ACCOUNTS
from talkoot.demo.world import DemoWorld, Place
from talkoot.tenants import identity
from talkoot.tenants.tenant import Tenant

OPENED = 915  # days ago: before anybody joined
SETTINGS = ("site.brand", "site.theme", "site.welcome_fi", "site.welcome_sv", "site.welcome_en")


def tell_opening(world: DemoWorld, place: Place, names: Mapping[str, str], settings: Mapping[str, Any]) -> None:
    """An operator opens the site before anything else happens there; its main user gives it its look and first words."""
    rng = world.random("log", place.slug)
    first = min([world.ago(days=OPENED), *(line.at for line in place.acts)])
    opened = _in_office(rng, first - timedelta(days=rng.uniform(1, 10)))
    world.acted(place, opened, "tenant_added", None, reason=identity.joined(names, place.languages))
    if main := place.main_user:
        for day, key in enumerate(SETTINGS):
            at = _in_office(rng, main.joined + timedelta(days=2 + day))
            world.acted(place, at, "setting_changed", main, reason=f"{key}: {settings[key][:100]}")
        lately = _in_office(rng, world.ago(days=rng.uniform(30, 150)))
        world.acted(place, lately, "setting_changed", main, reason=f"site.contact: {settings['site.contact']}")


def tell_people(world: DemoWorld, place: Place) -> None:
    """An operator names the main user, who gives the other roles and badges."""
    rng = world.random("log", "people", place.slug)
    given = {world.accounts[account.key].id: account.roles for account in ACCOUNTS if account.key in world.accounts}
    for member in place.members:
        thing = ("membership", member.id)
        if member is place.main_user:
            world.acted(place, _in_office(rng, member.joined + timedelta(days=1)), "role_given", None, thing, "admin")
        for role in given.get(member.id, ()):
            if role != "admin":
                at = _in_office(rng, member.joined + timedelta(days=3))
                world.acted(place, at, "role_given", place.main_user, thing, role)
        if member.verified_as:
            at = _in_office(rng, member.joined + timedelta(days=rng.uniform(3, 6)))
            world.acted(place, at, "person_verified", place.main_user, thing, member.title)


def tell_places(world: DemoWorld, place: Place, facts: Mapping[str, Any]) -> None:
    """The main user adds the areas and bodies of region.toml."""
    rng = world.random("log", "places", place.slug)
    began = place.main_user.joined if place.main_user else world.ago(days=OPENED - 5)
    at = _in_office(rng, began + timedelta(days=7))
    for area in facts.get("areas", ()):
        at += timedelta(minutes=rng.randrange(2, 9))
        thing, names = ("area", place.areas[area["slug"]]), {"fi": area["fi"], "sv": area["sv"]}
        world.acted(place, at, "area_added", place.main_user, thing, identity.joined(names, place.languages))
    for body in facts["bodies"]:
        at += timedelta(minutes=rng.randrange(2, 9))
        thing, names = ("organisation", place.bodies[body["fi"]]), {"fi": body["fi"], "sv": body["sv"]}
        world.acted(place, at, "body_added", place.main_user, thing, identity.joined(names, place.languages))


def tell_tie(world: DemoWorld, place: Place, tie: Mapping[str, Any], other: Mapping[str, str]) -> None:
    """An operator writes down what the site belongs to, and when that has ended."""
    rng = world.random("log", "tie", place.slug, tie["to"], str(tie.get("since")))
    at = _in_office(rng, world.ago(days=OPENED - 3))
    world.acted(place, at, "tie_added", None, reason=f"{tie['kind']}: {identity.joined(other, place.languages)}")
    if until := tie.get("until"):
        last_day = until - timedelta(days=1)
        world.acted(place, at + timedelta(minutes=2), "tie_ended", None, reason=last_day.isoformat())


def _in_office(rng: Random, moment: datetime) -> datetime:
    """The same day between seven and fourteen, UTC: when a town hall in Finland works."""
    return moment.replace(hour=rng.randrange(7, 13), minute=rng.randrange(60), second=rng.randrange(60))


def write(connection: Connection, world: DemoWorld) -> None:
    """Write every site's acts into its log, the oldest first."""
    for place in world.places.values():
        joined = {member.id: member.joined for member in place.members}
        story = sorted(place.acts, key=lambda line: line.at)
        for line in story:
            if line.actor_id and joined[line.actor_id] > line.at:
                line.actor_id = None
        with _session(connection, place) as db:
            audit.tell(db, story)


@contextmanager
def _session(connection: Connection, place: Place) -> Iterator[TenantSession]:
    """A session of the site within the loading's own transaction."""
    tenant = Tenant(
        place.id, place.kind, place.slug, None, {}, place.languages, "Europe/Helsinki", "", frozenset(), {}
    )  # fmt: skip
    with TenantSession(connection, tenant=tenant, writing=True, join_transaction_mode="rollback_only") as db:
        yield db
        db.commit()

"""The little world of every test: a region, two of its municipalities, and people in every role in both."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update

from talkoot.app import Talkoot
from talkoot.audit import log as audit
from talkoot.contributions import feedback
from talkoot.db import TenantSession
from talkoot.notices import choices
from talkoot.people import accounts, memberships, passwords
from talkoot.people.models import Person
from talkoot.site import texts
from talkoot.tenants import areas, registering
from talkoot.tenants.models import Organisation

PASSWORD = "a long password for tests"
ROLES = ("resident", "convener", "moderator", "official", "councillor", "clerk", "editor", "admin")
REGION, TOWN, NEIGHBOUR = "keski-pohjanmaa", "kokkola", "kronoby"
MARK = "CANARY-B"  # begins every text of the neighbour: a byte of it on the town's pages is a leak


@dataclass
class World:
    """Who is who: person ids by (tenant's address, role), membership ids likewise, and what plugins add."""

    people: dict[tuple[str, str], UUID] = field(default_factory=dict)
    tenants: dict[str, int] = field(default_factory=dict)  # internal ids, by address
    members: dict[tuple[str, str], UUID] = field(default_factory=dict)
    things: dict[tuple[str, str], Any] = field(
        default_factory=dict
    )  # ("kokkola", "topic") → what the furnisher put there


Furnish = Callable[[Talkoot, TenantSession, World, str], None]  # app, session, world, mark ("" in the town)


def build(app: Talkoot, furnishers: Iterable[Furnish] = ()) -> World:
    """Make the world through the product's own functions; `furnishers` add the rows of plugins to both towns."""
    world = World()
    with app.app_context():
        _tenants(app)
        _people(app, world)
        everywhere = app.directory.current().by_slug
        world.tenants = {slug: tenant.id for slug, tenant in everywhere.items()}
        for slug, mark in ((TOWN, ""), (NEIGHBOUR, MARK), (REGION, "")):
            with app.database.session(everywhere[slug], writing=True) as db:
                furnish(app, db, world, mark)
                for more in furnishers:
                    more(app, db, world, mark)
    return world


def _tenants(app: Talkoot) -> None:
    with app.database.session(None, writing=True) as db:
        region = registering.add(
            db,
            kind="region",
            code="m16",
            names={"fi": "Keski-Pohjanmaa", "sv": "Mellersta Österbotten"},
            languages=("fi", "sv", "en"),
        )
        town = registering.add(
            db,
            kind="municipality",
            code="272",
            names={"fi": "Kokkola", "sv": "Karleby"},
            languages=("fi", "sv", "en"),
            position=(23.13, 63.84),
        )
        neighbour = registering.add(
            db,
            kind="municipality",
            code="288",
            names={"sv": "Kronoby", "fi": "Kruunupyy"},
            languages=("sv", "fi", "en"),
            position=(23.03, 63.72),
        )
        for municipality in (town, neighbour):
            registering.tie(db, municipality, region, "region", date(2020, 1, 1), None)
        registering.add_host(db, town, "forum.kokkola.example", main_hosts=())
        registering.add_host(db, neighbour, "forum.kronoby.example", main_hosts=())
        registering.set_setting(db, neighbour, {"site.brand": "#7a1f3d", "site.contact": f"{MARK}-contact"})
        registering.set_setting(
            db, neighbour, {f"site.welcome_{language}": f"{MARK}-welcome" for language in ("fi", "sv", "en")}
        )
        for plugin in app.registry.plugins:
            for tenant in (region, town, neighbour):
                registering.switch_plugin(db, tenant, plugin, True)
    app.directory.forget()


def _people(app: Talkoot, world: World) -> None:
    """An account for each role in each tenant, an operator, and somebody who is a member of the neighbour only."""
    with app.database.session(None, writing=True) as db:
        known = passwords.make_hash(PASSWORD)
        for slug in (TOWN, NEIGHBOUR, REGION):
            for role in ROLES:
                world.people[slug, role] = _account(db, f"{role}@{slug}.example", known)
        operator = _account(db, "operator@talkoot.example", known)
        db.execute(update(Person).where(Person.id == operator).values(operator=True))
        for slug in (TOWN, NEIGHBOUR, REGION):
            world.people[slug, "operator"] = operator
            world.people[slug, "stranger"] = world.people[NEIGHBOUR if slug == TOWN else TOWN, "resident"]


def _account(db: TenantSession, email: str, known: str) -> UUID:
    person = accounts.create(db, email, None, "fi", confirmed=True)
    person.password_hash = known
    return person.id


def furnish(app: Talkoot, db: TenantSession, world: World, mark: str) -> None:
    """Members with their roles, and something in every table of core that a page shows."""
    slug, language = db.tenant.slug, db.tenant.language
    words = f"{mark}-" if mark else ""
    for role in ROLES:
        member = memberships.join(db, world.people[slug, role], f"{words}{role.title()} Testinen", language=language)
        member.about = f"{words}about: {role} lives here."
        world.members[slug, role] = member.id
        if role != "resident":
            memberships.grant(db, member, role)
        choices.save(db, member.id, choices.Choice(direct="never", rest="never"))  # until a test says otherwise
    db.flush()
    memberships.verify(
        db, memberships.get(db, world.members[slug, "official"]), "official", f"{words}Development manager"
    )
    body = Organisation(
        names={"fi": f"{words}Hyvinvointiryhmä", "sv": f"{words}Välfärdsgruppen"}, kind="working_group", body=True
    )
    db.add(body)
    db.flush()
    world.things[slug, "body"] = body.id
    world.things[slug, "area"] = areas.add(db, {"fi": f"{words}Keskusta", "sv": f"{words}Centrum"}, "district")
    texts.save(db, "contact", language, f"{words}contact: the town hall.", 0, world.members[slug, "editor"])
    world.things[slug, "feedback"] = feedback.give(
        db, text=f"{words}feedback: a lamp is dark.", language=language, submission=uuid4(), page=f"{words}page"
    )
    audit.note(db, "furnished", actor=world.members[slug, "admin"], reason=f"{words}reason")

"""Fictitious people: composed names, the mix of roles a municipality has, and the accounts one can sign in as."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import Any

from talkoot.demo.accounts import ACCOUNTS
from talkoot.demo.world import DemoWorld, Member, Place
from talkoot.tenants.slugs import slug_of

NAMES = Path(__file__).parent / "names.toml"
MAIL = "asukas.example"  # a domain that can never receive mail (RFC 2606)

# The role a composed member has: how many of a hundred, self-declared roles, badge.
MIX: tuple[tuple[int, tuple[str, ...], str | None], ...] = (
    (56, ("resident",), None),
    (9, ("association",), None),
    (6, ("resident", "volunteer"), None),
    (7, ("youth",), None),
    (4, ("entrepreneur",), None),
    (3, ("newcomer", "resident"), None),
    (3, ("expert",), None),
    (4, ("professional",), None),
    (5, (), "official"),
    (3, (), "councillor"),
)


@lru_cache(maxsize=1)
def lists() -> Mapping[str, Any]:
    """Given names, family names, pseudonyms and titles by language."""
    return tomllib.loads(NAMES.read_text(encoding="utf-8"))


def make_accounts(world: DemoWorld) -> None:
    """The accounts one can sign in as, in those of their sites that are there."""
    joined = world.ago(days=400)
    for account in ACCOUNTS:
        if account.place not in world.places:
            continue
        place = world.places[account.place]
        place.takes_name(account.name)
        person = world.person(account.email, account.language, joined, operator=account.operator)
        member = world.join(
            place, person, account.name, account.language, joined, roles=() if account.verified_as else ("resident",),
            verified_as=account.verified_as, title=account.title,
        )  # fmt: skip
        for role in account.roles:
            world.grant(place, member, role)
        world.accounts[account.key] = member


def make_main_user(world: DemoWorld, place: Place) -> None:
    """Somebody runs every site: the account one can sign in as, or its first official."""
    admin = world.accounts["admin"]
    if admin in place.members:
        place.main_user = admin
    elif officials := place.officials():
        place.main_user = officials[0]
        world.grant(place, officials[0], "admin")


def make_members(world: DemoWorld, place: Place, count: int, *, swedish: float) -> None:
    """Composed members of a municipality: officials and councillors first, so that even a small place has some."""
    rng = world.random("people", place.slug)
    kinds = [(roles, badge) for share, roles, badge in MIX for _ in range(max(1, round(share * count / 100)))]
    kinds.sort(key=lambda kind: kind[1] is None)
    for number, (roles, badge) in enumerate(kinds[:count]):
        language = "sv" if rng.random() < swedish else "fi"
        name, real = _name(rng, place, language, anonymous=badge is None and "association" not in roles)
        joined = world.ago(days=rng.uniform(310, 900))
        person = world.person(f"{slug_of(place.slug)}-{number + 1}@{MAIL}", language, joined)
        area = rng.choice(list(place.areas)) if place.areas and badge is None and rng.random() < 0.6 else None
        title = _title(rng, language, roles, badge)
        world.join(
            place,
            person,
            name,
            language,
            joined,
            real_name=real,
            roles=roles,
            verified_as=badge,
            title=title,
            area=area,
        )


def bring_in(world: DemoWorld, place: Place, homes: Sequence[Place], count: int) -> None:
    """Members of a region or co-operation area: people who already belong to one of its municipalities."""
    rng = world.random("people", place.slug)
    candidates = [(home, member) for home in homes for member in home.members]
    rng.shuffle(candidates)
    candidates.sort(key=lambda pair: pair[1].verified_as is None)  # some officials and councillors for certain
    badged = [pair for pair in candidates if pair[1].verified_as][:8]
    others = [pair for pair in candidates if not pair[1].verified_as]
    for home, member in [*badged, *others][:count]:
        if place.takes_name(member.name):
            _join_again(world, place, home, member, rng)


def _join_again(world: DemoWorld, place: Place, home: Place, member: Member, rng: Random) -> None:
    badge = member.verified_as
    title = f"{_title(rng, member.language, member.roles, badge)}, {home.slug.capitalize()}" if badge else ""
    world.join(
        place, member.person_id, member.name, member.language, world.ago(days=rng.uniform(200, 600)),
        roles=member.roles, verified_as=badge, title=title,
    )  # fmt: skip


def _title(rng: Random, language: str, roles: Sequence[str], badge: str | None) -> str:
    kind = badge or ("association" if "association" in roles else "")
    title: str = rng.choice(lists()[language][kind]) if kind else ""
    return title


def _name(rng: Random, place: Place, language: str, *, anonymous: bool) -> tuple[str, bool]:
    """A name that nobody has here, and whether it is a real-looking one."""
    words = lists()[language]
    while True:
        given, family = rng.choice(words["given"]), rng.choice(words["family"])
        kind = rng.random() if anonymous else 1.0
        name = (
            rng.choice(words["pseudonyms"])
            if kind < 0.18
            else f"{given} {family[0]}."
            if kind < 0.33
            else f"{given} {family}"
        )
        if place.takes_name(name):
            return name, kind >= 0.33

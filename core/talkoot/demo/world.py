"""What a plugin's demo hook gets: the sites with their people, a repeatable random source, and a quick way to write rows.

    @hookimpl
    def demo(world: DemoWorld) -> None:
        for place in world.places.values():
            rng = world.random("polls", place.slug)
            poll = world.add(place, Poll, title=…, author_id=rng.choice(place.members).id, created_at=world.ago(days=3))

Everything is written in one transaction. Add a row before those that point at it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.demo.writer import BulkWriter
from talkoot.files import pictures
from talkoot.files.drawing import Redrawn
from talkoot.files.models import File
from talkoot.files.storage import Storage
from talkoot.ids import new_id
from talkoot.people import names
from talkoot.people.models import Membership, NameTail, Person, RoleGrant

SEED = "talkoot 2026"


@dataclass(frozen=True)
class Member:
    """A fictitious person in one site, as others see them."""

    id: UUID
    person_id: UUID
    name: str
    language: str
    roles: tuple[str, ...] = ("resident",)
    verified_as: str | None = None
    area: str | None = None
    title: str = ""
    joined: datetime = field(kw_only=True)


@dataclass(frozen=True)
class Opening:
    """The first post of a discussion, for plugins that put something under it."""

    post_id: UUID
    author: Member
    at: datetime


@dataclass
class Place:
    """One site: a municipality, a region or a co-operation area."""

    id: int
    slug: str
    kind: str
    languages: tuple[str, ...]
    areas: dict[str, UUID] = field(default_factory=dict)
    bodies: dict[str, UUID] = field(default_factory=dict)  # by each of their names; the first is the main one
    members: list[Member] = field(default_factory=list)
    main_user: Member | None = None
    acts: list[AuditEntry] = field(default_factory=list)  # what its log will say
    openings: dict[str, Opening] = field(default_factory=dict)  # by the title of what people talk about
    _numbers: dict[str, int] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    @property
    def language(self) -> str:
        """The language its pages open in."""
        return self.languages[0]

    def number(self, of: str) -> int:
        """The next number of something that is counted within the site, from 1: follow-ups, topics."""
        self._numbers[of] = self._numbers.get(of, 0) + 1
        return self._numbers[of]

    def speaking(self, language: str) -> list[Member]:
        """The members who write in this language; all of them when fewer than a handful do."""
        found = [member for member in self.members if member.language == language]
        return found if len(found) >= 8 else self.members

    def officials(self) -> list[Member]:
        """The verified officials."""
        return [member for member in self.members if member.verified_as == "official"]

    def takes_name(self, name: str) -> bool:
        """Whether nobody here looks like this name yet; from now on somebody does."""
        key = names.key(name)
        free = key not in self._names
        self._names.add(key)
        return free


@dataclass(frozen=True)
class Scale:
    """How large a composed installation is made, for measuring."""

    municipalities: int
    posts: int


class DemoWorld:
    """The demo region being made."""

    def __init__(
        self,
        writer: BulkWriter,
        now: datetime,
        *,
        password_hash: str,
        storage: Storage | None = None,
        scale: Scale | None = None,
        progress: Callable[[int], None] = lambda posts: None,
    ) -> None:
        self.now, self.scale, self._storage = now, scale, storage
        self.places: dict[str, Place] = {}
        self.accounts: dict[str, Member] = {}  # those one can sign in as: resident, convener, moderator …
        self.progress = progress  # called with how many posts were added
        self._writer, self._password_hash = writer, password_hash

    def random(self, *purpose: str) -> Random:
        """A random source of one's own: what one plugin draws does not change what another gets."""
        return Random("|".join((SEED, *purpose)))

    def ago(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """A moment before the loading."""
        return self.now - timedelta(days=days, hours=hours, minutes=minutes)

    def add(self, place: Place, model: Any, **values: Any) -> UUID:
        """Add a row of a tenant-owned model to a site; columns left out get their defaults. Returns its id."""
        values.setdefault("id", new_id())
        values["tenant_id"] = place.id
        self._writer.add(model.__table__, values)
        identity: UUID = values["id"]
        return identity

    def illustrate(
        self, place: Place, drawn: Redrawn, *, name: str, post_id: UUID, uploader: Member, at: datetime
    ) -> None:
        """Have a picture in a post that has been added; its text names the picture by this `name`."""
        row = pictures.row(name, drawn, uploader.id, new_id(), at)
        self.add(place, File, **row | {"post_id": post_id, "unused_since": None})
        if self._storage:
            pictures.store(self._storage, place.id, name, drawn)

    def add_row(self, place: Place, model: Any, **values: Any) -> None:
        """As `add`, of a model whose rows have no id of their own."""
        self._writer.add(model.__table__, {"tenant_id": place.id, **values})

    def person(self, email: str, language: str, joined: datetime, *, operator: bool = False) -> UUID:
        """A new account, marked as a demo account: it can sign in only where the settings say so."""
        identity = new_id()
        self._writer.add(
            Person.__table__,
            {
                "id": identity, "email": email, "password_hash": self._password_hash, "confirmed_at": joined,
                "nonce": identity.hex, "language": language, "operator": operator, "demo": True, "created_at": joined,
            },
        )  # fmt: skip
        return identity

    def join(
        self,
        place: Place,
        person_id: UUID,
        name: str,
        language: str,
        joined: datetime,
        *,
        real_name: bool = True,
        roles: Sequence[str] = ("resident",),
        verified_as: str | None = None,
        title: str = "",
        area: str | None = None,
    ) -> Member:
        """Make an account a member of a site, under a name that nobody has there yet (`Place.takes_name`)."""
        identity = self.add(
            place, Membership, person_id=person_id, name=name, name_key=names.key(name), real_name=real_name,
            participant_roles=list(roles), title=title, verified_as=verified_as, area_id=place.areas.get(area or ""),
            language=language, joined_at=joined, terms_accepted_at=joined,
        )  # fmt: skip
        for tail in names.tails(name):
            row = {"tenant_id": place.id, "tail": tail, "membership_id": identity}
            self._writer.add(NameTail.__table__, row)
        member = Member(identity, person_id, name, language, tuple(roles), verified_as, area, title, joined=joined)
        place.members.append(member)
        if verified_as:
            self.grant(place, member, verified_as)
        return member

    def grant(self, place: Place, member: Member, role: str, scope: tuple[str, UUID] | None = None) -> None:
        """Give a member a role in the whole site or in a scope."""
        kind, thing = scope or ("tenant", None)
        self.add(place, RoleGrant, membership_id=member.id, role=role, scope_kind=kind, scope_id=thing)

    def acted(
        self,
        place: Place,
        at: datetime,
        action: str,
        by: Member | UUID | None,
        thing: tuple[str, UUID] | None = None,
        reason: str = "",
    ) -> None:
        """Have a line about this in the site's log, as the page on which it is done would write it. None: an operator.

        The lines are written at the end, in the order of time. What was done before its actor joined, an operator did.
        """
        if self.scale is None:
            actor = by.id if isinstance(by, Member) else by
            place.acts.append(audit.entry(at, action, actor, thing, reason))

"""A tenant as a request sees it: immutable, out of the directory, without a query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from talkoot.i18n import text_in


@dataclass(frozen=True)
class Tie:
    """An affiliation seen from its tenant: member of (or hosted by) `other_id` while `from_ <= day < to`."""

    tenant_id: int
    other_id: int
    kind: str
    from_: date | None
    to: date | None

    def holds_on(self, day: date) -> bool:
        return (self.from_ is None or self.from_ <= day) and (self.to is None or day < self.to)


@dataclass(frozen=True)
class Logo:
    """A tenant's own picture in the head of its pages: the file's name and what the page must know to place it."""

    name: str  # hash of its content and the kind of picture, e.g. 3f9a0c….png
    width: int
    height: int
    light: bool  # made for a dark ground: it gets no white plate


@dataclass(frozen=True, eq=False)
class Tenant:
    """One municipality, co-operation area or region. `plugins` and `settings` are what holds today."""

    id: int
    kind: str
    slug: str
    code: str | None
    names: Mapping[str, str]
    languages: tuple[str, ...]
    time_zone: str
    url: str  # canonical address without a trailing slash; mails, feeds and rel=canonical use it
    plugins: frozenset[str]
    settings: Mapping[str, Any]
    hosts: tuple[str, ...] = ()
    logo: Logo | None = None
    longitude: float | None = None
    latitude: float | None = None
    region_id: int | None = None
    ties: tuple[Tie, ...] = field(default=(), repr=False)

    @property
    def language(self) -> str:
        """The language its pages open in."""
        return self.languages[0]

    def name(self, language: str) -> str:
        """Its name in a language; languages without a name of their own get the majority language's."""
        return text_in(self.names, language, *self.languages)

    def setting(self, key: str) -> Any:
        """A declared setting's value; raises KeyError for an undeclared one."""
        return self.settings[key]

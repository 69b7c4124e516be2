"""Who asks: a guest, a person without membership here, or a member with roles. Made once per request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from uuid import UUID

Scope = tuple[str, UUID]  # ("area", id), ("forums.forum", id)


@dataclass(frozen=True)
class Grant:
    """A role and where it holds; `scope` None: in the whole tenant."""

    role: str
    scope: Scope | None = None


@dataclass(frozen=True)
class Actor:
    """The one who acts. `policy` maps each permission to the roles that have it (access/policy.py)."""

    policy: Mapping[str, frozenset[str]] = field(repr=False)
    person_id: UUID | None = None
    membership_id: UUID | None = None
    session: bytes | None = field(default=None, repr=False)
    name: str = ""
    language: str = ""
    operator: bool = False
    blocked: bool = False
    grants: tuple[Grant, ...] = ()
    read_before: datetime | None = None  # a member's: nothing older is news to them (conversations/reading.py)
    unread: int = field(default=0, compare=False)  # notices, 100 for as many or more

    @property
    def is_guest(self) -> bool:
        return self.person_id is None

    @property
    def is_member(self) -> bool:
        return self.membership_id is not None and not self.blocked

    def roles(self, *scopes: Scope) -> frozenset[str]:
        """The roles held in the tenant and in any of these scopes."""
        if not scopes or not self.grants:
            return self._everywhere
        return self._everywhere | {grant.role for grant in self.grants if grant.scope in scopes and self.is_member}

    @cached_property
    def _everywhere(self) -> frozenset[str]:
        """The roles held in the whole tenant; a page asks for them many times."""
        found = {"everyone"}
        if self.person_id:
            found.add("person")
        if self.operator:
            found.add("operator")
        if self.is_member:
            found |= {"member"} | {grant.role for grant in self.grants if grant.scope is None}
        return frozenset(found)

    def may(self, permission: str, *scopes: Scope) -> bool:
        """Whether the act is allowed in any of these scopes; an undeclared permission raises KeyError."""
        allowed = self.policy[permission]
        if "everyone" in allowed:
            return True
        return not self.is_guest and bool(allowed & self.roles(*scopes))

    def may_somewhere(self, permission: str) -> bool:
        """Whether the act is allowed in the tenant or at least in one area, forum or other scope."""
        return self.may(permission, *(grant.scope for grant in self.grants if grant.scope))

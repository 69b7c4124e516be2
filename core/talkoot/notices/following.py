"""Following: a discussion, an area, an office, and whatever a plugin declares as a FollowKind, such as a forum.

What happens in a thing is what has it among the scopes of its Place. An office is followed, not a person: what an official
writes who is verified under that title, and after them whoever holds it next. Councillors are elected persons; one follows
them as long as they sit (domain row 21).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import and_, literal, select
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock, i18n
from talkoot.access.actor import Actor, Scope
from talkoot.conversations.models import Conversation
from talkoot.conversations.places import asked, places
from talkoot.db import TenantSession, for_tenant
from talkoot.i18n import lazy
from talkoot.ids import new_id
from talkoot.notices import choices
from talkoot.notices.models import Follow, MailChoice
from talkoot.people.models import Membership
from talkoot.plugin import Place
from talkoot.registry import Registry
from talkoot.tenants.models import AreaRow

CONVERSATION, AREA, OFFICE = "conversation", "area", "office"
TITLES = {CONVERSATION: lazy("Discussion"), AREA: lazy("Area"), OFFICE: lazy("Office")}
OFFICES = UUID("6f1c8b52-6a0e-5c53-9d3b-3d2f6f0c7a11")  # name space of the ids of offices
_follow, _member, _choice = Follow.__table__, Membership.__table__, MailChoice.__table__


class Followed(NamedTuple):
    """A thing that a member follows, and where it is."""

    kind: str
    thing_id: UUID
    place: Place
    what: str  # the kind in words


def follow(db: TenantSession, member_id: UUID, thing: Scope, wanted: bool) -> None:
    """Follow a thing, or stop. Saying the same twice changes nothing."""
    kind, identity = thing
    row = {"tenant_id": db.tenant.id, "id": new_id(), "membership_id": member_id, "kind": kind, "thing_id": identity}
    made = insert(_follow).values(**row, wanted=wanted, created_at=clock.now())
    key = ["tenant_id", "kind", "thing_id", "membership_id"]
    db.execute(made.on_conflict_do_update(index_elements=key, set_={"wanted": wanted}))


def by_writing(db: TenantSession, member_id: UUID, conversation_id: UUID) -> None:
    """Whoever writes in a conversation follows it from then on, unless they have chosen otherwise or stopped before."""
    has_chosen = and_(_choice.c.tenant_id == _member.c.tenant_id, _choice.c.membership_id == _member.c.id)
    columns = ("tenant_id", "id", "membership_id", "kind", "thing_id", "wanted", "created_at")
    values = (new_id(), member_id, CONVERSATION, conversation_id, True, clock.now())
    typed = [literal(value, _follow.c[name].type) for name, value in zip(columns[1:], values, strict=True)]
    one = (_member.c.tenant_id == db.tenant.id, _member.c.id == member_id)
    row = select(_member.c.tenant_id, *typed).select_from(_member.outerjoin(_choice, has_chosen))
    db.execute(insert(_follow).from_select(columns, row.where(*one, choices.follows_own())).on_conflict_do_nothing())


def pass_on(db: TenantSession, conversation_id: UUID, to: UUID) -> None:
    """Posts of a conversation have moved to another one: who follows the one follows the other, unless they have stopped."""
    mine = (Follow.kind == CONVERSATION, Follow.thing_id == conversation_id, Follow.wanted.is_(True))
    members = db.scalars(for_tenant(db, Follow.membership_id).where(*mine)).all()
    rows = [
        {"tenant_id": db.tenant.id, "id": new_id(), "membership_id": member, "kind": CONVERSATION, "thing_id": to}
        for member in members
    ]
    if rows:
        made = insert(_follow).values(wanted=True, created_at=clock.now()).on_conflict_do_nothing()
        db.connection().execute(made, rows)


def is_following(db: TenantSession, member_id: UUID | None, thing: Scope) -> bool:
    """Whether the member follows this very thing."""
    if member_id is None:
        return False
    kind, identity = thing
    query = for_tenant(db, Follow.wanted).where(
        Follow.kind == kind, Follow.thing_id == identity, Follow.membership_id == member_id
    )
    return bool(db.execute(query).scalar())


def button(db: TenantSession, actor: Actor, thing: Scope) -> tuple[str, UUID, bool]:
    """What `notices/_follow.html` needs: the thing, and whether this visitor follows it."""
    return *thing, is_following(db, actor.membership_id, thing)


def office_of(member: Membership) -> Scope | None:
    """The office under which somebody writes; None for those who are not verified or may not write."""
    if member.blocked_at:
        return None
    if member.verified_as == "official" and member.title:
        return OFFICE, uuid5(OFFICES, member.title.casefold())
    return (OFFICE, member.id) if member.verified_as else None


def everything(db: TenantSession, registry: Registry, member_id: UUID) -> list[Followed]:
    """What the member follows, the latest first; what is gone or switched off is left out."""
    query = for_tenant(db, Follow.kind, Follow.thing_id).where(
        Follow.membership_id == member_id, Follow.wanted.is_(True)
    )
    rows = db.execute(query.order_by(Follow.created_at.desc(), Follow.id).limit(500)).all()
    found = located(db, registry, [(row.kind, row.thing_id) for row in rows])
    titles = TITLES | {name: kind.title for name, kind in registry.follow_kinds.items()}
    return [Followed(kind, thing, found[kind, thing], titles[kind]) for kind, thing in rows if (kind, thing) in found]


def located(db: TenantSession, registry: Registry, things: Iterable[Scope]) -> dict[Scope, Place]:
    """Where these things are that can be followed, each kind asked once. What nobody can follow is missing."""
    by_kind: dict[str, list[UUID]] = {}
    for kind, identity in things:
        by_kind.setdefault(kind, []).append(identity)
    return {(kind, i): place for kind, ids in by_kind.items() for i, place in _of(db, registry, kind, ids).items()}


def _of(db: TenantSession, registry: Registry, kind: str, ids: Sequence[UUID]) -> Mapping[UUID, Place]:
    if kind == CONVERSATION:
        return _conversations(db, registry, ids)
    if kind == AREA:
        rows = db.scalars(for_tenant(db, AreaRow).where(AreaRow.id.in_(ids)))
        return {row.id: _named(db, row.names, f"areas/{row.slug}/") for row in rows}
    if kind == OFFICE:
        return _offices(db, ids)
    declared = registry.follow_kinds.get(kind)
    return asked(db, kind, declared.locate, ids) if declared else {}


def _conversations(db: TenantSession, registry: Registry, ids: Sequence[UUID]) -> dict[UUID, Place]:
    columns = (Conversation.id, Conversation.subject_kind, Conversation.subject_id)
    rows = db.execute(for_tenant(db, *columns).where(Conversation.id.in_(ids))).all()
    found = places(db, registry, [(kind, subject) for _, kind, subject in rows])
    return {row: found[kind, subject] for row, kind, subject in rows if (kind, subject) in found}


def _offices(db: TenantSession, ids: Sequence[UUID]) -> dict[UUID, Place]:
    """Offices that somebody holds today. There are few in a municipality: all are read."""
    holders = db.scalars(for_tenant(db, Membership).where(Membership.verified_as.is_not(None)).order_by(Membership.id))
    found: dict[UUID, Place] = {}
    for holder in holders:
        office = office_of(holder)
        if office and office[1] in ids:
            title = holder.title if office[1] != holder.id else holder.name
            found[office[1]] = Place(title, f"people/{holder.id}", public=True, open=True)
    return found


def _named(db: TenantSession, names: Mapping[str, str], path: str) -> Place:
    name = i18n.text_in(names, i18n.spoken(), *db.tenant.languages)
    return Place(name, path, public=True, open=True, language=name.language)

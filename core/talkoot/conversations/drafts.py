"""Drafts: what somebody has begun to write, kept for them alone, one for each place.

A later save wins over an earlier one of the same page, however late that arrives. A page that does not know of what
another device has saved meanwhile does not write over it: it is shown both.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import BigInteger, Insert, Integer, String, and_, bindparam, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert  # SQLite reads it too

from talkoot import clock
from talkoot.conversations.models import Conversation, Draft
from talkoot.conversations.places import places
from talkoot.conversations.rendering import tidy
from talkoot.db import Id, TenantSession
from talkoot.errors import InvalidError, NotFoundError, TalkootError
from talkoot.i18n import gettext
from talkoot.ids import new_id, parse_id
from talkoot.plugin import Place
from talkoot.registry import Registry

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.tenants.tenant import Tenant

REPLY = "conversation"
KEPT = timedelta(days=60)  # unchanged
LONGEST = 60_000  # twice a post: what is too long to be sent is not lost
MOST_FIELDS, LONGEST_FIELD = 20, 2_000
LISTED = 100
_draft, _conversation = Draft.__table__, Conversation.__table__


class Spot(NamedTuple):
    """Where it is written: under a conversation, or as a new thing of a kind in the place with this id."""

    kind: str
    id: UUID

    @classmethod
    def of(cls, conversation_id: UUID) -> Spot:
        """The reply in a conversation."""
        return cls(REPLY, conversation_id)


class Stamp(NamedTuple):
    """Which page saved a draft, and its how-manieth save it was."""

    writer: UUID
    seq: int

    def __str__(self) -> str:
        return f"{self.writer}.{self.seq}"

    @classmethod
    def read(cls, text: str) -> Stamp | None:
        """The stamp that a form sent; None when it is none."""
        writer, _, seq = text.partition(".")
        found = parse_id(writer)
        return cls(found, int(seq)) if found and re.fullmatch(r"[0-9]{1,18}", seq) else None


class Kept(NamedTuple):
    """A draft as its form shows it."""

    text: str
    fields: Mapping[str, str]
    stamp: Stamp
    saved_at: datetime


class NewerDraftError(TalkootError):
    """Another page has saved the draft meanwhile: both texts are to be shown."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(str(kept.stamp))
        self.kept = kept


_here = (
    _draft.c.tenant_id == bindparam("tenant", type_=Integer),
    _draft.c.membership_id == bindparam("member", type_=Id()),
    _draft.c.place_kind == bindparam("kind", type_=String()),
    _draft.c.place_id == bindparam("place", type_=Id()),
)
_SHOWN = tuple(_draft.c[name] for name in ("text", "fields", "writer", "seq", "saved_at"))
_one = select(*_SHOWN).where(*_here)
# As saved by the page that asks, before; or as that page has seen it.
_known = or_(
    and_(
        _draft.c.writer == bindparam("by", type_=Id()),
        _draft.c.seq < bindparam("now", type_=BigInteger()),
    ),
    and_(
        _draft.c.writer == bindparam("seen_writer", type_=Id()),
        _draft.c.seq == bindparam("seen_seq", type_=BigInteger()),
    ),
)
_forget = delete(_draft).where(*_here, _known)


def _upsert() -> Insert:
    given = ("text", "fields", "writer", "seq", "saved_at")
    statement = insert(_draft)
    saving: Insert = statement.on_conflict_do_update(
        index_elements=["tenant_id", "membership_id", "place_kind", "place_id"],
        set_={name: statement.excluded[name] for name in given},
        where=_known,
    ).returning(_draft.c.id)
    return saving


_save = _upsert()


def get(db: TenantSession, member_id: UUID, spot: Spot) -> Kept | None:
    """What the member has begun to write there."""
    return _kept(db.connection().execute(_one, _where(db, member_id, spot)).one_or_none())


def save(
    db: TenantSession,
    member_id: UUID,
    spot: Spot,
    text: str,
    fields: Mapping[str, str],
    *,
    stamp: Stamp,
    seen: Stamp | None = None,
) -> Stamp | None:
    """Keep a text; returns the stamp of what is kept now. An empty one is forgotten: None.

    `stamp` is of the page that saves, `seen` of the draft that it showed or saved last. Raises NewerDraftError when there is
    another one, NotFoundError when nothing can be written in such a place, InvalidError for what is much too long.
    """
    where, told, kept = _where(db, member_id, spot), _told(stamp, seen), _checked(fields)
    text = tidy(text)
    if len(text) > LONGEST:
        raise InvalidError(gettext("The text is too long to be kept as a draft."), "text")
    if not text.strip() and not kept.get("title", "").strip():
        db.connection().execute(_forget, where | told)
        return None
    row = {
        "tenant_id": db.tenant.id, "id": new_id(), "membership_id": member_id, "place_kind": spot.kind, "place_id": spot.id,
        "text": text, "fields": kept, "writer": stamp.writer, "seq": stamp.seq, "saved_at": clock.now(),
    }  # fmt: skip
    connection = db.connection()
    if connection.execute(_save, row | told).scalar() is None:
        return _refused(get(db, member_id, spot), stamp)
    return stamp


def _refused(there: Kept | None, stamp: Stamp) -> Stamp | None:
    """An earlier save of this page that arrived late changes nothing; what another page has saved is shown."""
    if there is None or there.stamp.writer == stamp.writer:
        return there.stamp if there else None
    raise NewerDraftError(there)


def _checked(fields: Mapping[str, str]) -> dict[str, str]:
    kept = {name[:60]: tidy(value) for name, value in fields.items()}
    if len(kept) > MOST_FIELDS or any(len(value) > LONGEST_FIELD for value in kept.values()):
        raise InvalidError(gettext("The text is too long to be kept as a draft."), "title")
    return kept


def sent(db: TenantSession, member_id: UUID, spot: Spot, *, by: UUID, seen: Stamp) -> None:
    """In the transaction that saves the post: its draft has become it. What another device has added meanwhile stays."""
    db.connection().execute(_forget, _where(db, member_id, spot) | _told(Stamp(by, 2**62), seen))


def discard(db: TenantSession, member_id: UUID, spot: Spot) -> None:
    """Throw the draft away."""
    db.connection().execute(delete(_draft).where(*_here), _where(db, member_id, spot))


def move(db: TenantSession, source: UUID, target: UUID) -> None:
    """The posts of one conversation stand in another now: begun replies go along, but of who has begun one in both."""
    other = _draft.alias()
    both = (
        select(other.c.id)
        .where(
            other.c.tenant_id == db.tenant.id,
            other.c.membership_id == _draft.c.membership_id,
            other.c.place_kind == REPLY,
            other.c.place_id == target,
        )
        .exists()
    )
    begun = (_draft.c.tenant_id == db.tenant.id, _draft.c.place_kind == REPLY, _draft.c.place_id == source)
    db.execute(update(_draft).where(*begun, ~both).values(place_id=target))


def _where(db: TenantSession, member_id: UUID, spot: Spot) -> dict[str, Any]:
    return {"tenant": db.tenant.id, "member": member_id, "kind": spot.kind, "place": spot.id}


def _told(stamp: Stamp, seen: Stamp | None) -> dict[str, Any]:
    seen = seen or stamp
    return {"by": stamp.writer, "now": stamp.seq, "seen_writer": seen.writer, "seen_seq": seen.seq}


def _kept(row: Any) -> Kept | None:
    return Kept(row.text, row.fields, Stamp(row.writer, row.seq), row.saved_at) if row else None


# --- on a topic's page, where the reply's draft costs no statement of its own (reader.py) ---------------------------------

OF_READER = tuple(column.label(f"draft_{column.name}") for column in _SHOWN)
IS_REPLY_OF_READER = and_(
    _draft.c.tenant_id == bindparam("tenant", type_=Integer),
    _draft.c.membership_id == bindparam("reader", type_=Id()),
    _draft.c.place_kind == REPLY,
    _draft.c.place_id == bindparam("conversation", type_=Id()),
)


def of_reader(row: Any) -> Kept | None:
    """The draft out of a row with the columns above, joined by the condition."""
    if row.draft_saved_at is None:
        return None
    stamp = Stamp(row.draft_writer, row.draft_seq)
    return Kept(row.draft_text, row.draft_fields, stamp, row.draft_saved_at)


# --- all of somebody's -----------------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """A draft in the list of all; `place` None: what it was for is gone, or cannot be read any more."""

    spot: Spot
    kept: Kept
    place: Place | None


def listed(db: TenantSession, registry: Registry, member_id: UUID) -> list[Listed]:
    """Everything the member has begun to write here, the latest first."""
    query = select(_draft.c.place_kind, _draft.c.place_id, *_SHOWN).where(
        _draft.c.tenant_id == db.tenant.id, _draft.c.membership_id == member_id
    )
    rows = db.execute(query.order_by(_draft.c.saved_at.desc()).limit(LISTED)).all()
    spots = [Spot(row.place_kind, row.place_id) for row in rows]
    found = located(db, registry, spots)
    kept = [_kept(row) for row in rows]
    return [Listed(spot, one, found.get(spot)) for spot, one in zip(spots, kept, strict=True) if one]


def located(db: TenantSession, registry: Registry, spots: list[Spot]) -> dict[Spot, Place]:
    """Where these are; what is gone, or belongs to a plugin that is off, is missing."""
    return _replies(db, registry, [s for s in spots if s.kind == REPLY]) | _begun(
        db, registry, [s for s in spots if s.kind != REPLY]
    )


def _replies(db: TenantSession, registry: Registry, spots: list[Spot]) -> dict[Spot, Place]:
    if not spots:
        return {}
    columns = (_conversation.c.id, _conversation.c.subject_kind, _conversation.c.subject_id)
    of_these = (_conversation.c.tenant_id == db.tenant.id, _conversation.c.id.in_([spot.id for spot in spots]))
    things = {row.id: (row.subject_kind, row.subject_id) for row in db.execute(select(*columns).where(*of_these))}
    found = places(db, registry, set(things.values()))
    return {Spot.of(one): found[thing] for one, thing in things.items() if thing in found}


def _begun(db: TenantSession, registry: Registry, spots: list[Spot]) -> dict[Spot, Place]:
    found = places(db, registry, {(spot.kind, spot.id) for spot in spots}, begun=True)
    return {Spot(kind, identity): place for (kind, identity), place in found.items()}


def place_of(db: TenantSession, registry: Registry, spot: Spot) -> Place:
    """Where the draft belongs; raises NotFoundError when there is no such place."""
    found = located(db, registry, [spot]).get(spot)
    if found is None:
        raise NotFoundError
    return found


def sweep(app: Talkoot, tenant: Tenant) -> None:
    """Forget what nobody has gone on with; every day."""
    with app.database.session(tenant, writing=True) as db:
        db.quiet = True
        db.execute(delete(_draft).where(_draft.c.tenant_id == tenant.id, _draft.c.saved_at < clock.now() - KEPT))

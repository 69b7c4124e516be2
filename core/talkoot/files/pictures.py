"""Pictures in posts: taken, drawn anew in two sizes, named in a text, seen with the post they stand in."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import structlog
from sqlalchemy import Integer, String, and_, bindparam, delete, func, insert, select, update

from talkoot import clock
from talkoot.conversations import images
from talkoot.conversations.images import Picture
from talkoot.conversations.models import Conversation, Post
from talkoot.db import TenantSession, turns
from talkoot.errors import InvalidError
from talkoot.files import drawing
from talkoot.files.drawing import Redrawn, UnusableError, Wish
from talkoot.files.models import File
from talkoot.files.storage import Key, Storage
from talkoot.i18n import gettext, lazy, ngettext
from talkoot.ids import new_id

PERMISSION = "conversations.add_pictures"
PER_DAY = "files.pictures_per_day"  # the setting; 0: no pictures here
MOST_BYTES = 12_000_000  # as it is sent: what the camera of a phone makes
# In a text and behind it. With screens of today a second, smaller file for phones would hardly ever be taken.
WISH = Wish(
    formats=("JPEG", "PNG", "WEBP", "GIF"),
    most_pixels=40_000_000,
    least_side=16,
    boxes=((1920, 1920), (960, 960)),
    kind="WEBP",
    quality=80,
    may_move=True,
)
SIZES = ("", "-small")  # what follows the name in an address, in the order of the boxes
LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"  # none that look alike
TYPES = {"webp": "image/webp"}
NAME = re.compile(r"([0-9a-z]{12})(-small)?\.(webp)")
REFUSALS = {
    "kind": lazy(
        "Choose a photograph or another picture (JPEG, PNG, WebP or GIF). This file is none, or it is damaged."
    ),
    "large": lazy("The picture has too many pixels, more than 40 million. Make it smaller first."),
    "small": lazy("The picture is too small to show anything."),
    "bytes": lazy("The file is too large. Choose a picture of at most 12 megabytes."),
    "room": lazy("There is no room for pictures at the moment. Send your text without it, or try again later."),
}
_file, _post, _conversation = File.__table__, Post.__table__, Conversation.__table__
log = structlog.get_logger("talkoot.files")


class UnusablePictureError(InvalidError):
    """What was sent is no picture that can be shown; `why` is a key of REFUSALS."""

    def __init__(self, why: str) -> None:
        super().__init__(str(REFUSALS[why]), "picture")
        self.why = why


class Shown(NamedTuple):
    """A picture that was asked for, and where it stands: `subject` names the object of its conversation."""

    name: str
    digest: str
    uploader_id: UUID
    post_id: UUID | None
    hidden: bool
    subject: tuple[str, UUID] | None


def allowed(db: TenantSession) -> bool:
    """Whether members here may put pictures into their texts."""
    return bool(db.tenant.setting(PER_DAY))


def take(
    db: TenantSession,
    storage: Storage,
    member_id: UUID,
    data: bytes,
    submission: UUID,
    *,
    least_side: int = WISH.least_side,
) -> str:
    """Draw a picture anew and keep it; returns its name. The same submission again is not kept twice.

    Raises InvalidError with what is wrong, TooManyError when too many pictures are being drawn.
    """
    _check_quota(db, member_id)
    db.release()
    drawn = _drawn(data, replace(WISH, least_side=least_side))
    turns.take(db, f"picture of {member_id}")
    mine = (_file.c.tenant_id == db.tenant.id, _file.c.uploader_id == member_id)
    if again := db.execute(select(_file.c.name).where(*mine, _file.c.submission == submission)).scalar():
        return str(again)
    _check_quota(db, member_id)
    return keep(db, storage, member_id, drawn, submission)


def keep(db: TenantSession, storage: Storage, member_id: UUID, drawn: Redrawn, submission: UUID) -> str:
    """Put a picture that was drawn anew into the storage and the table; returns its name.

    The files come first: killed in between, or without a commit, they are swept. Raises InvalidError when the disk is full.
    """
    name = new_name()
    try:
        store(storage, db.tenant.id, name, drawn)
    except OSError as error:
        log.exception("picture_not_kept", tenant=db.tenant.slug)
        raise InvalidError(str(REFUSALS["room"]), "picture") from error
    db.execute(insert(_file).values(tenant_id=db.tenant.id, **row(name, drawn, member_id, submission, clock.now())))
    return name


def store(storage: Storage, tenant_id: int, name: str, drawn: Redrawn) -> None:
    """Put the files of a picture where they belong; raises OSError."""
    for size, picture in zip(SIZES, drawn.pictures, strict=True):
        storage.put(Key(tenant_id, f"{name}{size}.{drawn.kind}"), picture.data)


def new_name() -> str:
    """A name that nobody can guess: with it and a right to see the post one sees the picture."""
    return "".join(secrets.choice(LETTERS) for _ in range(12))


def row(name: str, drawn: Redrawn, member_id: UUID, submission: UUID, moment: datetime) -> dict[str, Any]:
    """What the table says of a new picture that stands nowhere yet."""
    large, small = drawn.pictures
    return {
        "id": new_id(),
        "name": name,
        "kind": drawn.kind,
        "digest": hashlib.sha256(large.data).hexdigest(),
        "width": small.width,
        "height": small.height,
        "size": len(large.data) + len(small.data),
        "uploader_id": member_id,
        "created_at": moment,
        "submission": submission,
        "post_id": None,
        "unused_since": moment,
    }


def _check_quota(db: TenantSession, member_id: UUID) -> None:
    most = db.tenant.setting(PER_DAY)
    if not most:
        raise InvalidError(gettext("Pictures cannot be added here."), "picture")
    mine = (_file.c.tenant_id == db.tenant.id, _file.c.uploader_id == member_id)
    recent = select(func.count()).where(*mine, _file.c.created_at > clock.now() - timedelta(days=1))
    if db.execute(recent).scalar_one() >= most:
        words = ngettext(
            "You have added %(num)d picture within a day. Add more tomorrow.",
            "You have added %(num)d pictures within a day. Add more tomorrow.",
            most,
        )
        raise InvalidError(words, "picture")


def _drawn(data: bytes, wish: Wish) -> Redrawn:
    if len(data) > MOST_BYTES:
        raise UnusablePictureError("bytes")
    try:
        return drawing.redrawn(data, wish)
    except UnusableError as unusable:
        raise UnusablePictureError(unusable.why) from None


# --- in texts -----------------------------------------------------------------------------------------------------


def known(
    db: TenantSession, source: str, writer_id: UUID, post_id: UUID | None = None, *, held: bool = False
) -> dict[str, Picture]:
    """The pictures that a text names and its writer may use: their own that stand nowhere, and those of this post.

    One query, none for a text without pictures. `held`: until the commit nobody else puts them into another post.
    """
    if not (names := images.named(source)):
        return {}
    columns = (_file.c[name] for name in ("name", "kind", "width", "height", "uploader_id", "post_id"))
    query = select(*columns).where(_file.c.tenant_id == db.tenant.id, _file.c.name.in_(names)).order_by(_file.c.name)
    rows = db.execute(query.with_for_update() if held else query)
    return {
        row.name: Picture(row.kind, row.width, row.height)
        for row in rows
        if (row.post_id == post_id if row.post_id else row.uploader_id == writer_id)
    }


def standing_in(db: TenantSession, post_id: UUID) -> dict[str, Picture]:
    """The pictures of a post, to render its text anew."""
    columns = (_file.c.name, _file.c.kind, _file.c.width, _file.c.height)
    rows = db.execute(select(*columns).where(_file.c.tenant_id == db.tenant.id, _file.c.post_id == post_id))
    return {row.name: Picture(row.kind, row.width, row.height) for row in rows}


def stand_in(db: TenantSession, post_id: UUID, names: Iterable[str], *, edited: bool = False) -> None:
    """These pictures now stand in the post. `edited`: no others do any more, so at once only their sender sees those."""
    mine = (_file.c.tenant_id == db.tenant.id, _file.c.name.in_(list(names)))
    if edited:
        others = (_file.c.tenant_id == db.tenant.id, _file.c.post_id == post_id, _file.c.name.not_in(list(names)))
        db.execute(update(_file).where(*others).values(post_id=None, unused_since=clock.now()))
    if names:
        db.execute(update(_file).where(*mine).values(post_id=post_id, unused_since=None))


def erase(db: TenantSession, member_id: UUID, keep_texts: bool) -> None:
    """Forget the pictures of somebody who leaves: those in texts that stay are kept with them. Their files are swept."""
    mine = (_file.c.tenant_id == db.tenant.id, _file.c.uploader_id == member_id)
    stays = (_file.c.post_id.is_(None),) if keep_texts else ()
    db.execute(delete(_file).where(*mine, *stays))


# --- seen ---------------------------------------------------------------------------------------------------------

_found = (
    select(
        _file.c.name,
        _file.c.digest,
        _file.c.uploader_id,
        _file.c.post_id,
        _post.c.hidden_at,
        _conversation.c.subject_kind,
        _conversation.c.subject_id,
    )
    .select_from(
        _file.outerjoin(
            _post,
            and_(_post.c.tenant_id == _file.c.tenant_id, _post.c.id == _file.c.post_id, _post.c.erased_at.is_(None)),
        ).outerjoin(
            _conversation,
            and_(_conversation.c.tenant_id == _post.c.tenant_id, _conversation.c.id == _post.c.conversation_id),
        )
    )
    .where(_file.c.tenant_id == bindparam("tenant", type_=Integer), _file.c.name == bindparam("name", type_=String))
)


def find(db: TenantSession, name: str) -> Shown | None:
    """The picture of this name and where it stands, in one statement; None when there is none."""
    row = db.connection().execute(_found, {"tenant": db.tenant.id, "name": name}).one_or_none()
    if row is None:
        return None
    subject = (row.subject_kind, row.subject_id) if row.subject_id else None
    return Shown(row.name, row.digest, row.uploader_id, row.post_id, row.hidden_at is not None, subject)

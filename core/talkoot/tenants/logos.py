"""A tenant's logo: taken, drawn anew, kept in the tenant's own folder, shown in the head of its pages, removed again."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from sqlalchemy import select

from talkoot.errors import InvalidError
from talkoot.files import drawing
from talkoot.files.drawing import UnusableError, Wish
from talkoot.files.storage import folder_of, write_whole
from talkoot.i18n import lazy
from talkoot.tenants import registering
from talkoot.tenants.models import TenantRow

TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
NAME = re.compile(r"[0-9a-f]{20}\.(png|jpg|webp)")
MOST_BYTES = 1_000_000
WISH = Wish(
    formats=("PNG", "JPEG", "WEBP"),
    most_pixels=16_000_000,
    least_side=24,
    boxes=((480, 144),),  # three times the largest it is shown
    lossless_when_clear=True,
)
REFUSALS = {
    "kind": lazy("Choose a PNG, JPEG or WebP picture. This file is none, or it is damaged."),
    "large": lazy("The picture has too many pixels. Choose one of at most 4,000 by 4,000."),
    "small": lazy("The picture is too small. Choose one that is at least 24 pixels high and wide."),
    "moves": lazy("Choose a picture that does not move."),
    "bytes": lazy("The file is too large. Choose a picture of at most one megabyte."),
}


def folder(instance: Path, tenant_id: int) -> Path:
    """Where this tenant's logo lies: nobody else's file is in it."""
    return folder_of(instance, tenant_id) / "logo"


def change(connection: Any, instance: Path, tenant_id: int, data: bytes) -> str:
    """Take a new logo; returns the name of the file that it replaces. Raises InvalidError with what is wrong with it.

    Give that name to `forget` once the change is committed: until then the old logo may be needed again.
    """
    facts, picture = _redrawn(data)
    name = f"{hashlib.sha256(picture).hexdigest()[:20]}.{facts.pop('kind')}"
    before = _name(connection, tenant_id)
    write_whole(folder(instance, tenant_id) / name, picture)
    registering.change(connection, tenant_id, logo={"name": name, **facts})
    return before if before != name else ""


def remove(connection: Any, tenant_id: int) -> str:
    """Have no logo any more; returns the name of the file for `forget`, once committed."""
    before = _name(connection, tenant_id)
    registering.change(connection, tenant_id, logo={})
    return before


def forget(instance: Path, tenant_id: int, name: str) -> None:
    """Delete the file of a logo that is no longer shown."""
    if name:
        (folder(instance, tenant_id) / Path(name).name).unlink(missing_ok=True)


def read(instance: Path, tenant_id: int, name: str) -> bytes | None:
    """The tenant's picture of this name; None when it has none, or the file is lost (a backup without its uploads was restored)."""
    try:
        return (folder(instance, tenant_id) / name).read_bytes() if NAME.fullmatch(name) else None
    except OSError:
        return None


def _name(connection: Any, tenant_id: int) -> str:
    """The present file's name, held until the commit so that of two changes at once each knows what it replaces."""
    query = select(TenantRow.logo).where(TenantRow.id == tenant_id).with_for_update()
    return str(connection.execute(query).scalar_one().get("name", ""))


def _redrawn(data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the new picture is, and its bytes; nothing of the sent file is kept."""
    if len(data) > MOST_BYTES:
        raise InvalidError(str(REFUSALS["bytes"]), "logo")
    try:
        found = drawing.redrawn(data, WISH)
    except UnusableError as unusable:
        raise InvalidError(str(REFUSALS[unusable.why]), "logo") from None
    (drawn,) = found.pictures
    return {"kind": found.kind, "width": drawn.width, "height": drawn.height, "light": found.light}, drawn.data

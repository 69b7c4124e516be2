"""Another place for pictures than the instance folder: a cupboard with a drawer for each municipality."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from talkoot.files.storage import Kept, Key


class Cupboard:
    """Keeps files in drawers; each file's name is turned round, to show that the place is the plugin's own business."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def put(self, key: Key, data: bytes) -> None:
        path = self._path(key)
        path.parent.mkdir(exist_ok=True)
        path.with_suffix(".new").write_bytes(data)
        path.with_suffix(".new").replace(path)

    def get(self, key: Key) -> bytes | None:
        path = self._path(key)
        return path.read_bytes() if path.exists() else None

    def delete(self, key: Key) -> None:
        self._path(key).unlink(missing_ok=True)

    def kept(self, tenant_id: int) -> Iterator[Kept]:
        for path in (self.place / str(tenant_id)).glob("*.kept"):
            yield Kept(path.stem[::-1], datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def _path(self, key: Key) -> Path:
        return self.place / str(key.tenant_id) / f"{key.name[::-1]}.kept"

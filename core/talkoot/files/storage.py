"""Where files lie: in the installation's folder, or where a plugin keeps them. Every key holds the tenant.

A storage keeps bytes under a key and gives them back; who may see them is asked elsewhere (pictures.py). What nobody
names any more is deleted in one place, sweeping.py.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from talkoot.errors import IsolationError, SetupError

if TYPE_CHECKING:
    from talkoot.config import Settings
    from talkoot.registry import Registry

NAME = re.compile(r"[a-z0-9_]{1,40}(-[a-z]{1,10})?\.[a-z0-9]{1,5}")


class Key(NamedTuple):
    """Whose file it is, and its name: letters and digits, one ending, no folder."""

    tenant_id: int
    name: str


class Kept(NamedTuple):
    """A file of a tenant as the storage lists it, and when it was put there."""

    name: str
    at: datetime


@runtime_checkable
class Storage(Protocol):
    """What a plugin's hook `file_storage` gives. Whatever cannot be reached raises OSError."""

    def put(self, key: Key, data: bytes) -> None:
        """Keep the bytes, whole or not at all; under a key that is there already, those that were there may go."""

    def get(self, key: Key) -> bytes | None:
        """The bytes; None when there are none."""

    def delete(self, key: Key) -> None:
        """Forget the file; one that is not there is no error."""

    def kept(self, tenant_id: int) -> Iterator[Kept]:
        """Every file of one tenant, in any order."""


def of(settings: Settings, registry: Registry) -> Storage:
    """The installation's storage: that of the one plugin that gives one, else its own folder.

    Raises SetupError when two plugins do, or when what one gives is none.
    """
    found = [one for one in registry.manager.hook.file_storage(settings=settings) if one is not None]
    if len(found) > 1:
        raise SetupError("Two plugins want to keep the files (hook file_storage). Uninstall one of them")
    if found and not isinstance(found[0], Storage):
        raise SetupError(f"A plugin's hook file_storage gave a {type(found[0]).__name__}, which keeps no files")
    return found[0] if found else Folder(settings.instance)


def folder_of(instance: Path, tenant_id: int) -> Path:
    """Where everything of this tenant lies that is kept in the instance folder: nobody else's file is in it."""
    return instance / "uploads" / f"tenant-{tenant_id}"


class Folder:
    """Files in the instance folder, `uploads/tenant-…/files`: what the backup takes and a leaving tenant takes along."""

    def __init__(self, instance: Path) -> None:
        self.instance = instance

    def put(self, key: Key, data: bytes) -> None:
        write_whole(self._path(key), data)

    def get(self, key: Key) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, key: Key) -> None:
        self._path(key).unlink(missing_ok=True)

    def kept(self, tenant_id: int) -> Iterator[Kept]:
        folder = self._folder(tenant_id)
        for path in folder.iterdir() if folder.is_dir() else ():
            with suppress(FileNotFoundError):  # deleted at this moment
                yield Kept(path.name, datetime.fromtimestamp(path.stat().st_mtime, UTC))

    def _folder(self, tenant_id: int) -> Path:
        return folder_of(self.instance, tenant_id) / "files"

    def _path(self, key: Key) -> Path:
        """Raises IsolationError for a name that could lead out of the tenant's folder."""
        if not NAME.fullmatch(key.name):
            raise IsolationError(f"{key.name!r} is no name of a file")
        return self._folder(key.tenant_id) / key.name


def write_whole(path: Path, data: bytes) -> None:
    """Write a file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole(path) as file:
        file.write(data)


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file in the making, which only its owner may read: it has its name once all of it is on the disk, or never."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix="new", suffix=".part", delete=False) as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise

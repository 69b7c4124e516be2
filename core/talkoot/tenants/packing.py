"""The file that a leaving tenant takes along: whole or not there at all, with what it has uploaded."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from talkoot.errors import InvalidError
from talkoot.files.storage import Folder, Key, Storage, whole


def add_uploads(archive: zipfile.ZipFile, folder: Path) -> int:
    """Add the tenant's files; returns how many. A link is not followed: it could lead into another tenant's folder."""
    count = 0
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            archive.write(path, f"uploads/{path.relative_to(folder).as_posix()}")
            count += 1
    return count


def add_kept(archive: zipfile.ZipFile, files: Storage, tenant_id: int) -> int:
    """Add the files that a plugin's storage has of the tenant; returns how many. Those of the folder are in already."""
    kept = () if isinstance(files, Folder) else files.kept(tenant_id)
    count = 0
    for one in kept:
        if (data := files.get(Key(tenant_id, one.name))) is not None:
            archive.writestr(f"uploads/files/{one.name}", data)
            count += 1
    return count


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """A file that was not there before, whole or not there at all; raises InvalidError when there is one."""
    if path.exists():
        raise InvalidError(f"{path} is there already. Choose another name, or delete it.")
    with whole(path) as file:
        yield file
    parent = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(parent)  # the name as well as the content
    finally:
        os.close(parent)

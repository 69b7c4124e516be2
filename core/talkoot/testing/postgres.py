"""A PostgreSQL server of the test run's own: in a temporary folder, reached over a socket only, ended with the run."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from talkoot import dbsetup
from talkoot.db.isolation import APP_ROLE, OWNER_ROLE

ADMIN = "postgres"
# Nothing here has to survive a power cut; synchronous_commit stays on, because the schema linter asks for it.
OPTIONS = {
    "listen_addresses": "", "fsync": "off", "full_page_writes": "off", "max_connections": "200", "shared_buffers": "64MB",
    "autovacuum_naptime": "5s", "log_min_messages": "fatal",
}  # fmt: skip
# Ends the server when the process that started it is gone, however it went.
WATCH = '{ while kill -0 "$1"; do sleep 1; done; kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")"; sleep 1; rm -rf "$2"; } &'


def binaries() -> Path | None:
    """The folder that holds initdb and pg_ctl: on the PATH, or where Debian and Ubuntu put it; the newest version."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return places[-1].parent if places else None


@dataclass(frozen=True)
class Cluster:
    """A running server. Databases are made empty, with all of DESIGN 5.4's roles in place, or copied from another."""

    folder: Path

    def url(self, database: str, role: str = APP_ROLE) -> str:
        """The address of a database for one of the roles."""
        return f"postgresql://{role}@/{database}?host={quote(str(self.folder), safe='')}"

    def owner_url(self, database: str) -> str:
        return self.url(database, OWNER_ROLE)

    def connect(self, database: str = "postgres", role: str = ADMIN) -> psycopg.Connection[Any]:
        """A bare connection, outside the application."""
        return psycopg.connect(self.url(database, role), autocommit=True)

    def create(self, database: str, *, template: str | None = None) -> str:
        """A new database: empty, or a copy of `template`; prepared as `talkoot db init` does it. Returns its address."""
        if template is not None:
            with self.connect() as connection:
                copy = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
                connection.execute(copy.format(sql.Identifier(database), sql.Identifier(template)))
        refused = [outcome for outcome in dbsetup.apply(self.url("postgres", ADMIN), database, {}) if outcome.refused]
        assert not refused, refused
        return self.url(database)

    def drop(self, database: str) -> None:
        """Remove a database, ending whoever is connected to it."""
        with self.connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def start(folder: Path, watched: int) -> Cluster:
    """Make a cluster in an existing empty folder and start it. It ends with the process `watched`, or by `stop`."""
    place = binaries()
    if place is None:
        raise RuntimeError("PostgreSQL's programs (initdb, pg_ctl) were not found")
    user = _other_user(folder)
    data = folder / "data"
    _call(
        [place / "initdb", "-D", data, "-U", ADMIN, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        folder,
        user,
    )
    options = {**OPTIONS, "unix_socket_directories": str(folder)}
    settings = " ".join(f"-c {key}='{value}'" for key, value in options.items())
    _call([place / "pg_ctl", "-D", data, "-l", folder / "log", "-o", settings, "-w", "start"], folder, user)
    subprocess.run(
        ["sh", "-c", WATCH, "sh", str(watched), str(folder)],
        cwd="/", start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
    )  # fmt: skip
    return Cluster(folder)


def stop(folder: Path) -> None:
    """End the server of a folder, if one was started there, and remove the folder."""
    place = binaries()
    if place is not None and (folder / "data" / "postmaster.pid").exists():
        _call([place / "pg_ctl", "-D", folder / "data", "-m", "immediate", "-w", "stop"], folder, _other_user(folder))
    shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Only one process of the run at a time."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _other_user(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as the system's `postgres`, who must own the folder."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(ADMIN)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _call(command: Sequence[str | Path], folder: Path, user: dict[str, Any]) -> None:
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, capture_output=True, text=True, timeout=120, check=False, **user
    )
    if done.returncode != 0:
        raise RuntimeError(f"{Path(command[0]).name} failed: {done.stderr or done.stdout}")

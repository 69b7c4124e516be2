"""A tenant that leaves: everything it has in one file to take along, and its removal from the installation.

Core covers every table by its columns, plugins' included: a row is a tenant's when its `tenant_id` says so.

Left out of the file, because others, or secrets, would go with it:
- accounts, sessions and failed sign-ins (addresses, password hashes): they are the installation's, for all its tenants
- every column that points at an account (`membership.person_id`): it is the same in each tenant, so two tenants could
  find out that a pseudonym here is a real name there
- `contribution.code_hash`: whoever tries codes against it finds the one that shows a giver's feedback
- `outbox.error`: technical words about the installation's own servers
- where and with which keys members' devices are told (`push_subscription`): only this installation can use them, and
  the account's nonce would tell as much as the account
- ties of others to this tenant: they are rows of those others

In the file, because they let nobody in: invitations (the mailed link is signed with the installation's key), forms' keys
against sending twice, the chain of the log, by which the one who takes it can check it.
"""

from __future__ import annotations

import json
import shutil
import zipfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog
from sqlalchemy import Column, Connection, Table, column, delete, inspect, or_, select, table, update

from talkoot import __version__, clock, migrate
from talkoot.audit.models import AuditHead
from talkoot.db import isolation
from talkoot.db.engine import owner_engine
from talkoot.db.model import Base
from talkoot.errors import InvalidError, NotFoundError
from talkoot.files import storage
from talkoot.files.storage import Key
from talkoot.people.models import Person, RoleGrant
from talkoot.tenants import identity, packing, registering
from talkoot.tenants.models import Affiliation, TenantRow

if TYPE_CHECKING:
    from talkoot.config import Settings
    from talkoot.registry import Registry

FORMAT = 1  # of the file; a change that a reader must know of makes it 2
BLOCK = 500  # rows in memory at a time
WITHHELD = frozenset(
    {
        ("contribution", "code_hash"),
        ("outbox", "error"),
        *(("push_subscription", name) for name in ("endpoint", "p256dh", "auth", "nonce")),
    }
)
log = structlog.get_logger("talkoot.tenants")
_tenant, _tie, _grant, _head = (model.__table__ for model in (TenantRow, Affiliation, RoleGrant, AuditHead))


def export(settings: Settings, registry: Registry, slug: str, to: Path) -> dict[str, Any]:
    """Write everything of a tenant, open or closed, into a new zip file; returns its manifest.

    All tables are as they were at one moment. Raises NotFoundError, InvalidError, or OSError when the file cannot be
    written; then there is no file.
    """
    with _one_moment(settings) as connection:
        tenant = _find(connection, slug)
        isolation.name_tenant(connection, tenant.id)
        _refuse_tables_unknown(connection, tenant)
        folder = _uploads(settings, tenant.id)
        if to.resolve().is_relative_to(folder.resolve()):
            raise InvalidError("The file cannot lie in the folder that is to be exported.")
        with packing.whole_file(to) as file, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            manifest = _manifest(connection, registry, tenant)
            for one in _tables(connection):
                manifest["rows"][one.name] = _write_rows(archive, connection, one, tenant.id)
            manifest["uploads"] = packing.add_uploads(archive, folder)
            manifest["uploads"] += packing.add_kept(archive, storage.of(settings, registry), tenant.id)
            archive.writestr("manifest.json", json.dumps(manifest, default=_plain, ensure_ascii=False, indent=1))
    return manifest


@dataclass(frozen=True)
class Removed:
    """What a deletion took: how many rows, and how many roles in other tenants ended with a tie to this one.

    `untied` are the ids of those that were tied to it, in either direction, for a line in the log of each.
    """

    id: int
    name: str
    rows: int
    roles_ended: int
    untied: tuple[int, ...]


def remove(settings: Settings, registry: Registry, slug: str) -> Removed:
    """Delete a closed tenant: its rows, addresses and ties in one transaction, then its uploads.

    Raises what `remove_rows` raises, and OSError when its uploads could not be deleted (its rows are gone then).
    """
    removed = remove_rows(settings, slug)
    remove_uploads(settings, registry, removed.id)
    return removed


def remove_uploads(settings: Settings, registry: Registry, tenant_id: int) -> None:
    """Delete the files of a tenant whose rows are gone, wherever they lie; raises OSError."""
    files = storage.of(settings, registry)
    for one in list(files.kept(tenant_id)):
        files.delete(Key(tenant_id, one.name))
    with suppress(FileNotFoundError):  # it never had any
        shutil.rmtree(_uploads(settings, tenant_id))


def remove_rows(settings: Settings, slug: str) -> Removed:
    """Delete a closed tenant's rows, addresses and ties in one transaction: killed in the middle, nothing has happened.

    Accounts stay, even those without a membership now: they belong to the installation. Raises NotFoundError, InvalidError
    when it is open.
    """
    engine = owner_engine(settings)
    try:
        with engine.begin() as connection:
            tenant = _find(connection, slug, held=True)
            if tenant.closed_at is None:
                raise InvalidError(f"{slug} is open. Close it first: talkoot tenant close {slug}")
            isolation.name_tenant(connection, tenant.id)
            _refuse_tables_unknown(connection, tenant)
            ties = _ties_of(connection, tenant.id)
            ended = sum(_end_roles(connection, tie_id, other_id) for tie_id, other_id in ties)
            isolation.name_tenant(connection, tenant.id)
            heads = connection.execute(select(_head).where(_head.c.tenant_id == tenant.id)).all()
            rows = sum(_delete_rows(connection, one, tenant.id) for one in reversed(_tables(connection)))
            registering.moved(connection)
    finally:
        engine.dispose()
    ends = {head.log: f"{head.seq} {head.chain}" for head in heads}  # compare them with heads that were kept elsewhere
    log.info("tenant_deleted", tenant=slug, id=tenant.id, rows=rows, roles_ended=ended, log_heads=ends)
    name = identity.joined(tenant.names, tenant.languages)
    return Removed(tenant.id, name, rows, ended, tuple(sorted({other_id for _, other_id in ties})))


@contextmanager
def _one_moment(settings: Settings) -> Iterator[Connection]:
    """The owner's connection, reading all tables as they are at one moment; nobody has to wait for it."""
    engine = owner_engine(settings)
    options: dict[str, Any] = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    if settings.is_sqlite:
        options = {"talkoot_reading": True}
    try:
        with engine.connect().execution_options(**options) as connection:
            yield connection
    finally:
        engine.dispose()


def _find(connection: Connection, slug: str, *, held: bool = False) -> Any:
    """The tenant's row, open or closed; `held`: until the commit nobody else adds a row of it."""
    query = select(_tenant).where(_tenant.c.slug == slug)
    found = connection.execute(query.with_for_update() if held else query).one_or_none()
    if found is None:
        raise NotFoundError(f"There is no site called {slug}, open or closed.")
    return found


def _tables(connection: Connection) -> list[Table]:
    """Every table with rows of one tenant, parents before children: the tenant's own row first."""
    present = set(inspect(connection).get_table_names())
    return [t for t in Base.metadata.sorted_tables if t.name in present and (t is _tenant or "tenant_id" in t.c)]


def _refuse_tables_unknown(connection: Connection, tenant: Any) -> None:
    """Raise InvalidError for rows of a plugin that is not installed any more: unknown, they would be left out or behind."""
    inspector = inspect(connection)
    for name in sorted(set(inspector.get_table_names()) - Base.metadata.tables.keys()):
        if "tenant_id" not in {found["name"] for found in inspector.get_columns(name)}:
            continue
        unknown = table(name, column("tenant_id"))
        if connection.execute(select(unknown).where(unknown.c.tenant_id == tenant.id).limit(1)).first():
            raise InvalidError(
                f"{tenant.slug} has rows in {name}, whose plugin is not installed. Install it again first."
            )


def _key(of: Table) -> Column[Any]:
    return of.c.id if of is _tenant else of.c.tenant_id


def _uploads(settings: Settings, tenant_id: int) -> Path:
    return storage.folder_of(settings.instance, tenant_id)


# --- the file -----------------------------------------------------------------------------------------------------


def _manifest(connection: Connection, registry: Registry, tenant: Any) -> dict[str, Any]:
    versions = {"core": __version__, **{name: loaded.plugin.version for name, loaded in registry.plugins.items()}}
    revisions = migrate.revisions(connection, registry)
    others = select(_tenant.c.id, _tenant.c.slug).join(_tie, _tie.c.other_id == _tenant.c.id)
    return {
        "format": FORMAT,
        "tenant": {key: getattr(tenant, key) for key in ("id", "slug", "kind", "code", "names", "languages")},
        "made_at": clock.now(),
        "components": {name: {"version": v, "revision": revisions.get(name)} for name, v in versions.items()},
        "tied_to": {str(row.id): row.slug for row in connection.execute(others.where(_tie.c.tenant_id == tenant.id))},
        "rows": {},
    }


def _write_rows(archive: zipfile.ZipFile, connection: Connection, of: Table, tenant_id: int) -> int:
    """One line of JSON for each row, in the order of the key; returns how many."""
    query = select(*_columns(of)).where(_key(of) == tenant_id).order_by(*of.primary_key.columns)
    count = 0
    with archive.open(f"tables/{of.name}.jsonl", "w", force_zip64=True) as file:
        for row in connection.execute(query, execution_options={"yield_per": BLOCK}).mappings():
            line = json.dumps(dict(row), default=_plain, ensure_ascii=False, allow_nan=False)
            file.write(f"{line}\n".encode())
            count += 1
    return count


def _columns(of: Table) -> list[Column[Any]]:
    return [
        one
        for one in of.columns
        if (of.name, one.name) not in WITHHELD
        and not any(key.column.table is Person.__table__ for key in one.foreign_keys)
    ]


def _plain(value: Any) -> Any:
    """What JSON has no type for: ids as text, times as ISO 8601 in UTC, bytes in base 64."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return b64encode(value).decode()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"a {type(value).__name__} cannot be exported")


# --- the removal --------------------------------------------------------------------------------------------------


def _delete_rows(connection: Connection, of: Table, tenant_id: int) -> int:
    mine = _key(of) == tenant_id
    if of is _tie:
        mine = or_(mine, _tie.c.other_id == tenant_id)
    return connection.execute(delete(of).where(mine)).rowcount


def _ties_of(connection: Connection, tenant_id: int) -> list[tuple[UUID, int]]:
    """The tenant's ties in either direction: (the tie, the other tenant)."""
    ties = connection.execute(select(_tie).where(or_(_tie.c.tenant_id == tenant_id, _tie.c.other_id == tenant_id)))
    return [(tie.id, tie.other_id if tie.tenant_id == tenant_id else tie.tenant_id) for tie in ties]


def _end_roles(connection: Connection, tie_id: UUID, other_id: int) -> int:
    """Roles that a tie gave in the other tenant end with it, and name it no longer; returns how many did."""
    zone = connection.execute(select(_tenant.c.time_zone).where(_tenant.c.id == other_id)).scalar_one()
    today = clock.today(zone)
    isolation.name_tenant(connection, other_id)
    given = (_grant.c.tenant_id == other_id, _grant.c.tie_id == tie_id)
    running = or_(_grant.c.valid_to.is_(None), _grant.c.valid_to > today)
    connection.execute(update(_grant).where(*given, running).values(valid_to=today))
    return connection.execute(update(_grant).where(*given).values(tie_id=None)).rowcount

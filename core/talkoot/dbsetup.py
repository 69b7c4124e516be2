"""Prepares a PostgreSQL database once, as its administrator: its roles, and what is taken from everybody else.

`talkoot_owner` owns the tables and runs migrations, `talkoot_app` is what the web and the worker use and is bound by
row-level security, `talkoot_backup` reads everything, `talkoot_search` signs in nowhere and owns one function. Each step
stands alone, so that one a managed database forbids is named and the others are still done. Running it again changes nothing.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import quote

import psycopg
from psycopg import conninfo, errors

from talkoot.db.isolation import APP_ROLE, BACKUP_ROLE, OWNER_ROLE, SEARCH_ROLE
from talkoot.errors import SetupError

ROLES = {OWNER_ROLE: "BYPASSRLS", APP_ROLE: "NOBYPASSRLS NOSUPERUSER", BACKUP_ROLE: "BYPASSRLS"}
SET_CONFIG = "pg_catalog.set_config(text, text, boolean)"
NOT_DONE = ("01006", "01007")  # privilege not revoked, not granted
LOCK = 0x7461_726F  # roles belong to the whole server, so two set-ups wait for each other
DATABASE_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class Step:
    """One statement and what it is for; `layer` is the check of `talkoot doctor` that misses it."""

    sql: str
    purpose: str
    layer: str = ""


@dataclass(frozen=True)
class Outcome:
    """What happened to a step; `refused` holds the server's own words when it was not allowed."""

    step: Step
    refused: str = ""


def new_passwords() -> dict[str, str]:
    """A random password for each role."""
    return {role: secrets.token_urlsafe(24) for role in ROLES}


def steps(database: str, passwords: Mapping[str, str]) -> list[Step]:
    """Everything to be run in the new database, in order. Roles without a password here keep the one they have."""
    owner, bound, backup = OWNER_ROLE, APP_ROLE, BACKUP_ROLE
    return [
        *(_make_role(role) for role in (*ROLES, SEARCH_ROLE)),
        *(Step(f"ALTER ROLE {role} LOGIN", "the role may sign in") for role in ROLES),
        *(
            Step(f"ALTER ROLE {role} {rights}", "how row-level security binds the role", "bound role")
            for role, rights in ROLES.items()
        ),
        *(
            Step(f"ALTER ROLE {r} PASSWORD {_literal(secret)}", "how the role signs in")
            for r, secret in passwords.items()
        ),
        Step(_join_owner(), "an administrator who is no superuser must be a member to give the schema away"),
        Step(f"ALTER SCHEMA public OWNER TO {owner}", "migrations run as the owner", "ownership"),
        Step("REVOKE CREATE ON SCHEMA public FROM PUBLIC", "the application makes no tables", "create"),
        Step(f'REVOKE CREATE, TEMPORARY ON DATABASE "{database}" FROM PUBLIC', "nor temporary ones", "create"),
        Step(f'GRANT CONNECT, CREATE, TEMPORARY ON DATABASE "{database}" TO {owner}', "the owner may"),
        Step(f'GRANT CONNECT ON DATABASE "{database}" TO {bound}, {backup}', "the others connect"),
        Step(f"GRANT USAGE ON SCHEMA public TO {bound}, {backup}", "and see the tables"),
        Step(
            f"ALTER ROLE {SEARCH_ROLE} NOLOGIN BYPASSRLS",
            "search looks words up without reading every row",
            "definer functions",
        ),
        Step(f"GRANT {SEARCH_ROLE} TO {owner}", "migrations give its one function to it", "definer functions"),
        Step(f"GRANT USAGE ON SCHEMA public TO {SEARCH_ROLE}", "where the index is", "definer functions"),
        Step(f"REVOKE EXECUTE ON FUNCTION {SET_CONFIG} FROM PUBLIC", "no query can change its tenant", "set_config"),
        Step(f"GRANT EXECUTE ON FUNCTION {SET_CONFIG} TO {owner}, {backup}", "dumps and restores need it"),
    ]


def _make_role(role: str) -> Step:
    """NOLOGIN until its rights are set: a half-made role opens nothing."""
    sql = (
        f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = '{role}') "
        f"THEN CREATE ROLE {role} NOLOGIN; END IF; END $$"
    )
    return Step(sql, "the role itself", "bound role")


def _join_owner() -> str:
    condition = "NOT (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)"
    return f"DO $$ BEGIN IF {condition} THEN EXECUTE format('GRANT {OWNER_ROLE} TO %I', current_user); END IF; END $$"


def missing_passwords(admin_dsn: str) -> dict[str, str]:
    """New passwords for the roles that are not there yet: those that exist keep theirs."""
    with _connect(admin_dsn) as connection:
        rows = connection.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY(%s)", [list(ROLES)])
        present = {row[0] for row in rows}
    return {role: secret for role, secret in new_passwords().items() if role not in present}


def apply(admin_dsn: str, database: str, passwords: Mapping[str, str]) -> list[Outcome]:
    """Make the database when it is not there, then run every step in it; refused steps are reported, not raised.

    Raises SetupError when the server does not answer or the name is not one.
    """
    _check_name(database)
    with _connect(admin_dsn) as gate:
        gate.execute("SELECT pg_catalog.pg_advisory_lock(%s)", [LOCK])
        make_database(admin_dsn, database)
        with _connect(conninfo.make_conninfo(admin_dsn, dbname=database)) as connection:
            return [_run(connection, step) for step in steps(database, passwords)]


def make_database(admin_dsn: str, database: str) -> bool:
    """An empty UTF-8 database; returns whether it had to be made."""
    _check_name(database)
    with _connect(admin_dsn) as connection:
        if connection.execute("SELECT 1 FROM pg_catalog.pg_database WHERE datname = %s", [database]).fetchone():
            return False
        connection.execute(f"CREATE DATABASE \"{database}\" ENCODING 'UTF8' TEMPLATE template0".encode())
    return True


def _run(connection: psycopg.Connection[tuple[object, ...]], step: Step) -> Outcome:
    """Run a step. A GRANT or REVOKE one may not make is only warned about by the server; that counts as refused too."""
    warnings: list[str] = []

    def listen(notice: errors.Diagnostic) -> None:
        if notice.sqlstate in NOT_DONE:
            warnings.append(notice.message_primary or "")

    connection.add_notice_handler(listen)
    try:
        connection.execute(step.sql.encode())
    except (errors.InsufficientPrivilege, errors.FeatureNotSupported) as error:
        return Outcome(step, str(error).splitlines()[0])
    finally:
        connection.remove_notice_handler(listen)
    return Outcome(step, "; ".join(warnings))


def _connect(dsn: str) -> psycopg.Connection[tuple[object, ...]]:
    try:
        return psycopg.connect(dsn, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise SetupError(f"The database server does not let us in: {str(error).strip().splitlines()[0]}") from error
    except psycopg.ProgrammingError as error:
        raise SetupError(f"This is not a PostgreSQL address: {str(error).strip().splitlines()[0]}") from error


def url(admin_dsn: str, database: str, role: str, password: str | None) -> str:
    """The address of the database for a role, as it stands in settings.toml; without a password when it is unknown."""
    given = conninfo.conninfo_to_dict(admin_dsn)
    host, port = str(given.get("host") or "localhost"), given.get("port")
    sign_in = f"{role}:{quote(password)}" if password else role
    if host.startswith("/"):  # a Unix socket
        return f"postgresql://{sign_in}@/{database}?host={quote(host)}" + (f"&port={port}" if port else "")
    return f"postgresql://{sign_in}@{host}{f':{port}' if port else ''}/{database}"


def script(steps: Iterable[Step]) -> str:
    """The statements with their purposes, to be read or to be run by hand."""
    return "\n".join(f"-- {step.purpose}\n{step.sql};" for step in steps)


def _check_name(database: str) -> None:
    if not DATABASE_NAME.fullmatch(database):
        raise SetupError(f"{database!r} cannot be a database's name: use small letters, digits and underscores")


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

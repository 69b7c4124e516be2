"""What the database itself does to keep tenants apart, and the linter that checks it is really there.

PostgreSQL: forced row-level security with a plain comparison, applied after every migration to every tenant-owned
table, so that no author of a migration can forget it. SQLite: triggers on each connection that refuse foreign writes.
The experiment behind it, and what each layer does not cover, is told in docs/isolation.md.
"""

from __future__ import annotations

import hashlib
import sqlite3
import weakref
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, ForeignKeyConstraint, Table, UniqueConstraint, text

from talkoot.db.model import Base, is_tenant_owned, tenant_tables
from talkoot.search import full_text

APP_ROLE, OWNER_ROLE, BACKUP_ROLE = "talkoot_app", "talkoot_owner", "talkoot_backup"
SEARCH_ROLE = full_text.ROLE  # nobody signs in as it; it owns the one function that looks into the index of words
POLICY = "tenant_id = NULLIF(current_setting('talkoot.tenant', true), '')::int"

# The installation's own tables, a closed list: a table that is neither here nor led by tenant_id is refused.
INSTALLATION_TABLES = frozenset(
    {"tenant", "tenant_host", "tenant_slug", "tenant_stamp", "tenant_summary", "affiliation"}
    | {"installation_text", "person", "person_session", "sign_in_attempt", "outbox", "schedule_tick"}
    | {"mail_stranger", "mail_bounce"}
)
# The application never changes these; commands do, as the installation.
APPEND_ONLY = frozenset({"audit_entry"})


def secure(connection: Connection) -> None:
    """PostgreSQL, as owner, after migrations: policies on tenant-owned tables, grants for the bound role. Idempotent.

    A table whose policy is right already is left alone: writing it anew would keep everybody from the table meanwhile.
    """
    for name in _tables_without_policy(connection):
        for statement in _policy_statements(name):
            connection.exec_driver_sql(statement)
    present = set(connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")))
    if not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": APP_ROLE}):
        return
    for name in sorted(present):
        rights = "SELECT, INSERT" if name in APPEND_ONLY else "SELECT, INSERT, UPDATE, DELETE"
        if name.startswith("alembic_version_"):
            rights = "SELECT"
        connection.exec_driver_sql(f'GRANT {rights} ON "{name}" TO {APP_ROLE}')
        connection.exec_driver_sql(f'GRANT SELECT ON "{name}" TO {BACKUP_ROLE}')
    connection.exec_driver_sql(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}, {BACKUP_ROLE}")
    _secure_search(connection)


def _secure_search(connection: Connection) -> None:
    """Give the function of search to its role, which must be able to make things in the schema for that moment."""
    function, role = f"{full_text.FUNCTION}{full_text.SIGNATURE}", SEARCH_ROLE
    owned = "SELECT pg_get_userbyid(proowner) FROM pg_proc WHERE proname = :f AND pronamespace = CAST(current_schema() AS regnamespace)"
    owner = connection.scalar(text(owned), {"f": full_text.FUNCTION})
    if owner is None:
        return
    connection.exec_driver_sql(f"GRANT EXECUTE ON FUNCTION {function} TO {APP_ROLE}")
    if owner == role or not connection.scalar(text("SELECT 1 FROM pg_roles WHERE rolname = :r"), {"r": role}):
        return
    connection.exec_driver_sql(f"GRANT SELECT ON search_entry TO {role}")
    connection.exec_driver_sql(f"GRANT CREATE ON SCHEMA public TO {role}")
    connection.exec_driver_sql(f"ALTER FUNCTION {function} OWNER TO {role}")
    connection.exec_driver_sql(f"REVOKE CREATE ON SCHEMA public FROM {role}")


def _tables_of_tenants(connection: Connection) -> list[str]:
    """The live tables with a tenant_id, whether a model of theirs is loaded or not: asking the models once missed two."""
    query = (
        "SELECT c.table_name FROM information_schema.columns c JOIN information_schema.tables t"
        " ON t.table_schema = c.table_schema AND t.table_name = c.table_name AND t.table_type = 'BASE TABLE'"
        " WHERE c.table_schema = current_schema() AND c.column_name = 'tenant_id' ORDER BY c.table_name"
    )
    return [name for name in connection.scalars(text(query)) if name not in INSTALLATION_TABLES]


def _tables_without_policy(connection: Connection) -> list[str]:
    """The tables of tenants that `lint_database` would complain of."""
    names = {"tenant_tables": _tables_of_tenants(connection)}
    checks = [text(LIVE_CHECKS[check][1]) for check in ("row-level security", "policy")]
    return sorted({name for check in checks for name in connection.scalars(check, names)})


def _policy_statements(name: str) -> Iterator[str]:
    yield f'ALTER TABLE "{name}" ENABLE ROW LEVEL SECURITY'
    yield f'ALTER TABLE "{name}" FORCE ROW LEVEL SECURITY'
    yield f'DROP POLICY IF EXISTS tenant_only ON "{name}"'
    yield f'CREATE POLICY tenant_only ON "{name}" USING ({POLICY}) WITH CHECK ({POLICY})'


def name_tenant(connection: Connection, tenant_id: int | None) -> None:
    """From here to its end a transaction is this tenant's, for PostgreSQL's policies and SQLite's triggers; None: nobody's."""
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        scope = int(tenant_id) if tenant_id is not None else ""
        connection.execute(text(f"SET LOCAL talkoot.tenant = '{scope}'"))
    elif hasattr(driver, "tenant_id"):  # the owner's connection has no triggers
        driver.tenant_id = tenant_id


def add_write_triggers(connection: sqlite3.Connection) -> None:
    """SQLite: temporary triggers that abort a write to any row of another tenant, by whatever path it comes."""
    known = weakref.ref(connection)

    def app_tenant() -> int | None:
        live: Any = known()
        return live.tenant_id if live else None

    connection.create_function("app_tenant", 0, app_tenant)
    present = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table in tenant_tables():
        if table.name not in present:
            continue
        for verb, rows in (("INSERT", ("NEW",)), ("UPDATE", ("NEW", "OLD")), ("DELETE", ("OLD",))):
            foreign = " OR ".join(f"{row}.tenant_id IS NOT app_tenant()" for row in rows)
            if table.name in APPEND_ONLY and verb != "INSERT":
                foreign = "1"  # PostgreSQL grants neither
            connection.execute(
                f"CREATE TEMP TRIGGER {table.name}_{verb.lower()}_own BEFORE {verb} ON main.{table.name} WHEN {foreign} "
                f"BEGIN SELECT RAISE(ABORT, 'row of another tenant: {table.name}'); END"
            )


# --- the linter ---------------------------------------------------------------------------------------------------


def lint_models() -> list[str]:
    """What is wrong with the declared tables, one sentence each; empty when every key and constraint is led by tenant."""
    return [problem for table in Base.metadata.sorted_tables for problem in _lint_table(table)]


def _lint_table(table: Table) -> Iterator[str]:
    if table.name in INSTALLATION_TABLES:
        return
    if not is_tenant_owned(table):
        yield f"{table.name}: neither tenant-owned (primary key tenant_id, …) nor an installation table"
        return
    for constraint in table.constraints:
        columns = [column.name for column in getattr(constraint, "columns", ())]
        if isinstance(constraint, UniqueConstraint) and columns[0] != "tenant_id":
            yield f"{table.name}: unique({', '.join(columns)}) does not start with tenant_id"
        if isinstance(constraint, ForeignKeyConstraint) and is_tenant_owned(constraint.referred_table):
            pairs = [(e.parent.name, e.column.name) for e in constraint.elements]
            if pairs[0] != ("tenant_id", "tenant_id"):
                yield f"{table.name}: foreign key to {constraint.referred_table.name} is not led by tenant_id"
    for index in table.indexes:
        first = next(iter(index.columns), None)
        if index.unique and (first is None or first.name != "tenant_id"):
            yield f"{table.name}: unique index {index.name} does not start with tenant_id"


# POLICY as PostgreSQL (since version 12) writes it back, as a literal of SQL; the colons are escaped for text().
STORED_POLICY = r"'(tenant_id = (NULLIF(current_setting(''talkoot.tenant''\:\:text, true), ''''\:\:text))\:\:integer)'"

LIVE_CHECKS: dict[str, tuple[str, str]] = {
    "row-level security": (
        "{0}: row-level security is not enabled and forced",
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()"
        " WHERE c.relname = ANY(:tenant_tables) AND NOT (c.relrowsecurity AND c.relforcerowsecurity)",
    ),
    "policy": (
        "{0}: its policy tenant_only is not there, or lets more through than the rows of the tenant that is set",
        "SELECT t FROM unnest(CAST(:tenant_tables AS text[])) t WHERE EXISTS (SELECT 1 FROM pg_tables WHERE tablename = t"  # noqa: S608
        " AND schemaname = current_schema()) AND NOT EXISTS (SELECT 1 FROM pg_policies p WHERE p.tablename = t"
        f" AND p.schemaname = current_schema() AND p.policyname = 'tenant_only' AND p.cmd = 'ALL' AND p.qual = {STORED_POLICY}"
        f" AND p.with_check = {STORED_POLICY})",
    ),
    "other policies": (
        "{0}: a policy beside tenant_only may let other tenants' rows through",
        "SELECT DISTINCT tablename FROM pg_policies WHERE tablename = ANY(:tenant_tables) AND schemaname = current_schema()"
        " AND policyname <> 'tenant_only' AND permissive = 'PERMISSIVE'",
    ),
    "bound role": (
        "the application's role is, or may become, {0}, which can bypass row-level security",
        "SELECT rolname FROM pg_roles WHERE (rolsuper OR rolbypassrls) AND pg_has_role(current_user, oid, 'MEMBER')",
    ),
    "ownership": (
        "the application's role owns {0}",
        "SELECT c.relname FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner JOIN pg_namespace n"
        " ON n.oid = c.relnamespace AND n.nspname = current_schema() WHERE r.rolname = current_user AND c.relkind = 'r'",
    ),
    "truncate": (
        "the application's role may truncate {0}",
        "SELECT t FROM unnest(CAST(:tenant_tables AS text[])) t WHERE EXISTS (SELECT 1 FROM pg_tables WHERE tablename = t"
        " AND schemaname = current_schema()) AND has_table_privilege(current_user, quote_ident(t), 'TRUNCATE')",
    ),
    "create": (
        "the application's role may create tables in schema {0}",
        "SELECT current_schema() WHERE has_schema_privilege(current_user, current_schema(), 'CREATE')",
    ),
    "set_config": (
        "the application's role may call {0}, so an injected query could change its tenant",
        "SELECT 'set_config' WHERE has_function_privilege(current_user, 'pg_catalog.set_config(text, text, boolean)',"
        " 'EXECUTE')",
    ),
    "views": (
        "view {0} runs with its owner's rights",
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = current_schema()"
        " WHERE c.relkind = 'm' OR (c.relkind = 'v' AND NOT COALESCE(c.reloptions @> ARRAY['security_invoker=true'], false))",
    ),
    "definer functions": (
        "function {0} runs with its owner's rights and is open to the application",
        "SELECT p.proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname = current_schema()"  # noqa: S608
        " WHERE p.prosecdef AND has_function_privilege(current_user, p.oid, 'EXECUTE') AND NOT (p.proname = "
        f"'{full_text.FUNCTION}' AND pg_get_userbyid(p.proowner) = '{SEARCH_ROLE}' AND p.proconfig @> ARRAY['search_path=pg_catalog']"
        f" AND encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex') = '{hashlib.sha256(full_text.BODY.encode()).hexdigest()}')",
    ),
    "durable commits": (
        "synchronous_commit is {0}: acknowledged posts may be lost in a crash",
        "SELECT current_setting('synchronous_commit') WHERE current_setting('synchronous_commit') = 'off'",
    ),
}


def lint_database(connection: Connection, accepted: tuple[str, ...] = ()) -> list[str]:
    """PostgreSQL, as the application's role: which layers are missing in the live database, one sentence each.

    `accepted` names checks (keys of LIVE_CHECKS) the operator has knowingly given up on a managed database.
    """
    names = _tables_of_tenants(connection)
    problems = []
    for check, (sentence, query) in LIVE_CHECKS.items():
        if check in accepted:
            continue
        parameters = {"tenant_tables": names} if ":tenant_tables" in query else {}
        found = connection.execute(text(query), parameters).scalars()
        problems += [sentence.format(name) for name in found]
    return problems

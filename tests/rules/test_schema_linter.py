"""The linter of DESIGN 5.4: silent on our schema, and loud about each way to break it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import (
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    create_engine,
    text,
)

from talkoot import migrate, registry
from talkoot.db.isolation import LIVE_CHECKS, lint_database, lint_models
from talkoot.db.model import Base, tenant_tables
from talkoot.testing import installations
from talkoot.testing.postgres import ADMIN, Cluster


def own_key() -> list[Column[int]]:
    return [
        Column("tenant_id", Integer, ForeignKey("tenant.id"), primary_key=True),
        Column("id", Integer, primary_key=True),
    ]


SABOTAGED_MODELS = {
    "no tenant at all": lambda: Table("sabotage", Base.metadata, Column("id", Integer, primary_key=True)),
    "tenant not in the key": lambda: Table(
        "sabotage", Base.metadata, Column("id", Integer, primary_key=True), Column("tenant_id", Integer, ForeignKey("tenant.id"))
    ),
    "tenant second in the key": lambda: Table("sabotage", Base.metadata, *reversed(own_key())),
    "unique for all tenants": lambda: Table("sabotage", Base.metadata, *own_key(), Column("slug", Integer), UniqueConstraint("slug")),
    "unique column": lambda: Table("sabotage", Base.metadata, *own_key(), Column("slug", Integer, unique=True)),
    "unique, tenant second": lambda: Table(
        "sabotage", Base.metadata, *own_key(), Column("slug", Integer), UniqueConstraint("slug", "tenant_id")
    ),
    "unique index for all": lambda: Table("sabotage", Base.metadata, *own_key(), Column("n", Integer), Index("ix_n", "n", unique=True)),
    "key to another tenant's row": lambda: Table(
        "sabotage", Base.metadata, *own_key(), Column("post_id", Integer), ForeignKeyConstraint(["post_id"], ["post.id"])
    ),
    "key led by something else": lambda: Table(
        "sabotage", Base.metadata, *own_key(), Column("of", Integer), Column("post_id", Integer),
        ForeignKeyConstraint(["of", "post_id"], ["post.tenant_id", "post.id"]),
    ),
}  # fmt: skip


def test_our_models_are_clean():
    assert lint_models() == []


@pytest.mark.parametrize("sabotage", SABOTAGED_MODELS)
def test_a_sabotaged_model_is_found(sabotage):
    table = SABOTAGED_MODELS[sabotage]()
    try:
        problems = lint_models()
    finally:
        Base.metadata.remove(table)
    assert [p for p in problems if p.startswith("sabotage")], f"not found; the linter said {problems}"
    assert lint_models() == []


# --- the live database --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def linted(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    name = f"linted_{worker_id}"
    cluster.create(name)
    migrate.upgrade(installations.settings(tmp_path_factory.mktemp("linted"), name, cluster), registry.load())
    yield name
    cluster.drop(name)


@pytest.fixture
def lint(cluster: Cluster, linted: str):
    def run(role: str = "talkoot_app", options: str = "") -> list[str]:
        engine = create_engine(
            cluster.url(linted, role).replace("postgresql:", "postgresql+psycopg:"), connect_args={"options": options}
        )
        with engine.connect() as connection:
            found = lint_database(connection)
        engine.dispose()
        return found

    return run


def test_our_database_is_clean(lint):
    assert lint() == []


SABOTAGE = {
    "row-level security": ("ALTER TABLE post NO FORCE ROW LEVEL SECURITY", "ALTER TABLE post FORCE ROW LEVEL SECURITY"),
    "row-level security off": (
        "ALTER TABLE post DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE post ENABLE ROW LEVEL SECURITY",
    ),
    "policy": (
        "ALTER POLICY tenant_only ON post RENAME TO kept; DROP POLICY kept ON post; "
        "CREATE POLICY tenant_only ON post FOR SELECT USING (true)",
        "DROP POLICY tenant_only ON post; CREATE POLICY tenant_only ON post "
        "USING (tenant_id = NULLIF(current_setting('talkoot.tenant', true), '')::int) "
        "WITH CHECK (tenant_id = NULLIF(current_setting('talkoot.tenant', true), '')::int)",
    ),
    "open policy beside ours": (
        "CREATE POLICY open ON post USING (true) WITH CHECK (true)",
        "DROP POLICY open ON post",
    ),
    "truncate": ("GRANT TRUNCATE ON post TO talkoot_app", "REVOKE TRUNCATE ON post FROM talkoot_app"),
    "create": ("GRANT CREATE ON SCHEMA public TO PUBLIC", "REVOKE CREATE ON SCHEMA public FROM PUBLIC"),
    "ownership": ("ALTER TABLE post OWNER TO talkoot_app", "ALTER TABLE post OWNER TO talkoot_owner"),
    "set_config": (
        "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO PUBLIC",
        "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC",
    ),
    "views": ("CREATE VIEW shortcut AS SELECT * FROM post", "DROP VIEW shortcut"),
    "views, materialised": (
        "CREATE MATERIALIZED VIEW shortcut AS SELECT * FROM post",
        "DROP MATERIALIZED VIEW shortcut",
    ),
    "definer functions": (
        "CREATE FUNCTION shortcut() RETURNS bigint SECURITY DEFINER LANGUAGE sql AS 'SELECT count(*) FROM post'",
        "DROP FUNCTION shortcut()",
    ),
}


@pytest.mark.parametrize("sabotage", SABOTAGE)
def test_a_sabotaged_database_is_found(cluster, linted, lint, sabotage):
    do, undo = SABOTAGE[sabotage]
    with cluster.connect(linted, ADMIN) as admin:
        admin.execute(do.encode())
        try:
            problems = lint()
        finally:
            admin.execute(undo.encode())
    assert len(problems) >= 1, sabotage
    assert lint() == []


def test_a_role_that_bypasses_everything_is_found(lint):
    problems = lint(role=ADMIN)
    assert any("can bypass row-level security" in p for p in problems)


def test_commits_that_may_be_lost_are_found(lint):
    assert any("synchronous_commit is off" in p for p in lint(options="-c synchronous_commit=off"))


def test_an_invoker_view_is_no_problem(cluster, linted, lint):
    with cluster.connect(linted, "talkoot_owner") as owner:
        owner.execute("CREATE VIEW harmless WITH (security_invoker = true) AS SELECT * FROM post")
        assert lint() == []
        owner.execute("DROP VIEW harmless")


def test_a_layer_the_operator_gave_up_is_not_reported(cluster, linted):
    engine = create_engine(cluster.url(linted, ADMIN).replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        problems = lint_database(connection, accepted=tuple(LIVE_CHECKS))
    engine.dispose()
    assert problems == []


def test_the_linter_sees_each_tenant_table(linted, cluster):
    engine = create_engine(cluster.url(linted, "talkoot_app").replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        forced = _count(connection, "SELECT count(*) FROM pg_class WHERE relforcerowsecurity")
    engine.dispose()
    assert forced == len(tenant_tables())


def _count(connection: Connection, query: str) -> int:
    return int(connection.execute(text(query)).scalar_one())

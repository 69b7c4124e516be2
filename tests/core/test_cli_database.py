"""`talkoot db`: migrations, repairs, and the roles of a PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import select, update
from tests.core.commands import invoke

from talkoot import dbsetup
from talkoot.conversations.models import Conversation, Post
from talkoot_forums.models import Forum, Topic


def test_migrations_down_and_up(folder):
    invoke("init", "--without-operator")
    invoke("db", "check")
    invoke("db", "downgrade", "forums", "base", "--yes")
    assert "forums" in invoke("db", "check", code=1).stderr
    assert "talkoot db upgrade" in invoke("run", code=1).stderr
    assert "Migrated forums" in invoke("db", "upgrade").output
    invoke("db", "check")
    assert "No component is called nosuch" in invoke("db", "downgrade", "nosuch", "base", "--yes", code=1).stderr


def test_repair_mends_one_site(run, app, writing, reading, town, neighbour):
    def spoil(tenant) -> None:
        with writing(tenant) as db:
            for model, values in (
                (Conversation, {"post_count": 99}), (Topic, {"post_count": 99}), (Forum, {"topic_count": 99}),
                (Post, {"reactions": {"thanks": 99}}),
            ):  # fmt: skip
                db.execute(update(model).where(model.tenant_id == tenant.id).values(**values))

    def counters(tenant) -> list[object]:
        with reading(tenant) as db:
            return [
                sorted(str(value) for value in db.scalars(select(column).where(column.class_.tenant_id == tenant.id)))
                for column in (
                    Conversation.post_count,
                    Topic.post_count,
                    Forum.topic_count,
                    Post.reactions,
                )
            ]

    right = counters(town)
    spoil(town)
    spoil(neighbour)
    wrong = counters(neighbour)
    assert counters(town) != right
    run("db", "repair", "--tenant", "kokkola")
    assert counters(town) == right
    assert counters(neighbour) == wrong, "the neighbour was not asked for"
    run("db", "repair")
    assert counters(neighbour) != wrong


def test_render_anew_what_an_older_renderer_made(run, writing, reading, town):
    def pages() -> dict[object, str]:
        with reading(town) as db:
            return {row.id: row.html for row in db.execute(select(Post.id, Post.html).where(Post.tenant_id == town.id))}

    right = pages()
    with writing(town) as db:
        db.execute(update(Post).where(Post.tenant_id == town.id).values(html="old", renderer=0))
    assert f"{len(right)} posts" in run("db", "render").output
    assert pages() == right
    assert "0 posts" in run("db", "render").output


@pytest.fixture
def server(cluster, tmp_path) -> Iterator[str]:
    """A PostgreSQL server's address as its administrator, and a name of a database that is not there yet."""
    name = f"cli_{os.getpid()}"
    yield name
    cluster.drop(name)


@pytest.mark.database("postgresql")
def test_db_init_binds_the_application(database_kind, cluster, server):
    admin = cluster.url("postgres", "postgres")
    first = invoke("db", "init", "--admin-dsn", admin, "--database", server).output
    assert "ALTER SCHEMA public OWNER TO talkoot_owner" in first
    assert f"/{server}?host=" in first
    invoke("db", "init", "--admin-dsn", admin, "--database", server)
    with cluster.connect(server, "talkoot_app") as bound:
        for forbidden in (
            "CREATE TABLE t (x int)",
            "CREATE TEMPORARY TABLE t (x int)",
            "SELECT set_config('talkoot.tenant', '1', false)",
        ):
            with pytest.raises(Exception, match="permission denied"):
                bound.execute(forbidden.encode())
    with cluster.connect(server) as connection:
        rows = connection.execute(
            "SELECT rolname, rolbypassrls, rolsuper FROM pg_roles WHERE rolname LIKE 'talkoot_%'"
        ).fetchall()
    past_policies = {"talkoot_owner", "talkoot_backup", "talkoot_search"}
    assert set(rows) == {("talkoot_app", False, False), *((name, True, False) for name in past_policies)}


@pytest.mark.database("postgresql")
def test_db_init_print_changes_nothing(database_kind, cluster, server):
    shown = invoke(
        "db", "init", "--admin-dsn", cluster.url("postgres", "postgres"), "--database", server, "--print"
    ).output
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config" in shown
    with cluster.connect() as connection:
        assert connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [server]).fetchone() is None


@pytest.mark.database("postgresql")
def test_db_init_names_what_is_refused(database_kind, cluster, server):
    """An administrator who may make neither roles nor databases of others gets each refusal with its layer."""
    with cluster.connect() as connection:
        connection.execute("DROP ROLE IF EXISTS small_admin")
        connection.execute("CREATE ROLE small_admin LOGIN CREATEDB CREATEROLE")
    try:
        outcomes = dbsetup.apply(cluster.url("postgres", "small_admin"), server, {})
        refused = {outcome.step.layer for outcome in outcomes if outcome.refused}
        assert "set_config" in refused
        assert any(not outcome.refused for outcome in outcomes), "the others were done all the same"
    finally:
        cluster.drop(server)
        with cluster.connect() as connection:
            connection.execute("DROP OWNED BY small_admin")
            connection.execute("DROP ROLE small_admin")


@pytest.mark.parametrize("name", ["Upper", "with space", 'x"; DROP DATABASE y', "1number", ""])
def test_names_of_databases(name):
    refused = invoke(
        "db", "init", "--admin-dsn", "host=127.0.0.1 port=1", "--database", name, "--new-passwords", code=1
    )
    assert "cannot be a database's name" in refused.stderr

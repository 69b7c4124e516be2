"""The command line: what each command does, that it can be run twice, and that it fails in plain words with the right code."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text, update

from talkoot import clock, config, dbsetup, i18n, migrate, registry
from talkoot.audit.models import AuditEntry
from talkoot.cli import LazyGroup, cli
from talkoot.cli.serving import Serving, public_url_of, warn_about_http
from talkoot.config import Settings
from talkoot.conversations.models import Conversation, Post, Reaction
from talkoot.db.engine import owner_engine
from talkoot.jobs.models import Outbox
from talkoot.people.models import Membership, Person
from talkoot_forums.models import Forum, Topic

PASSWORD = "koivu vene torstai"
Run = Callable[..., Result]


def invoke(*arguments: str, code: int = 0) -> Result:
    """Run a command in this process; shows what it said when its exit code is not the expected one."""
    with i18n.speaking("en"):  # a request of an earlier test may have spoken another language in this process
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    assert "Traceback" not in result.output
    return result


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty place for an installation."""
    place = tmp_path / "instance"
    monkeypatch.setenv("TALKOOT_INSTANCE", str(place))
    return place


@pytest.fixture
def run(app, monkeypatch) -> Run:
    """Commands on the furnished installation of the tests, with both towns in it."""
    settings = app.settings
    monkeypatch.setenv("TALKOOT_INSTANCE", str(settings.instance))
    monkeypatch.setenv("TALKOOT_SECRET_KEY", settings.secret_key)
    if not settings.is_sqlite:
        monkeypatch.setenv("TALKOOT_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("TALKOOT_OWNER_DATABASE_URL", settings.owner_database_url)
    return invoke


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(leaves(cli))


# --- all commands -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(path):
    shown = invoke(*path, "--help").output
    assert "Example" in shown
    assert f"talkoot {' '.join(path)}" in shown, "the example shows this command"
    for option in COMMANDS[path].params:
        if isinstance(option, click.Option):
            assert option.help, f"{option.name} has no help"


def test_the_commands_of_the_contract_are_there():
    assert {path[0] for path in COMMANDS} == {
        "init",
        "run",
        "demo",
        "db",
        "tenant",
        "text",
        "person",
        "plugin",
        "jobs",
        "audit",
        "doctor",
    }
    subjects = {" ".join(path) for path in COMMANDS}
    assert {"db init", "db upgrade", "db check", "db downgrade", "db revision", "db render", "db repair"} <= subjects
    assert {
        "jobs run",
        "jobs once",
        "jobs list",
        "jobs retry",
        "jobs drop",
        "plugin list",
        "plugin check",
        "plugin new",
        "tenant export",
        "tenant delete",
    } <= subjects
    assert isinstance(cli, LazyGroup)


def test_the_command_line_imports_nothing_heavy():
    code = "import sys, talkoot.cli; print([m for m in ('sqlalchemy', 'flask', 'rich', 'psycopg') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_usage_errors_exit_with_2():
    assert "No such command" in invoke("nosuch", code=2).output
    assert "No such option" in invoke("init", "--nosuch", code=2).output
    assert "Say which" in invoke("tenant", "import", code=2).output


@pytest.mark.parametrize(
    "command", [("run",), ("doctor",), ("tenant", "list"), ("jobs", "list"), ("db", "upgrade")], ids=" ".join
)
def test_without_an_installation_one_sentence(folder, command):
    assert "Make one with: talkoot init" in invoke(*command, code=1).stderr


def test_a_database_that_does_not_answer(folder, monkeypatch):
    invoke("init", "--without-operator")
    monkeypatch.setenv("TALKOOT_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    said = invoke("tenant", "list", code=1).stderr
    assert said.startswith("Error: The database does not do it")
    assert len(said.splitlines()) == 1


# --- init ---------------------------------------------------------------------------------------------------------


def test_init_makes_an_installation_once(folder):
    first = invoke("init", "--operator-email", "Anna@Example.fi", "--password", PASSWORD, "--name", "Foorumit")
    written = (folder / "settings.toml").read_text()
    values = tomllib.loads(written)
    assert len(values["secret_key"]) >= 48
    assert values["installation_name"] == "Foorumit"
    assert (folder / "settings.toml").stat().st_mode & 0o077 == 0, "nobody else may read the secret"
    assert "Migrated core" in first.output
    again = invoke("init", "--operator-email", "other@example.fi", "--password", PASSWORD, "--name", "Another")
    assert (folder / "settings.toml").read_text() == written
    assert "anna@example.fi" in again.output
    assert "Migrated" not in again.output
    listed = invoke("person", "list").output
    assert "anna@example.fi" in listed
    assert "other@example.fi" not in listed


def test_init_asks_nobody_where_nobody_is(folder):
    assert "--operator-email" in invoke("init", code=2).output
    assert not folder.exists(), "the second try begins anew"


def test_init_refuses_a_weak_password(folder):
    assert "8 to 128" in invoke("init", "--operator-email", "a@example.fi", "--password", "short", code=1).stderr
    assert not folder.exists(), "the second try begins anew"
    invoke("init", "--operator-email", "a@example.fi", "--password", PASSWORD, "--name", "Foorumit")
    assert 'installation_name = "Foorumit"' in (folder / "settings.toml").read_text()
    again = invoke("init")
    assert "There is an operator already (a@example.fi)" in again.output


def test_the_folder_is_its_owners(folder):
    invoke("init", "--without-operator")
    assert folder.stat().st_mode & 0o077 == 0, "the database in it is everybody's data"


def test_two_installations_have_two_secrets(tmp_path, monkeypatch):
    secrets = set()
    for name in ("one", "two"):
        monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / name))
        invoke("init", "--without-operator")
        secrets.add(tomllib.loads((tmp_path / name / "settings.toml").read_text())["secret_key"])
    assert len(secrets) == 2


# --- tenant -------------------------------------------------------------------------------------------------------


def test_import_is_idempotent_and_leaves_others_alone(run, app):
    before = {t.slug: dict(t.names) for t in app.directory.current().tenants}
    assert (
        "3 municipalities added, 1 were there"
        in run("tenant", "import", "--name", "Kaustby", "--code", "849", "--name", "Kokkola", "--code", "091").output
    )
    assert (
        "0 municipalities added, 4 were there"
        in run("tenant", "import", "--name", "Kaustinen", "--code", "849", "--name", "Karleby", "--code", "091").output
    )
    now = app.directory.current()
    assert {slug: dict(now.by_slug[slug].names) for slug in before} == before
    assert set(now.by_slug) - set(before) == {"kaustinen", "toholampi", "helsinki", "uusimaa"}
    assert now.by_alias["kaustby"].slug == "kaustinen"
    region = now.by_slug["kaustinen"].region_id
    assert region is not None
    assert now.by_id[region].code == "m16"


def test_import_refuses_what_is_not_in_the_key(run, app):
    assert "Atlantis" in run("tenant", "import", "--name", "Atlantis", "--name", "Kannus", code=2).output
    assert "kannus" not in app.directory.current().by_slug


def test_set_changes_one_site(run, app, neighbour):
    before = dict(neighbour.settings)
    run(
        "tenant",
        "set",
        "kokkola",
        "site.brand=#0b5f8a",
        "answers.days=21",
        "name.en=Kokkola by the sea",
        "languages=fi,en",
    )
    now = app.directory.current().by_slug
    assert (now["kokkola"].setting("site.brand"), now["kokkola"].setting("answers.days")) == ("#0b5f8a", 21)
    assert now["kokkola"].name("en") == "Kokkola by the sea"
    assert now["kokkola"].languages == ("fi", "en")
    assert dict(now["kronoby"].settings) == before


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("site.brand=#ffff00", 1),
        ("answers.days=soon", 1),
        ("time_zone=Europe/Nowhere", 1),
        ("no.such=1", 2),
        ("nothing", 2),
    ],
)
def test_set_refuses_all_or_nothing(run, app, value, code):
    run("tenant", "set", "kokkola", "site.contact=somebody", value, code=code)
    assert app.directory.current().by_slug["kokkola"].setting("site.contact") == ""


def test_host(run, app):
    run("tenant", "host", "kokkola", "forum.example.net", "--canonical")
    now = app.directory.current()
    assert now.by_host["forum.example.net"].slug == "kokkola"
    assert "forum.example.net" in now.by_slug["kokkola"].url
    assert "another municipality" in run("tenant", "host", "kokkola", "forum.kronoby.example", code=1).stderr
    run("tenant", "host", "kokkola", "forum.example.net", "--remove")
    assert "forum.example.net" not in app.directory.current().by_host
    assert "kokkola" in app.directory.current().by_slug["kokkola"].url


def test_ties_have_dates(run, app):
    run("tenant", "add", "--kind", "cooperation", "--name", "fi=Järvi-Pohjanmaa", "--languages", "fi,en")
    tie = ("tenant", "tie", "kokkola", "jarvi-pohjanmaa", "--kind", "cooperation", "--from", "2009-01-01")
    run(*tie)
    now = app.directory.current()
    area = now.by_slug["jarvi-pohjanmaa"]
    assert area.languages == ("fi", "en")
    assert [t.slug for t in now.members_of(area)] == ["kokkola"]
    run(*tie, "--until", "2020-01-01")
    now = app.directory.current()
    assert now.members_of(now.by_slug["jarvi-pohjanmaa"]) == []
    assert len([tie for tie in now.ties if tie.other_id == area.id]) == 1, (
        "the same tie was ended, not another one made"
    )
    run(*tie, "--until", "2001-01-01", code=2)


def test_plugins_by_site_and_by_region(run, app):
    assert "forums is off in kokkola" in run("tenant", "plugin", "kokkola", "forums", "off").output
    now = app.directory.current().by_slug
    assert "forums" not in now["kokkola"].plugins
    assert "forums" in now["kronoby"].plugins
    said = run("tenant", "plugin", "keski-pohjanmaa", "forums", "--rule", "mandate").output
    assert "keski-pohjanmaa mandates forums for its municipalities" in said
    assert "forums" in app.directory.current().by_slug["kokkola"].plugins
    run("tenant", "plugin", "keski-pohjanmaa", "forums", "--rule", "forbid")
    assert "forums is off in kokkola" in run("tenant", "plugin", "kokkola", "forums", "on").output
    assert "no region" in run("tenant", "plugin", "kokkola", "forums", "--rule", "mandate", code=2).output
    assert "No plugin is called" in run("tenant", "plugin", "kokkola", "nosuch", "on", code=2).output


def test_close_and_reopen(run, app, visitor):
    run("tenant", "close", "kronoby", "--yes")
    assert "kronoby" not in app.directory.current().by_slug
    assert "no site called kronoby" in run("tenant", "set", "kronoby", code=1).stderr
    run("tenant", "close", "kronoby", "--reopen")
    assert "kronoby" in app.directory.current().by_slug


def test_list_shows_regions_members(run):
    whole = run("tenant", "list").output
    assert "kokkola" in whole
    assert "kronoby" in whole
    assert "keski-pohjanmaa" in whole
    assert "kokkola" not in run("tenant", "list", "--kind", "region").output


# --- person -------------------------------------------------------------------------------------------------------


def test_add_a_person_with_roles_in_one_site(run, reading, town, neighbour):
    run(
        "person",
        "add",
        "New@Example.fi",
        "--password",
        PASSWORD,
        "--tenant",
        "kokkola",
        "--name",
        "Uusi Tulija",
        "--role",
        "moderator",
    )
    run(
        "person",
        "add",
        "new@example.fi",
        "--operator",
        "--tenant",
        "kokkola",
        "--name",
        "Uusi Tulija",
        "--role",
        "clerk",
    )
    with reading(None) as db:
        person = db.scalars(select(Person).where(Person.email == "new@example.fi")).one()
        assert person.operator
        assert person.confirmed_at
    for tenant, expected in ((town, 1), (neighbour, 0)):
        with reading(tenant) as db:
            query = select(func.count()).select_from(Membership)
            assert (
                db.scalar(query.where(Membership.tenant_id == tenant.id, Membership.person_id == person.id)) == expected
            )
    assert "clerk, moderator" in run("person", "role", "new@example.fi", "--tenant", "kokkola").output
    run("person", "role", "new@example.fi", "--tenant", "kronoby", code=1)


def test_roles_are_noted_in_the_sites_log(run, reading, town):
    run(
        "person", "role", "resident@kokkola.example", "--tenant", "kokkola", "--grant", "clerk", "--until", "2099-01-01"
    )
    shown = run("person", "role", "resident@kokkola.example", "--tenant", "kokkola", "--revoke", "clerk").output
    assert "no roles" in shown
    with reading(town) as db:
        actions = list(db.scalars(select(AuditEntry.action).where(AuditEntry.tenant_id == town.id)))
    assert actions[-2:] == ["role_given", "role_taken"]


def test_the_last_main_user_and_operator_stay(run):
    assert (
        "stay main user"
        in run("person", "role", "admin@kokkola.example", "--tenant", "kokkola", "--revoke", "admin", code=1).stderr
    )
    assert "stay operator" in run("person", "operator", "operator@talkoot.example", "--off", code=1).stderr
    run("person", "operator", "clerk@kokkola.example")
    run("person", "operator", "operator@talkoot.example", "--off")
    listed = run("person", "list").output
    assert "clerk@kokkola.example" in listed
    assert "operator@talkoot.example" not in listed


def test_erasing_a_person_leaves_nothing_that_tells_who_they_were(run, reading, writing, town, neighbour, world):
    address, member = "resident@kokkola.example", world.members["kokkola", "resident"]
    run("person", "erase", address, "--yes")
    with reading(None) as db:
        person = db.get(Person, world.people["kokkola", "resident"])
        assert (person.email, person.password_hash, person.blocked_at is not None) == (None, None, True)
        assert db.scalars(select(Person).where(Person.email == "resident@kronoby.example")).one()
    with reading(town) as db:
        forgotten = db.find(Membership, id=member)
        assert (forgotten.name, forgotten.person_id, forgotten.about) == ("", None, "")
        post = db.find(Post, id=world.things["kokkola", "second post"])
        rows = db.execute(select(func.count()).select_from(Reaction).where(Reaction.tenant_id == town.id)).scalar_one()
        assert sum(post.reactions.values()) == rows == 0
    with reading(neighbour) as db:
        assert db.find(Membership, id=world.members["kronoby", "resident"]).name
    run("person", "erase", address, "--yes", code=1)


def test_invite_mails_a_link(run, mails):
    run("person", "invite", "kutsuttu@example.fi", "--tenant", "kokkola", "--role", "editor", "--title", "Tiedottaja")
    assert "people.invite" in run("jobs", "list").output
    sent = mails()
    assert [mail["To"] for mail in sent] == ["kutsuttu@example.fi"]
    assert "/kokkola/invitation/" in sent[0].get_body(("plain",)).get_content()
    assert "No jobs wait" in run("jobs", "list").output


def test_a_new_password_signs_in(run, visitor, town):
    assert (
        "easily guessed"
        in run("person", "password", "resident@kokkola.example", "--password", "aaaaaaaa", code=1).stderr
    )
    run("person", "password", "resident@kokkola.example", "--password", PASSWORD)
    guest = visitor()
    assert guest.submit("/sign-in", email="resident@kokkola.example", password=PASSWORD).status_code == 303
    assert (
        "Nobody has the address"
        in run("person", "password", "nobody@example.fi", "--password", PASSWORD, code=1).stderr
    )


def test_members_are_listed_by_site(run):
    assert "CANARY-B" not in run("person", "list", "--tenant", "kokkola").output
    assert "moderator@kronoby.example" in run("person", "list", "--tenant", "kronoby").output


# --- jobs, plugins ------------------------------------------------------------------------------------------------


def given_up(writing, kind: str) -> None:
    with writing(None) as db:
        db.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(done_at=clock.now()))
        old = clock.now() - timedelta(days=1)
        for name in (kind, "people.other"):
            db.add(Outbox(kind=name, created_at=old, lease_until=old, tries=12, error="OSError('away')"))
        db.add(Outbox(kind="people.waits", created_at=clock.now(), lease_until=clock.now(), tries=3))


def test_jobs_given_up_begin_anew(run, writing, reading):
    given_up(writing, "conversations.post_made:noticeboard")
    shown = run("jobs", "list").output
    assert "given up" in shown
    assert "OSError('away')" in shown
    assert "1 jobs are tried again" in run("jobs", "retry", "conversations.post_made:noticeboard").output
    with reading(None) as db:
        tries = dict(db.execute(select(Outbox.kind, Outbox.tries).where(Outbox.done_at.is_(None))).all())
    assert tries == {"conversations.post_made:noticeboard": 0, "people.other": 12, "people.waits": 3}
    assert "1 jobs are tried again" in run("jobs", "retry").output


def test_jobs_given_up_are_forgotten(run, writing, reading):
    given_up(writing, "people.invite")
    assert "1 jobs forgotten" in run("jobs", "drop", "people.invite", "--yes").output
    assert "1 jobs forgotten" in run("jobs", "drop", "--yes").output
    with reading(None) as db:
        assert list(db.scalars(select(Outbox.kind).where(Outbox.done_at.is_(None)))) == ["people.waits"]


def test_jobs_once_does_what_waits(run):
    run("jobs", "once")
    run("person", "invite", "a@example.fi", "--tenant", "kokkola", "--role", "editor")
    assert "1 jobs done" in run("jobs", "once").output
    assert "done" in run("jobs", "list", "--all").output
    assert "0 jobs done" in run("jobs", "once").output


def test_plugin_list(run):
    shown = run("plugin", "list").output
    assert "forums" in shown
    assert "talkoot_forums" in shown
    assert "civic" in shown
    assert "contrast" in shown


# --- db -----------------------------------------------------------------------------------------------------------


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
                (Conversation, {"post_count": 99}), (Topic, {"post_count": 99}), (Forum, {"post_count": 99, "topic_count": 99}),
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
                    Forum.post_count,
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
    assert set(rows) == {("talkoot_owner", True, False), ("talkoot_app", False, False), ("talkoot_backup", True, False)}


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


# --- doctor -------------------------------------------------------------------------------------------------------


def test_doctor_is_silent_about_a_good_installation(run, writing):
    with writing(None) as db:  # no worker runs here
        db.execute(update(Outbox).values(done_at=clock.now()))
    shown = CliRunner().invoke(cli, ["doctor"]).output
    assert "✗" not in shown.replace("✗ Browser packages are missing", "")
    assert "up to date" in shown
    assert "keys are led by the tenant" in shown


def test_doctor_names_what_is_wrong(folder, monkeypatch):
    invoke("init", "--without-operator", "--public-url", "http://forum.example.fi")
    (folder / "settings.toml").chmod(0o644)
    invoke("db", "downgrade", "forums", "base", "--yes")
    shown = invoke("doctor", code=1).output
    assert "chmod 600" in shown
    assert "plain http" in shown
    assert "main_hosts" in shown
    assert "talkoot db upgrade" in shown


def test_doctor_misses_the_worker(run, writing):
    with writing(None) as db:
        db.execute(update(Outbox).values(done_at=clock.now()))
        old = clock.now() - timedelta(minutes=11)
        db.add(Outbox(kind="people.confirm", subject_id=None, created_at=old, lease_until=old, tries=0))
    assert "A job has waited for 11 minutes" in run("doctor", code=1).output
    with writing(None) as db:
        db.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(tries=99))
    assert "1 jobs were given up" in run("doctor", code=1).output


@pytest.mark.database("postgresql")
def test_doctor_names_the_lost_layer(run, app, monkeypatch):
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        connection.execute(text("GRANT CREATE ON SCHEMA public TO talkoot_app"))
    try:
        assert "✗ Isolation layer lost, create:" in run("doctor", code=1).output
        monkeypatch.setenv("TALKOOT_ACCEPTED_MISSING_LAYERS", "create")
        assert "! Isolation layer lost, create:" in CliRunner().invoke(cli, ["doctor"]).output
    finally:
        with engine.begin() as connection:
            connection.execute(text("REVOKE CREATE ON SCHEMA public FROM talkoot_app"))
        engine.dispose()


def test_doctor_explains_settings_and_hides_secrets(run, app):
    shown = run("doctor", "--settings").output
    assert "signs forms and the links in mails" in shown
    assert app.settings.secret_key not in shown


# --- run ----------------------------------------------------------------------------------------------------------


def settings_with(**values: object) -> Settings:
    return Settings(instance=Path("nowhere"), secret_key="x" * 40, **values)  # type: ignore[arg-type]


def test_the_public_address_follows_the_port_on_loopback(monkeypatch):
    monkeypatch.delenv("TALKOOT_PUBLIC_URL", raising=False)
    serving = Serving("127.0.0.1", 8123, 2, "auto")
    assert public_url_of(settings_with(), serving) == "http://localhost:8123"
    assert public_url_of(settings_with(public_url="https://forum.example.fi"), serving) == "https://forum.example.fi"


@pytest.mark.parametrize(
    ("public_url", "host", "said"),
    [
        ("http://forum.example.fi", "127.0.0.1", "nobody can sign in"),
        ("http://localhost:8000", "0.0.0.0", "from another machine"),
        ("http://localhost:8000", "127.0.0.1", ""),
        ("https://forum.example.fi", "127.0.0.1", ""),
    ],
)
def test_plain_http_is_said(capsys, public_url, host, said):
    warn_about_http(public_url, host)
    shown = capsys.readouterr().err
    assert said in shown
    assert bool(said) == bool(shown)


def test_a_taken_port_is_said(folder):
    invoke("init", "--without-operator")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another with --port" in invoke("run", "--port", str(taken.getsockname()[1]), code=1).stderr


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_for(found: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


def children_of(pid: int) -> dict[int, str]:
    """Process ids of the children with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found[int(entry.name)] = (entry / "cmdline").read_text()
        except (OSError, IndexError):
            continue
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
@pytest.mark.parametrize("how", ["asked", "worker dies"])
def test_run_starts_and_ends_both(folder, how):
    invoke("init", "--without-operator")
    port = free_port()
    command = [sys.executable, "-m", "talkoot.cli", "run", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        wait_for(lambda: len(children_of(process.pid)) == 2)
        with opener.open(f"http://localhost:{port}/readyz", timeout=10) as answer:
            assert answer.read() == b"ready\n"
        children = children_of(process.pid)
        worker = next(pid for pid, command in children.items() if "jobs" in command)
        if how == "asked":
            process.send_signal(signal.SIGTERM)
        else:
            os.kill(worker, signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert f"http://localhost:{port}/" in said
    assert process.returncode == (0 if how == "asked" else 1)
    assert ("Stopped" if how == "asked" else "worker process ended by itself") in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in children), "both have ended"


def test_gunicorn_believes_no_headers(monkeypatch):
    monkeypatch.setenv("TALKOOT_RUN_WORKERS", "3")
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:talkoot.cli.gunicorn_settings",
        "--print-config",
        "talkoot.cli:main",
    ]
    shown = subprocess.check_output(command, text=True)
    values = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in shown.splitlines())}
    assert values["workers"] == "3"
    assert values["preload_app"] == "True"
    assert values["forwarded_allow_ips"] == "[]"
    assert values["secure_scheme_headers"] == "{}"


def test_upgrade_needs_no_running_web_server(folder):
    """Migrations run from the command line; an installation made by hand is up to date after it."""
    invoke("init", "--without-operator")
    assert migrate.check(config.load(), registry.load()) == []

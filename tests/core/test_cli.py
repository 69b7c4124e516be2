"""The command line as a whole: every command explains itself and fails in plain words with the right code; `talkoot init`."""

from __future__ import annotations

import subprocess
import sys
import tomllib

import click
import pytest
from tests.core.commands import COMMANDS, PASSWORD, invoke

from talkoot.cli import LazyGroup, cli

# --- all commands -----------------------------------------------------------------------------------------------------


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
        "mail",
        "push",
        "search",
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


# --- init -------------------------------------------------------------------------------------------------------------


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

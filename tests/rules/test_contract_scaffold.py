"""`talkoot plugin new` writes a plugin whose tests pass at once, and refuses what would not work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.example_plugin.installing import PIP

from talkoot.errors import SetupError
from talkoot.scaffold import new_plugin


def run(folder: Path, *command: str, environment: dict[str, str] | None = None) -> str:
    """A command's output; fails with it when the command does."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=400, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout + done.stderr


def install(source: Path, site: Path) -> dict[str, str]:
    """Install a distribution with pip into a folder; returns the environment in which it is found."""
    run(source, *PIP, "--target", str(site), ".")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), os.environ.get("PYTHONPATH", "")])}


def test_its_tests_pass_at_once(tmp_path):
    written = new_plugin("raffles", tmp_path / "talkoot-raffles")
    assert {path.name for path in written} == {
        "pyproject.toml",
        "README.md",
        "__init__.py",
        "plugin.py",
        "index.html",
        "test_raffles.py",
    }
    assert all(path.exists() for path in written)
    environment = install(tmp_path / "talkoot-raffles", tmp_path / "site")
    tests = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "--database=sqlite")
    assert "12 passed" in run(tmp_path / "talkoot-raffles", *tests, environment=environment)


def test_the_smallest_useful_plugin_has_less_than_fifteen_lines(tmp_path):
    plugin = next(path for path in new_plugin("raffles", tmp_path) if path.name == "plugin.py")
    assert len(plugin.read_text().splitlines()) < 15


@pytest.mark.parametrize("name", ["Raffles", "my-raffles", "po", "staff", "post"])
def test_a_name_that_cannot_be_is_refused(tmp_path, name):
    with pytest.raises(SetupError, match="A plugin cannot be called so"):
        new_plugin(name, tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(SetupError, match="is not empty"):
        new_plugin("raffles", tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_it_is_written_from_the_command_line(tmp_path, monkeypatch):
    from click.testing import CliRunner

    from talkoot.cli import cli

    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, ["plugin", "new", "raffles"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "talkoot-raffles" / "talkoot_raffles" / "plugin.py").exists()

"""What is installed: every plugin folder has an entry point, and the built wheel holds all of it and nothing else."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PLUGINS = sorted(path.parent for path in (ROOT / "plugins").glob("*/plugin.py"))
THEMES = sorted(path.parent for path in (ROOT / "themes").glob("talkoot_theme_*/__init__.py"))
KINDS = ("templates", "static", "migrations", "translations", "demo", "data")
pytestmark = pytest.mark.xdist_group("wheel")  # one build for all of this file


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The names in a wheel built here, without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    (built,) = folder.glob("*.whl")
    return zipfile.ZipFile(built).namelist()


def test_there_are_plugins_and_themes():
    assert PLUGINS
    assert len(THEMES) >= 2


@pytest.mark.parametrize("folder", PLUGINS, ids=lambda path: path.name)
def test_a_plugin_folder_has_an_entry_point(folder):
    points = PROJECT["project"]["entry-points"]["talkoot.plugins"]
    assert f"{folder.name}.plugin" in points.values()


@pytest.mark.parametrize("folder", THEMES, ids=lambda path: path.name)
def test_a_theme_has_an_entry_point(folder):
    assert folder.name in PROJECT["project"]["entry-points"]["talkoot.themes"].values()


def test_every_entry_point_leads_somewhere():
    for group, points in PROJECT["project"]["entry-points"].items():
        for target in points.values():
            path = target.partition(":")[0].replace(".", "/")
            places = [
                ROOT / top / f"{path}{end}" for top in ("core", "plugins", "themes") for end in (".py", "/__init__.py")
            ]
            assert any(place.exists() for place in places), f"{group}: {target}"


@pytest.mark.parametrize("folder", [ROOT / "core" / "talkoot", *PLUGINS, *THEMES], ids=lambda path: path.name)
def test_the_wheel_holds_the_whole_folder(wheel, folder):
    """Code, templates, styles, migrations, catalogues: what git keeps, and what the build hook makes."""
    tracked = subprocess.run(
        ["git", "ls-files", str(folder)], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\n")
    expected = {name.split("/", 1)[1] for name in tracked if name and (ROOT / name).exists()}
    expected |= {name.removesuffix(".po") + ".mo" for name in expected if name.endswith(".po")}
    missing = expected - set(wheel)
    assert not missing, sorted(missing)[:10]


def test_the_wheel_carries_the_browser_packages(wheel):
    names = re.findall(
        r'"([^"/]+)",$',
        re.findall(r"^PICK = \{$(.*?)^\}$", (ROOT / "hatch_build.py").read_text(), re.M | re.S)[0],
        re.M,
    )
    assert "htmx.min.js" in names
    assert {f"talkoot/static/vendor/{name}" for name in names} <= set(wheel)


def test_the_wheel_holds_nothing_else(wheel):
    packages = {"talkoot", *(path.name for path in (*PLUGINS, *THEMES))}
    strays = [name for name in wheel if name.partition("/")[0] not in packages and ".dist-info/" not in name]
    assert strays == []
    assert not [name for name in wheel if "/tests/" in name or name.endswith((".pyc", ".db", ".sqlite"))]

"""Ten throw-away plugins, installed by being on the path, to see what plugins cost."""

from __future__ import annotations

from pathlib import Path

COUNT = 10
CODE = '''"""A plugin with a page, a permission, a setting, and hooks of pages that are not the topic's."""

from flask import Blueprint

from talkoot import Permission, Plugin, Setting, TakePart, hookimpl

pages = Blueprint("{name}", __name__)


@pages.get("/{name}/")
def index():
    return "{name}"


plugin = Plugin(
    name="{name}", title="{name}", version="1", blueprints=(pages,), on_by_default={on},
    permissions=(Permission("{name}.read", "Read", ("everyone",)),), settings=(Setting("{name}.days", "Days", 3),),
)


@hookimpl
def take_part(tenant):
    return [TakePart("{name}", "{name}", "{name}.index")]


@hookimpl
def home_sections(db, actor):
    return []
'''


def write(folder: Path, *, on: bool) -> Path:
    """The plugins in a folder for PYTHONPATH, with the entry points by which they are found."""
    names = [f"throwaway{n}" for n in range(COUNT)]
    for name in names:
        package = folder / f"talkoot_{name}"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / "plugin.py").write_text(CODE.format(name=name, on=on))
    facts = folder / "throwaway-1.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: throwaway\nVersion: 1\n")
    points = "\n".join(f"{name} = talkoot_{name}.plugin" for name in names)
    (facts / "entry_points.txt").write_text(f"[talkoot.plugins]\n{points}\n")
    return folder

"""Writes a new plugin: the smallest one that is of use, in a distribution of its own, with tests that pass."""

from __future__ import annotations

from pathlib import Path

import talkoot
from talkoot.duties import name_fault
from talkoot.errors import SetupError

PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "talkoot-{name}"
version = "0.1.0"
description = "{title} for Talkoot"
requires-python = ">=3.11"
dependencies = ["talkoot{core}"]

[project.entry-points."talkoot.plugins"]
{name} = "talkoot_{name}.plugin"

[tool.hatch.build.targets.wheel]
packages = ["talkoot_{name}"]

[tool.pytest.ini_options]
addopts = ["--import-mode=importlib"]
testpaths = ["tests"]
"""

README = """\
# talkoot-{name}

{title} for Talkoot.

```
pip install -e .
python -m pytest
talkoot tenant plugin MUNICIPALITY {name} on
```

`talkoot_{name}/plugin.py` says what the plugin is. Talkoot's docs/your-first-plugin.md goes on from here: a table, a
migration, a permission, a hook, translations.
"""

PACKAGE = '''\
"""{title} for Talkoot."""
'''

PLUGIN = '''\
"""What {name} is, and its page."""

from flask import Blueprint
from talkoot import Plugin
from talkoot.web.render import page

blueprint = Blueprint("{name}", __name__)
plugin = Plugin(name="{name}", title="{title}", version="0.1.0", core="{core}", blueprints=(blueprint,))


@blueprint.get("/{name}/")
def index() -> str:
    return page("{name}/index.html", title=plugin.title)
'''

TEMPLATE = """\
{{% extends "base.html" %}}
{{% block title %}}{{{{ title }}}}{{% endblock %}}
{{% block main %}}
<h1>{{{{ title }}}}</h1>
{{% endblock %}}
"""

TEST = '''\
"""The page, and everything that Talkoot asks of a plugin."""

from talkoot.testing.conformance import conformance

test_conformance = conformance("{name}")


def test_the_page_opens(client):
    assert "<h1>{title}</h1>" in client.get("/{name}/").text
'''

FILES = {
    "pyproject.toml": PYPROJECT,
    "README.md": README,
    "talkoot_{name}/__init__.py": PACKAGE,
    "talkoot_{name}/plugin.py": PLUGIN,
    "talkoot_{name}/templates/{name}/index.html": TEMPLATE,
    "tests/test_{name}.py": TEST,
}


def new_plugin(name: str, folder: Path) -> list[Path]:
    """Write the plugin's files into a new or empty folder; returns them. Raises SetupError in plain words."""
    if fault := name_fault(name):
        raise SetupError(f"A plugin cannot be called so: {fault}")
    if folder.exists() and any(folder.iterdir()):
        raise SetupError(f"{folder} is not empty, and nothing in it is overwritten. Name another with --folder.")
    values = {"name": name, "title": name.title(), "core": _core_range()}
    written = []
    for path, text in FILES.items():
        file = folder / path.format(**values)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text.format(**values), encoding="utf-8")
        written.append(file)
    return written


def _core_range() -> str:
    """From this version on, until the next one that may break plugins."""
    major, minor = (int(part) for part in talkoot.__version__.split(".")[:2])
    return f">={major}.{minor},<{major + 1}"

"""What deploy/ ships: files that are read as they are meant to be, and web and worker without the owner's rights."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import talkoot.cli

DEPLOY = Path(__file__).parents[2] / "deploy"
OWNER = "TALKOOT_OWNER_DATABASE_URL"


def services() -> dict[str, str]:
    """The text of each service of the compose file, with what it takes over from the shared part."""
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    shared = re.split(r"^x-talkoot: &talkoot$", text, flags=re.MULTILINE)[1].partition("\nservices:")[0]
    body = text.partition("\nservices:\n")[2].partition("\nvolumes:\n")[0]
    parts = re.split(r"^  (\w+):$", body, flags=re.MULTILINE)[1:]
    found = dict(zip(parts[::2], parts[1::2], strict=True))
    return {name: (shared if "<<: *talkoot" in part else "") + part for name, part in found.items()}


@pytest.mark.parametrize("name", ["web", "worker", "backup", "caddy"])
def test_only_setup_has_the_owners_rights_in_containers(name):
    """The owner is not bound by row-level security (docs/isolation.md 4)."""
    assert OWNER not in services()[name]
    assert OWNER in services()["setup"]
    assert "TALKOOT_DATABASE_URL" in services()["web"], "what is shared is looked at too"


@pytest.mark.parametrize(
    "unit", ["talkoot-web.service", "talkoot-worker.service", "talkoot-backup.service", "talkoot-lmtp.service"]
)
def test_no_unit_reads_the_owners_file(unit):
    text = (DEPLOY / "systemd" / unit).read_text(encoding="utf-8")
    assert "EnvironmentFile=/etc/talkoot/" in text
    assert "owner" not in text


def test_the_settings_that_compose_asks_for_are_in_the_example():
    asked = set(re.findall(r"\$\{(\w+):\?", (DEPLOY / "compose.yaml").read_text(encoding="utf-8")))
    given = set(re.findall(r"^(\w+)=", (DEPLOY / "env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked
    assert asked <= given


@pytest.mark.parametrize(
    "file", [DEPLOY / "gunicorn.conf.py", Path(talkoot.cli.__file__).with_name("gunicorn_settings.py")]
)
def test_garbage_is_collected_in_workers_and_not_while_all_is_loaded(tmp_path, file):
    """Otherwise a sixth of the start goes into looking for garbage among what stays."""
    code = (
        "import gc, runpy; settings = runpy.run_path({0!r}); print(gc.isenabled());"
        "settings['post_fork'](None, None); print(gc.isenabled())"
    )
    environment = {**os.environ, "TALKOOT_INSTANCE": str(tmp_path)}
    said = subprocess.check_output([sys.executable, "-c", code.format(str(file))], env=environment, text=True)
    assert said.split() == ["False", "True"]

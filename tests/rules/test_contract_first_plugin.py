"""docs/your-first-plugin.md followed to the letter: every file written, every command run, in its order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

GUIDE = Path(__file__).parents[2] / "docs" / "your-first-plugin.md"
BLOCK = re.compile(r"(?:^`(?P<path>[^`\n]+)`\n\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)


def steps() -> Iterator[tuple[str, str]]:
    """("file", path and text) or ("command", line), as they stand on the page."""
    for block in BLOCK.finditer(GUIDE.read_text(encoding="utf-8")):
        if block["kind"] == "console":
            yield from (("command", line) for line in block["body"].splitlines())
        else:
            assert block["path"], f"a block of {block['kind']} does not say which file it is:\n{block['body'][:80]}"
            yield "file", f"{block['path']}\n{block['body']}"


def environment(folder: Path) -> dict[str, str]:
    """A fresh virtual environment that finds this run's Talkoot, its tools, and nothing that other tests installed."""
    venv.create(folder, symlinks=True)
    site = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    (site / "talkoot_of_this_run.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    for name, module, call in (("talkoot", "talkoot.cli", "main"), ("pip", "pip._internal.cli.main", "main")):
        script = folder / "bin" / name
        script.write_text(f"#!{folder}/bin/python\nimport sys\nfrom {module} import {call}\nsys.exit({call}())\n")
        script.chmod(0o755)
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("TALKOOT_", "PYTHONPATH", "PYTEST_"))
    }
    return {
        **kept,
        "PATH": f"{folder / 'bin'}{os.pathsep}{kept['PATH']}",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "VIRTUAL_ENV": str(folder),
    }


def test_the_guide_works_to_the_letter(tmp_path):
    values, here, done = environment(tmp_path / "venv"), tmp_path / "work", []
    here.mkdir()
    for kind, step in steps():
        if kind == "file":
            path, _, text = step.partition("\n")
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            (here / path).write_text(text, encoding="utf-8")
        elif step.startswith("cd "):
            here = here / step.removeprefix("cd ")
        else:
            run = subprocess.run(
                ["bash", "-ec", step], cwd=here, env=values, capture_output=True, text=True, timeout=600, check=False
            )
            assert run.returncode == 0, f"{step}\n{run.stdout[-6000:]}\n{run.stderr[-3000:]}"
            done.append((step, run.stdout))
    output = dict(done)
    assert "Lending" in output["talkoot plugin list"]
    assert "on in kokkola" in output["talkoot tenant plugin kokkola lending on"]
    assert output["talkoot plugin check lending"].strip() == "✓ lending keeps the contract", (
        "and no log of the pages it opened"
    )
    assert (here / "talkoot_lending" / "migrations" / "0001_things.py").exists()
    assert [text.splitlines()[-1].split()[0] for step, text in done if step.startswith("python -m pytest")] == [
        "12",
        "15",
    ]

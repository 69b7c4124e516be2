"""Installs the example plugin with pip for a test run, into a folder of its own, as a third party's distribution."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PARTS = ("pyproject.toml", "README.md", "talkoot_noticeboard")
# Nothing is fetched: what a plugin needs is what the tests run with.
PIP = (
    sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--disable-pip-version-check",
)  # fmt: skip


def make_available(folder: Path) -> None:
    """Install into `folder` unless what is there is of this very source; then this process and its children find it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # several workers of one run, one installs
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, digest = folder / "digest", _digest()
        if not stamp.exists() or stamp.read_text() != digest:
            _install(folder)
            stamp.write_text(digest)
    found = str(folder / "site")
    if found not in sys.path:
        sys.path.append(found)
    others = [part for part in os.environ.get("PYTHONPATH", "").split(os.pathsep) if part and part != found]
    os.environ["PYTHONPATH"] = os.pathsep.join([*others, found])


def _digest() -> str:
    files = [
        path for part in PARTS for path in sorted((HERE / part).rglob("*") if (HERE / part).is_dir() else [HERE / part])
    ]
    kept = [path for path in files if path.is_file() and path.suffix != ".pyc"]
    return hashlib.sha256(
        b"".join(str(path.relative_to(HERE)).encode() + path.read_bytes() for path in kept)
    ).hexdigest()


def _install(folder: Path) -> None:
    """Built in a copy, so that nothing is written beside the source."""
    shutil.rmtree(folder / "source", ignore_errors=True)
    shutil.rmtree(folder / "site", ignore_errors=True)
    for part in PARTS:
        copy = shutil.copytree if (HERE / part).is_dir() else shutil.copy
        (folder / "source").mkdir(exist_ok=True)
        copy(HERE / part, folder / "source" / part)
    done = subprocess.run(
        [*PIP, "--target", str(folder / "site"), str(folder / "source")], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"pip could not install the example plugin:\n{done.stdout}{done.stderr}")

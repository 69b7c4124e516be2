"""What of an address may stand in a log: a mailed link holds what signs somebody in. Imports nothing (web/watchdog.py)."""

from __future__ import annotations

import re

SIGNED = re.compile(r"[\w.-]+\.[\w-]+\.[\w-]{20,}")  # what, when and the signature, as people/links.py makes them


def without_secrets(path: str) -> str:
    """The path with `…` in place of whatever is signed in it."""
    return SIGNED.sub("…", path)

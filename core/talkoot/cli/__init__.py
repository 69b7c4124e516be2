"""The command line: `talkoot …`, one file per group of commands."""

from __future__ import annotations


def main() -> None:
    """Entry point."""
    raise SystemExit("not here yet")

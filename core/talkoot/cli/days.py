"""A calendar day on the command line: `--until 2027-01-31`."""

from __future__ import annotations

from datetime import date

import click

from talkoot import clock


def day(text: str) -> date:
    """The day that was written, as the type of an option; raises BadParameter also for one that nobody means."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.max
    if found.year not in clock.YEARS:
        raise click.BadParameter(f"{text!r} is not a day. Write it like this: 2027-01-31.")
    return found

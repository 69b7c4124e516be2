"""What commands print: steps, notes and tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table


def step(text: str) -> None:
    """One line about what is done now."""
    click.secho("· ", fg="cyan", nl=False)
    click.echo(text)


def done(text: str) -> None:
    """One line about what is ready."""
    click.secho("✓ ", fg="green", nl=False)
    click.echo(text)


def note(text: str) -> None:
    """Something the operator should know; on stderr, so that it stays out of pipes."""
    click.secho("! ", fg="yellow", nl=False, err=True)
    click.echo(text, err=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, nothing: str) -> None:
    """A table as wide as it needs; `nothing` is said when there are no rows."""
    if not rows:
        click.echo(nothing)
        return
    drawn = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in rows:
        drawn.add_row(*(_cell(value) for value in row))
    console = Console(highlight=False, markup=False)
    if not console.is_terminal:
        console.width = 200
    console.print(drawn)


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)

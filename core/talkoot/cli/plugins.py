"""`talkoot plugin`: what is installed, checking a plugin, beginning a new one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import structlog

from talkoot import registry
from talkoot.cli import terminal


@click.group()
def plugin() -> None:
    """Plugins installed here; write or check one."""


@plugin.command("list")
def show() -> None:
    """The installed plugins and themes, with what each brings.

    \b
    Example:
      talkoot plugin list
    """
    found = registry.load()
    rows = []
    for name, loaded in found.plugins.items():
        facts = loaded.plugin
        rows.append(
            (
                name,
                str(facts.title),
                facts.version,
                ", ".join(facts.requires),
                facts.on_by_default,
                len(loaded.tables()),
                loaded.package,
            )
        )
    terminal.table(
        ("Name", "Title", "Version", "Requires", "On by default", "Tables", "Package"),
        rows,
        nothing="No plugins are installed.",
    )
    terminal.table(
        ("Theme", "Title"),
        [(name, str(theme.theme.title)) for name, theme in found.themes.items()],
        nothing="No themes are installed.",
    )


@plugin.command("check")
@click.argument("name")
def check(name: str) -> None:
    """Check a plugin against the contract: duties, isolation, migrations, texts. Exit code 1 when something is wrong.

    \b
    Example:
      talkoot plugin check forums
    """
    from talkoot.testing.conformance import check_plugin

    with quiet_logs():  # it opens hundreds of pages
        problems = check_plugin(name)
    for problem in problems:
        terminal.note(problem)
    if problems:
        raise SystemExit(1)
    terminal.done(f"{name} keeps the contract")


@contextmanager
def quiet_logs() -> Iterator[None]:
    """Only errors are logged in this block."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        yield
    finally:
        structlog.configure(**before)


@plugin.command("new")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where to write it; default: talkoot-NAME here.",
)
def new(name: str, folder: Path | None) -> None:
    """Write a plugin whose tests pass: a page of its own, in a distribution of its own.

    \b
    Example:
      talkoot plugin new polls && cd talkoot-polls && pip install -e . && pytest
    """
    from talkoot.scaffold import new_plugin

    target = folder or Path(f"talkoot-{name}")
    new_plugin(name, target)
    terminal.done(f"Wrote {target}. Next: cd {target} && pip install -e . && pytest")

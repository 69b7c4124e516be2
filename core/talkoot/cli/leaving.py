"""The part of `talkoot tenant` about a site that leaves: a copy of all it has, and its deletion."""

from __future__ import annotations

from pathlib import Path

import click

from talkoot.cli import noting, opened, terminal
from talkoot.cli.opened import Opened
from talkoot.tenants import leaving
from talkoot.tenants.leaving import Removed
from talkoot.web import logs


@click.command("export")
@click.argument("slug")
@click.option(
    "--to",
    "file",
    required=True,
    metavar="FILE.zip",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file to write; it must not be there yet.",
)
def export(slug: str, file: Path) -> None:
    """Write everything a site has into one file: each table as JSON Lines, its uploads, and a manifest.

    The site may be open or closed. Accounts (addresses, passwords) are not in the file; names and texts of members are, so
    keep it as you keep a backup.

    \b
    Example:
      talkoot tenant export toholampi --to toholampi.zip
    """
    app = opened.installation()
    try:
        manifest = leaving.export(app.settings, app.registry, slug, file)
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}") from error
    rows = sum(manifest["rows"].values())
    terminal.done(f"{file}: {rows:,} rows of {len(manifest['rows'])} tables, {manifest['uploads']:,} uploaded files")


@click.command("delete")
@click.argument("slug")
@click.option("--yes", is_flag=True, help="Do not ask for the address again.")
def delete(slug: str, yes: bool) -> None:
    """Delete a closed site with all its rows and uploads, for ever. Export it first if anybody may want them.

    People's accounts stay: they belong to the installation. What is in backups goes with the backups.

    \b
    Examples:
      talkoot tenant close toholampi
      talkoot tenant delete toholampi
    """
    app = opened.installation()
    if not yes and click.prompt(f"All of {slug} will be gone. Type its address again to delete it") != slug:
        raise click.ClickException("That is another address. Nothing was deleted.")
    with logs.configured():
        removed = leaving.remove_rows(app.settings, slug)
    _note_ties_ended(app, removed)
    try:
        leaving.remove_uploads(app.settings, app.registry, removed.id)
    except OSError as error:
        raise click.ClickException(
            f"The rows of {slug} are gone, but {error.filename} cannot be deleted: {error.strerror}. Delete it by hand."
        ) from error
    if removed.roles_ended:
        terminal.note(f"{removed.roles_ended} roles in other sites ended with their tie to {slug}")
    terminal.done(f"{slug} is deleted: {removed.rows:,} rows")


def _note_ties_ended(app: Opened, removed: Removed) -> None:
    """In the logs of those that were tied to the site, which may have lost roles with it."""
    for site in app.directory.with_closed().tenants:
        if site.id in removed.untied:
            with app.database.session(site, writing=True) as db:
                noting.note(db, "tie_ended", reason=removed.name)

"""`talkoot search …`: the index of search, and the base forms of words that it is made with."""

from __future__ import annotations

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from talkoot import config
from talkoot.cli import opened, terminal
from talkoot.config import Settings
from talkoot.search import lemmas, rebuilding


@click.group("search")
def search() -> None:
    """The index of search, and the base forms of words."""


@search.command("words")
def words() -> None:
    """Compile the base forms of words into the installation's folder: kunta is then found by kunnassa. Once, half a minute.

    \b
    Example:
      talkoot search words && talkoot search rebuild
    """
    settings = config.load()
    if not lemmas.missing(settings.instance, settings.search_languages):
        terminal.done("Base forms of words are there")
        return
    ensure(settings)
    terminal.done("Compiled. What was written before is found by them after: talkoot search rebuild")


@search.command("rebuild")
@click.option("--tenant", "slug", metavar="SLUG", help="Only this site.")
@click.option("--all", "everything", is_flag=True, help="Also what is up to date.")
def rebuild(slug: str | None, everything: bool) -> None:
    """Bring the index up to date: posts that are missing in it, or that an older version made. Safe at any time.

    \b
    Examples:
      talkoot search rebuild
      talkoot search rebuild --tenant kokkola --all
    """
    app = opened.installation()
    instance = app.settings.instance
    tenants = [opened.site(app.directory, slug)] if slug else app.directory.current().tenants
    if everything:
        for tenant in tenants:
            rebuilding.outdate(app.database, tenant)
    waiting = sum(rebuilding.waiting_in(app.database, instance, tenant) for tenant in tenants)
    total = 0
    with _bar("posts") as bar:
        task = bar.add_task("posts", total=waiting)
        for tenant in tenants:
            total += rebuilding.bring_up_to_date(
                app.database, app.registry, instance, tenant, lambda posts: bar.advance(task, posts)
            )
    terminal.done(f"{total:,} posts put into the index anew; {len(tenants)} sites are up to date")


def ensure(settings: Settings) -> None:
    """Compile the base forms that are missing, with a progress bar."""
    if not (missing := lemmas.missing(settings.instance, settings.search_languages)):
        return
    terminal.step(f"Compiling base forms of words for search ({', '.join(missing)}): this happens once")
    with _bar("languages") as bar:
        task = bar.add_task("languages", total=len(missing))
        for _ in lemmas.compile_each(settings.instance, missing):
            bar.advance(task)


def _bar(of: str) -> Progress:
    columns = (TextColumn(f"  {of}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)

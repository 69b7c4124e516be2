"""`talkoot demo`: the demo region, loaded on first start, then served like any installation."""

from __future__ import annotations

import time
from functools import partial

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from talkoot import registry
from talkoot.app import create_app
from talkoot.cli import installation, serving, terminal
from talkoot.cli import search as words
from talkoot.cli.serving import Serving
from talkoot.config import Settings
from talkoot.db import Database
from talkoot.demo import accounts, loading
from talkoot.demo.world import Scale
from talkoot.errors import SetupError

POSTS_OF_REGION = 6_500  # about; only the progress bar needs it
ALL_MUNICIPALITIES, ALL_POSTS = 308, 1_000_000
POSTS_OF_A_SMALL_ONE = 417  # 12 municipalities make 5,000 posts


@click.command()
@serving.serving_options
@click.option("--no-run", is_flag=True, help="Only load it.")
@click.option(
    "--scale", type=click.IntRange(2, ALL_MUNICIPALITIES), metavar="N",
    help="Instead of the region: N municipalities of composed text, for measuring. 308 makes a million posts.",
)  # fmt: skip
@click.option("--posts", type=click.IntRange(1_000), help="With --scale: at least so many posts.")
def demo(host: str, port: int, workers: int, logs: str, no_run: bool, scale: int | None, posts: int | None) -> None:
    """Try it: real municipalities, fictitious people. The first start loads it, later ones keep what you did.

    \b
    Examples:
      talkoot demo
      talkoot demo --port 8080
      TALKOOT_INSTANCE=./large talkoot demo --scale 308 --no-run
    """
    settings = installation.ensure_settings_of_demo()
    to = "file" if logs == "auto" else logs  # whom one can sign in as must stay in sight
    how = Serving(host, port, workers, to)
    if not no_run:
        serving.check_port(how)  # said now, and not after a minute of loading
    installation.upgrade(settings)
    words.ensure(settings)
    ensure_loaded(settings, chosen_scale(scale, posts))
    if not no_run:
        serving.serve(settings, how, sign_in=sign_in_lines())


def chosen_scale(municipalities: int | None, posts: int | None) -> Scale | None:
    """How large: without a number of posts, as many as go with the municipalities."""
    if municipalities is None:
        if posts:
            raise click.UsageError("--posts goes with --scale.")
        return None
    usual = ALL_POSTS if municipalities == ALL_MUNICIPALITIES else municipalities * POSTS_OF_A_SMALL_ONE
    return Scale(municipalities, posts or usual)


def ensure_loaded(settings: Settings, scale: Scale | None) -> None:
    """Load the demo unless it is there, with a progress bar."""
    if not settings.demo:
        raise SetupError(
            f"The installation in {settings.instance} is no demo. Try it elsewhere: TALKOOT_INSTANCE=./demo talkoot demo"
        )
    database = Database(settings)
    with database.session(None) as db:
        loaded = loading.is_loaded(db)
    database.dispose()
    if loaded:
        terminal.step("The demo is loaded; what you have done there is kept")
        return
    terminal.step("Loading the demo: this happens once")
    started = time.monotonic()
    with Progress(
        TextColumn("  {task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    ) as bar:
        posts = scale.posts if scale else POSTS_OF_REGION
        written, indexed = (bar.add_task(what, total=posts) for what in ("posts written  ", "put into search"))
        counts = loading.load(
            settings,
            registry.load(),
            scale=scale,
            progress=partial(bar.advance, written),
            indexed=partial(bar.advance, indexed),
        )
    loading.publish(create_app(settings))
    seconds = time.monotonic() - started
    terminal.step(
        f"Loaded {counts['tenant']} sites, {counts['person']:,} people and {counts['post']:,} posts in {seconds:.0f} seconds"
    )


def sign_in_lines() -> list[str]:
    """Whom one can sign in as."""
    width = max(len(account.email) for account in accounts.ACCOUNTS)
    return [
        f"Sign in as any of these; the password is {accounts.PASSWORD}",
        *(f"  {account.email:<{width}}  {account.may}" for account in accounts.ACCOUNTS),
    ]

"""What commands work on: the installation without its pages, which starts in half the time of the whole application."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from talkoot import config, models, registry
from talkoot.config import Settings
from talkoot.db import Database, TenantSession
from talkoot.registry import Registry
from talkoot.tenants.directory import Directory
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot


@dataclass(frozen=True)
class Opened:
    """An installation: its settings, plugins, database and sites."""

    settings: Settings
    registry: Registry
    database: Database
    directory: Directory

    @contextmanager
    def writing(self) -> Iterator[TenantSession]:
        """A session on the installation's own tables, committed at the end."""
        with self.database.session(None, writing=True) as db:
            yield db

    def tenant(self, slug: str) -> Tenant:
        """The open site at this address, also under its other language's name."""
        return site(self.directory, slug)


def installation(settings: Settings | None = None) -> Opened:
    """Open the installation of this folder."""
    settings = settings or config.load()
    assert models  # every table of core is declared
    plugins, database = registry.load(), Database(settings)
    close_with_command(database)
    return Opened(settings, plugins, database, Directory(database, plugins, settings))


def application() -> Talkoot:
    """The whole application, for commands that make pages or mails."""
    from talkoot.app import create_app  # not needed by most commands

    app = create_app()
    close_with_command(app.database)
    return app


def close_with_command(database: Database) -> None:
    """Give the connections back when the command has ended."""
    click.get_current_context().call_on_close(database.dispose)


def site(directory: Directory, slug: str) -> Tenant:
    """The open site at this address; says which command lists them when there is none."""
    snapshot = directory.current()
    found = snapshot.by_slug.get(slug) or snapshot.by_alias.get(slug)
    if found is None:
        raise click.ClickException(f"There is no site called {slug}. List them with: talkoot tenant list")
    return found

"""The command line: `talkoot …`, one file per group of commands, each imported only when it is called."""

from __future__ import annotations

import importlib
from typing import Any

import click

from talkoot import __version__
from talkoot.errors import InvalidError, NotFoundError, SetupError

# command → (module, object, what `talkoot --help` says about it)
COMMANDS = {
    "init": ("installation", "init", "Make an installation: folder, settings, tables, first operator."),
    "run": ("serving", "run", "Serve the sites: web server and worker, until Ctrl-C."),
    "demo": ("demonstration", "demo", "Load the demo region on first start, then serve it."),
    "db": ("database", "db", "The database: roles, migrations, repairs."),
    "tenant": ("tenants", "tenant", "Municipalities, regions and co-operation areas."),
    "text": ("texts", "text", "The footer's pages: statements, terms, contact."),
    "person": ("people", "person", "Accounts, roles, invitations."),
    "plugin": ("plugins", "plugin", "Plugins installed here; write or check one."),
    "mail": ("mail", "mail", "Mail that comes in: replies, and mail that comes back."),
    "push": ("push", "push", "Notices on phones and computers: the key."),
    "search": ("search", "search", "The index of search, and the base forms of words."),
    "jobs": ("jobs", "jobs", "The worker and the jobs that wait."),
    "audit": ("audit", "audit", "The sites' logs: whether they are whole, and where they end."),
    "doctor": ("doctor", "doctor", "Look for what is wrong or missing, and say what to do."),
}


class LazyGroup(click.Group):
    """Knows its commands by name and imports one when it is called; turns expected errors into one plain sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, name, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(f"talkoot.cli.{module}"), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SetupError, InvalidError) as error:
            raise click.ClickException(str(error)) from error
        except NotFoundError as error:
            raise click.ClickException(str(error) or "There is no such thing here.") from error
        except Exception as error:
            if sentence := _database_trouble(error):
                raise click.ClickException(sentence) from error
            raise


def _database_trouble(error: Exception) -> str:
    """What to say when the database refuses, without importing SQLAlchemy to ask. Empty: it was something else."""
    kind = next((c.__name__ for c in type(error).__mro__ if c.__module__ == "sqlalchemy.exc"), "")
    first = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    if kind == "ProgrammingError" or "no such table" in first:
        return f"The database is not set up for this version ({first}). Bring it up to date with: talkoot db upgrade"
    return (
        f"The database does not do it: {first}"
        if kind in ("OperationalError", "InterfaceError", "TimeoutError")
        else ""
    )


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="talkoot")
def cli() -> None:
    """Talkoot: forums of many municipalities in one installation.

    The installation is the folder named by TALKOOT_INSTANCE (default: ./instance).

    \b
    Examples:
      talkoot demo                      try it: a region with its municipalities
      talkoot init && talkoot run       an empty installation, then its sites
      talkoot tenant import --region 16 the municipalities of a region
    """


def main() -> None:
    """The `talkoot` command."""
    cli(prog_name="talkoot")


__all__ = ["cli", "main"]

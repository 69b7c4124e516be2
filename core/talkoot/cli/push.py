"""`talkoot push`: what notices on phones and computers need."""

from __future__ import annotations

import click

from talkoot.errors import SetupError
from talkoot.push import services


@click.group()
def push() -> None:
    """Notices on members' phones and computers."""


@push.command("key")
def key() -> None:
    """Make a key and print the line for settings.toml, to stand above [defaults]. With another key, devices are added anew.

    \b
    Examples:
      talkoot push key
    """
    if not services.is_installed():
        raise SetupError('The extra is not installed: pip install "talkoot[push]"')
    from talkoot.push import keys  # needs a package that others do not

    click.echo(f'push_secret = "{keys.new_secret()}"')

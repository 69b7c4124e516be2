"""Commands run in this process, for the tests of every command; the fixtures are in conftest.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import click
from click.testing import CliRunner, Result

from talkoot import i18n
from talkoot.cli import cli

PASSWORD = "koivu vene torstai"
Run = Callable[..., Result]


def invoke(*arguments: str, code: int = 0) -> Result:
    """Run a command in this process; shows what it said when its exit code is not the expected one."""
    with i18n.speaking("en"):  # a request of an earlier test may have spoken another language in this process
        result = CliRunner().invoke(cli, arguments)
    assert result.exit_code == code, f"{result.output}\n{result.exception!r}"
    assert "Traceback" not in result.output
    return result


def leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from leaves(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(leaves(cli))

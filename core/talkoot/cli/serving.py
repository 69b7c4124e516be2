"""`talkoot run`: the web server and the worker as two children, started together and ended together."""

from __future__ import annotations

import os
import socket
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlsplit

import click

from talkoot import config, migrate, registry
from talkoot.cli import terminal
from talkoot.cli.children import Children
from talkoot.config import Settings
from talkoot.db import Database
from talkoot.errors import SetupError

LOOPBACK = ("localhost", "127.0.0.1", "::1")
START_SECONDS = 60
LOGS_HELP = (
    "Where log lines go; auto: to files in the instance folder when a person is watching, and of the demo always."
)


@dataclass(frozen=True)
class Serving:
    """How to serve: what the command line said."""

    host: str
    port: int
    workers: int
    logs: str

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def serving_options(command: click.decorators.FC) -> click.decorators.FC:
    """The options that `run` and `demo` share."""
    for option in (
        click.option("--logs", type=click.Choice(["auto", "file", "terminal"]), default="auto", help=LOGS_HELP),
        click.option("--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Web worker processes."),
        click.option("--port", type=click.IntRange(1, 65535), default=8000, show_default=True, help="Port to listen on."),
        click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on; 0.0.0.0 for all."),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@serving_options
def run(host: str, port: int, workers: int, logs: str) -> None:
    """Serve the sites: a gunicorn web server and the worker for mail and other jobs, until Ctrl-C.

    \b
    Examples:
      talkoot run
      talkoot run --port 8080 --workers 4
      talkoot run --host 0.0.0.0 --logs terminal    in a container
    """
    serve(config.load(), Serving(host, port, workers, logs), sign_in=[])


def serve(settings: Settings, serving: Serving, *, sign_in: list[str]) -> None:
    """Check that everything is ready, start both processes, say what to open, and end both when asked to.

    Raises SetupError when the database is behind, the port is taken or a process ends by itself.
    """
    check_ready(settings)
    check_port(serving)
    public_url = public_url_of(settings, serving)
    warn_about_http(public_url, serving.host)
    with Children(
        settings.instance, to_files=serving.logs == "file" or (serving.logs == "auto" and sys.stderr.isatty())
    ) as children:
        environment = {"TALKOOT_INSTANCE": str(settings.instance), "TALKOOT_PUBLIC_URL": public_url}
        terminal.step(f"Starting the web server on {serving.bind} with {serving.workers} workers")
        children.start("web", _web_command(), environment | _web_environment(settings, serving))
        wait_until_up(serving, children)
        terminal.step("Starting the worker")
        children.start("worker", [sys.executable, "-m", "talkoot.cli", "jobs", "run"], environment)
        if children.to_files:
            terminal.step(f"Logs are in {settings.instance / 'logs'}")
        terminal.done(f"Open {public_url}/ in a browser. Stop with Ctrl-C.")
        for line in sign_in:
            click.echo(f"  {line}")
        ended = children.wait()
    if ended:
        raise SetupError(f"The {ended} process ended by itself, so everything was stopped. {children.hint(ended)}")
    terminal.done("Stopped")


def _web_command() -> list[str]:
    return [sys.executable, "-m", "gunicorn", "-c", "python:talkoot.cli.gunicorn_settings"]


def _web_environment(settings: Settings, serving: Serving) -> dict[str, str]:
    """Metrics of all workers are added up through files in a folder that starts empty."""
    folder = settings.instance / "metrics"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    return {
        "TALKOOT_RUN_BIND": serving.bind,
        "TALKOOT_RUN_WORKERS": str(serving.workers),
        "PROMETHEUS_MULTIPROC_DIR": str(folder),
    }


def check_ready(settings: Settings) -> None:
    """Raise SetupError unless every migration has been run."""
    database, plugins = Database(settings), registry.load()
    try:
        with database.connect() as connection:
            if migrate.pending(connection, plugins):
                raise SetupError("The database is not up to date. Bring it up to date with: talkoot db upgrade")
    finally:
        database.dispose()


def check_port(serving: Serving) -> None:
    """Raise SetupError when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in serving.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((serving.host, serving.port))
        except OSError as error:
            other = serving.port + 1 if serving.port < 65535 else 8000
            raise SetupError(
                f"{serving.bind} cannot be used ({error.strerror}). Stop what runs there, or choose another port: "
                f'add --port {other}, or with make: make run ARGS="--port {other}"'
            ) from error


def public_url_of(settings: Settings, serving: Serving) -> str:
    """The installation's address; on loopback its port follows --port, so that links lead where the server is."""
    parts = urlsplit(settings.public_url)
    if parts.hostname in LOOPBACK and parts.scheme == "http" and "TALKOOT_PUBLIC_URL" not in os.environ:
        return f"http://{'[::1]' if parts.hostname == '::1' else parts.hostname}:{serving.port}"
    return settings.public_url


def warn_about_http(public_url: str, host: str) -> None:
    """Say it where browsers will refuse to sign in (DESIGN 4): secure cookies do not work over plain http."""
    parts = urlsplit(public_url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK and not (parts.hostname or "").endswith(".localhost"):
        terminal.note(
            f"public_url is {public_url}: over plain http nobody can sign in, because browsers drop secure cookies there. "
            "Put a proxy with https in front and set public_url to its address."
        )
    elif host not in LOOPBACK and parts.hostname in LOOPBACK:
        terminal.note(
            f"Listening on {host}, but public_url is {public_url}: links in mails lead there, and over plain http nobody can "
            "sign in from another machine. Set public_url, and main_hosts to its host name."
        )


def wait_until_up(serving: Serving, children: Children) -> None:
    """Return when the server answers; raises SetupError when it ends or stays silent."""
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(serving.host, serving.host)  # noqa: S104  # compared, not bound
    address = f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{serving.port}/healthz"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if children.first_ended():
            raise SetupError(f"The web server did not start. {children.hint('web')}")
        try:
            with opener.open(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise SetupError(
        f"The web server does not answer on {serving.bind} after {START_SECONDS} seconds. {children.hint('web')}"
    )

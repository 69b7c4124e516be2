"""`talkoot run`: web server and worker start and end together; what is said about addresses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.core.commands import invoke

from talkoot import config, migrate, registry
from talkoot.cli import demonstration, serving
from talkoot.cli.serving import Serving, public_url_of, warn_about_http
from talkoot.config import Settings
from talkoot.demo import accounts


def settings_with(**values: object) -> Settings:
    return Settings(instance=Path("nowhere"), secret_key="x" * 40, **values)  # type: ignore[arg-type]


def test_the_public_address_follows_the_port_on_loopback(monkeypatch):
    monkeypatch.delenv("TALKOOT_PUBLIC_URL", raising=False)
    how = Serving("127.0.0.1", 8123, 2, "auto")
    assert public_url_of(settings_with(), how) == "http://localhost:8123"
    assert public_url_of(settings_with(public_url="https://forum.example.fi"), how) == "https://forum.example.fi"


@pytest.mark.parametrize(
    ("public_url", "host", "said"),
    [
        ("http://forum.example.fi", "127.0.0.1", "nobody can sign in"),
        ("http://localhost:8000", "0.0.0.0", "from another machine"),
        ("http://localhost:8000", "127.0.0.1", ""),
        ("https://forum.example.fi", "127.0.0.1", ""),
    ],
)
def test_plain_http_is_said(capsys, public_url, host, said):
    warn_about_http(public_url, host)
    shown = capsys.readouterr().err
    assert said in shown
    assert bool(said) == bool(shown)


def test_a_taken_port_is_said(folder):
    invoke("init", "--without-operator")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = invoke("run", "--port", str(port), code=1).stderr
    assert f'--port {port + 1}, or with make: make run ARGS="--port {port + 1}"' in " ".join(said.split())


def test_the_demo_says_it_before_it_loads(folder, monkeypatch):
    loaded = []
    monkeypatch.setattr(demonstration.installation, "upgrade", lambda settings: loaded.append(settings))
    monkeypatch.setattr(demonstration, "ensure_loaded", lambda settings, scale: loaded.append(scale))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "choose another port" in invoke("demo", "--port", str(taken.getsockname()[1]), code=1).stderr
        assert loaded == []
        invoke("demo", "--port", str(taken.getsockname()[1]), "--no-run")
        assert len(loaded) == 2


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def wait_for(found: Callable[[], bool], seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < until, "it took too long"
        time.sleep(0.1)


def children_of(pid: int) -> dict[int, str]:
    """Process ids of the children with their command lines."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found[int(entry.name)] = (entry / "cmdline").read_text()
        except (OSError, IndexError):
            continue
    return found


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at processes through /proc")
@pytest.mark.parametrize("how", ["asked", "worker dies"])
def test_run_starts_and_ends_both(folder, how):
    invoke("init", "--without-operator")
    port = free_port()
    command = [sys.executable, "-m", "talkoot.cli", "run", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        wait_for(lambda: len(children_of(process.pid)) == 2)
        with opener.open(f"http://localhost:{port}/readyz", timeout=10) as answer:
            assert answer.read() == b"ready\n"
        children = children_of(process.pid)
        worker = next(pid for pid, command in children.items() if "jobs" in command)
        if how == "asked":
            process.send_signal(signal.SIGTERM)
        else:
            os.kill(worker, signal.SIGKILL)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert f"http://localhost:{port}/" in said
    assert process.returncode == (0 if how == "asked" else 1)
    assert ("Stopped" if how == "asked" else "worker process ended by itself") in said
    assert not any(Path(f"/proc/{pid}").exists() for pid in children), "both have ended"


def test_gunicorn_believes_no_headers(monkeypatch):
    monkeypatch.setenv("TALKOOT_RUN_WORKERS", "3")
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:talkoot.cli.gunicorn_settings",
        "--print-config",
        "talkoot.cli:main",
    ]
    shown = subprocess.check_output(command, text=True)
    values = {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in shown.splitlines())}
    assert values["workers"] == "3"
    assert values["preload_app"] == "True"
    assert values["forwarded_allow_ips"] == "[]"
    assert values["secure_scheme_headers"] == "{}"


STARTS = """
import sys
from pathlib import Path
import talkoot.app, talkoot.config
print(*sys.modules)
talkoot.app.create_app(talkoot.config.Settings(instance=Path("nowhere").resolve(), secret_key="x" * 40))
print(*sys.modules)
"""


def test_a_web_server_starts_without_what_only_commands_need():
    """It starts in a second and a half, and most of that is importing."""
    said = subprocess.check_output([sys.executable, "-c", STARTS], text=True)
    program, whole = (set(line.split()) for line in said.splitlines())
    assert "talkoot.staff.pages.settings" in whole - program
    assert "babel.messages" not in program, "catalogues are compiled already"
    commands = {"talkoot.cli", "talkoot.migrate", "talkoot.scaffold", "talkoot.testing"}
    assert whole & {*commands, "alembic", "gunicorn", "PIL", "rich.progress"} == set()


def test_upgrade_needs_no_running_web_server(folder):
    """Migrations run from the command line; an installation made by hand is up to date after it."""
    invoke("init", "--without-operator")
    assert migrate.check(config.load(), registry.load()) == []


@pytest.mark.parametrize(
    ("given", "to"), [([], "file"), (["--logs", "terminal"], "terminal"), (["--logs", "file"], "file")]
)
def test_the_demos_log_lines_leave_whom_to_sign_in_as_in_sight(folder, monkeypatch, given, to):
    served = []
    monkeypatch.setattr(demonstration, "ensure_loaded", lambda settings, scale: None)
    monkeypatch.setattr(serving, "serve", lambda settings, how, *, sign_in: served.append((how.logs, len(sign_in))))
    monkeypatch.setattr(serving, "check_port", lambda how: None)
    invoke("demo", *given)
    assert served == [(to, len(accounts.ACCOUNTS) + 1)]

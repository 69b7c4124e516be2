"""Starts and ends real servers on loopback, as deploy/ ships them: gunicorn, worker, nginx. Used by bench and tests."""

from __future__ import annotations

import ctypes
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
GUNICORN_CONF = ROOT / "deploy" / "gunicorn.conf.py"
NGINX_SITE = ROOT / "deploy" / "nginx" / "talkoot.conf"
DIE_WITH_PARENT = 1  # prctl(PR_SET_PDEATHSIG): no server outlives the run that started it


@dataclass(frozen=True)
class Server:
    """A running server and where it listens."""

    process: subprocess.Popen[bytes]
    port: int
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """Everything it wrote so far."""
        return self.log.read_text(errors="replace")


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def write_settings(folder: Path, **values: Any) -> None:
    """An instance's settings file."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{name} = {json.dumps(list(v) if isinstance(v, tuple) else v, ensure_ascii=False)}"
        for name, v in values.items()
    ]
    (folder / "settings.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextmanager
def gunicorn(instance: Path, *, app: str = "", **environment: str) -> Iterator[Server]:
    """The web server with the shipped settings; `app` serves another WSGI application with them."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--config", str(GUNICORN_CONF), *([app] if app else [])]
    variables = {"TALKOOT_BIND": f"127.0.0.1:{port}", "WEB_CONCURRENCY": "2", **environment}
    with running(command, instance, f"gunicorn-{port}", port, variables) as server:
        count = int(variables["WEB_CONCURRENCY"])
        wait_until(
            lambda: answers(port, "/healthz") and len(children(server.pid)) == count, server, "gunicorn to answer"
        )
        yield server


@contextmanager
def worker(instance: Path, **environment: str) -> Iterator[Server]:
    """The worker process, as its systemd unit starts it."""
    command = [sys.executable, "-m", "talkoot.cli", "jobs", "run"]
    with running(command, instance, "worker", 0, environment) as server:
        wait_until(lambda: "worker_started" in server.said(), server, "the worker to start")
        yield server


@contextmanager
def nginx(folder: Path, upstream: int, secure: int = 0) -> Iterator[tuple[Server, int]]:
    """nginx with the shipped site; gives the server (its port speaks TLS) and the port of plain http."""
    plain, secure = free_port(), secure or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("cache", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    _certificate(folder)
    (folder / "site.conf").write_text(
        _on_loopback(NGINX_SITE.read_text(encoding="utf-8"), folder, plain, secure, upstream)
    )
    (folder / "nginx.conf").write_text(_around(folder))
    command = [_program("nginx"), "-c", str(folder / "nginx.conf"), "-p", str(folder), "-g", "daemon off;"]
    with running(command, folder, "nginx", secure, {}) as server:
        wait_until(lambda: _listens(secure), server, "nginx to listen")
        yield server, plain


def _program(name: str) -> str:
    """A system program; /usr/sbin is not on everybody's path."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise RuntimeError(f"{name} is not installed: apt-get install {name}")
    return found


def _on_loopback(site: str, folder: Path, plain: int, secure: int, upstream: int) -> str:
    """The shipped site with nothing changed but ports and folders; a change that finds nothing to change is an error."""
    changes = {
        r"server 127\.0\.0\.1:8000 ": f"server 127.0.0.1:{upstream} ",
        r"listen 80 default_server;": f"listen 127.0.0.1:{plain} default_server;",
        r"listen \[::\]:80 default_server;": "",
        r"listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        r"listen \[::\]:443 [^;]*;": "",
        r"/etc/letsencrypt/live/talkoot/fullchain\.pem": str(folder / "certificate.pem"),
        r"/etc/letsencrypt/live/talkoot/privkey\.pem": str(folder / "key.pem"),
        r"/var/cache/nginx/talkoot": str(folder / "cache"),
        r"/var/log/nginx/talkoot\.log": str(folder / "access.log"),
    }
    for pattern, new in changes.items():
        site, times = re.subn(pattern, new, site)
        assert times == 1, f"{pattern} is {times} times in the shipped site"
    return site


def _around(folder: Path) -> str:
    temporary = " ".join(
        f"{kind}_temp_path {folder}/temporary/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"{user} pid {folder}/nginx.pid; error_log stderr warn; worker_processes 2; events {{ worker_connections 2048; }}\n"
        f"http {{ include /etc/nginx/mime.types; access_log off; {temporary} include {folder}/site.conf; }}\n"
    )


def _certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,DNS:*.localhost", "-keyout", str(folder / "key.pem"),
         "-out", str(folder / "certificate.pem")],
        check=True, capture_output=True, timeout=30,
    )  # fmt: skip


@contextmanager
def running(
    command: list[str], instance: Path, name: str, port: int, environment: Mapping[str, str]
) -> Iterator[Server]:
    """A program for as long as the block lasts; it ends with the block, or with this process."""
    log = instance / f"{name}.log"
    variables = {**os.environ, "TALKOOT_INSTANCE": str(instance), "PYTHONUNBUFFERED": "1", **environment}
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            env=variables,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_end_with_parent,
        )
    server = Server(process, port, log)
    try:
        yield server
    finally:
        stop(server)


def run_to_its_end(command: list[str], instance: Path, environment: Mapping[str, str], minutes: float) -> None:
    """Run a command in an instance; raises with what it said when it fails or takes too long."""
    with running(command, instance, "command", 0, environment) as server:
        status = server.process.wait(minutes * 60)
    if status:
        raise RuntimeError(f"{' '.join(command)} failed:\n{server.said()[-3000:]}")


def stop(server: Server, seconds: float = 15) -> int:
    """Ask it to end, and make it end when it does not; returns its exit status."""
    if server.process.poll() is None:
        server.process.send_signal(signal.SIGTERM)
        try:
            server.process.wait(seconds)
        except subprocess.TimeoutExpired:
            for pid in [*children(server.pid), server.pid]:
                os.kill(pid, signal.SIGKILL)
    return server.process.wait(5)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(DIE_WITH_PARENT, signal.SIGTERM)


def children(pid: int) -> list[int]:
    """The processes that a process has started and that still run."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(child) for child in task.read_text().split()]
        except OSError:
            continue
    return found


def wait_until(
    true: Any, server: Server | None = None, what: str = "it", seconds: float = 20, pause: float = 0.05
) -> None:
    """Poll until `true()` is; raises with the server's log when it ended or time is up."""
    end = time.monotonic() + seconds
    while not true():
        ended = server is not None and server.process.poll() is not None
        if ended or time.monotonic() > end:
            said = server.said()[-6000:] if server else ""
            raise AssertionError(f"waited {seconds} s for {what}{', which has ended' if ended else ''}\n{said}")
        time.sleep(0.05)


def answers(port: int, path: str) -> bool:
    """Whether the server answers 200 there."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0

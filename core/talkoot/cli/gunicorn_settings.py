"""gunicorn's settings as `talkoot run` uses them; deploy/ has a set for a server behind a proxy."""

from __future__ import annotations

import gc
import os
from typing import Any

from talkoot.web import logs, watchdog

gc.disable()  # while all is loaded that stays: looking through it for garbage takes a sixth of the start (post_fork)

wsgi_app = "talkoot.app:create_app()"
bind = os.environ.get("TALKOOT_RUN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("TALKOOT_RUN_WORKERS", "2"))
worker_class = "gthread"
threads = 4
preload_app = True  # the application is loaded once and its memory shared by the workers
timeout = 60  # the worker's main thread; requests that hang are the watchdog's
graceful_timeout = 20
keepalive = 5
accesslog = None  # the application logs requests itself, with the tenant
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
forwarded_allow_ips = ""  # which proxies to believe is decided in one place: the setting proxy_count
secure_scheme_headers: dict[str, str] = {}

_dog = watchdog.Watchdog(watchdog.LIMIT)


def on_starting(server: Any) -> None:
    """Log lines are JSON from the first one on."""
    logs.configure()


def pre_fork(server: Any, _worker: Any) -> None:
    """No connection of the parent goes into a worker; what was loaded is left out of collecting garbage."""
    server.app.wsgi().database.dispose()
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    """A worker collects the garbage of its requests; what was loaded before is left alone."""
    gc.enable()


def post_worker_init(worker: Any) -> None:
    """Watch for requests that hang: gunicorn's own timeout does not see a thread."""
    _dog.watch(worker.log.error)


def pre_request(_worker: Any, request: Any) -> None:
    """A thread begins a request."""
    _dog.begin(request.path)


def post_request(_worker: Any, _request: Any, _environ: Any, _response: Any) -> None:
    """A thread has ended its request."""
    _dog.end()


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that has ended."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

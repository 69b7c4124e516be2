"""gunicorn's settings as `talkoot run` uses them; deploy/ has a set for a server behind a proxy."""

from __future__ import annotations

import os
from typing import Any

from talkoot.web import logs

wsgi_app = "talkoot.app:create_app()"
bind = os.environ.get("TALKOOT_RUN_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("TALKOOT_RUN_WORKERS", "2"))
worker_class = "gthread"
threads = 4
preload_app = True  # the application is loaded once and its memory shared by the workers
timeout = 30  # a worker that hangs longer is replaced
graceful_timeout = 20
keepalive = 5
accesslog = None  # the application logs requests itself, with the tenant
errorlog = "-"
loglevel = "warning"
control_socket_disable = True
forwarded_allow_ips = ""  # which proxies to believe is decided in one place: the setting proxy_count
secure_scheme_headers: dict[str, str] = {}


def on_starting(server: Any) -> None:
    """Log lines are JSON from the first one on."""
    logs.configure()


def post_fork(server: Any, worker: Any) -> None:
    """A connection that was opened before the fork must not be shared."""
    server.app.wsgi().database.engine.dispose(close=False)


def child_exit(server: Any, worker: Any) -> None:
    """Forget the gauges of a worker that has ended."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

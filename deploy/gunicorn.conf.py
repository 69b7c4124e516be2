"""gunicorn's settings for Talkoot: `gunicorn --config gunicorn.conf.py`. README.md beside it tells what can be set.

Always behind nginx or Caddy: gunicorn's threads wait for slow clients, a proxy that buffers does not.
"""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any

gc.disable()  # while all is loaded that stays: looking through it for garbage takes a sixth of the start (post_fork)

# Before anything imports prometheus_client: workers add their counts up through files in this folder.
_metrics = Path(
    os.environ.setdefault(
        "PROMETHEUS_MULTIPROC_DIR", str(Path(os.environ.get("TALKOOT_INSTANCE", "instance")).resolve() / "metrics")
    )
)
_metrics.mkdir(parents=True, exist_ok=True)

from talkoot.web import watchdog  # noqa: E402

wsgi_app = "talkoot.app:create_app()"
proc_name = "talkoot"
bind = os.environ.get("TALKOOT_BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_CONCURRENCY") or max(2, os.cpu_count() or 2))
worker_class = "gthread"
threads = int(os.environ.get("TALKOOT_THREADS", "4"))
worker_connections = threads + 28  # a worker whose threads are all busy leaves new connections to the others
preload_app = True  # code is loaded once and shared
max_requests = int(os.environ.get("TALKOOT_MAX_REQUESTS", "50000"))  # a slow leak never grows old
max_requests_jitter = max_requests // 5
timeout = 60  # the worker's main thread; hanging requests are the watchdog's
graceful_timeout = 30
keepalive = 15  # longer than the proxy keeps an idle connection, so that it never writes into a closed one
limit_request_line = 4094
limit_request_fields = 60
limit_request_field_size = 8190
forwarded_allow_ips = ""  # no header sets the path or the scheme here; the setting proxy_count says what is believed
secure_scheme_headers: dict[str, str] = {}
accesslog = None  # the application writes one structured line per request
errorlog = "-"
control_socket_disable = True

_dog = watchdog.Watchdog(float(os.environ.get("TALKOOT_REQUEST_SECONDS", watchdog.LIMIT)))


def on_starting(server: Any) -> None:
    """Forget the counts of an earlier run, and write logs as JSON lines."""
    from talkoot.web import logs

    for old in _metrics.glob("*.db"):
        old.unlink(missing_ok=True)
    logs.configure()


def when_ready(server: Any) -> None:
    """Say so when nothing seems to stand between visitors and gunicorn."""
    if _public(server.address) and not server.app.callable.settings.proxy_count:
        server.log.warning(
            "gunicorn is open to the network and proxy_count is 0. Slow clients can use up its threads: put nginx or "
            "Caddy in front (both are ready in deploy/), let gunicorn listen on loopback, and set proxy_count to 1."
        )


def _public(addresses: list[Any]) -> bool:
    """Whether any address is neither loopback nor a Unix socket."""
    hosts = [str(address[0]) for address in addresses if isinstance(address, tuple)]
    return any(not host.startswith("127.") and host not in ("localhost", "::1") for host in hosts)


def pre_fork(server: Any, _worker: Any) -> None:
    """No connection of the master is carried into a worker; what was loaded stays shared memory."""
    server.app.callable.database.dispose()
    gc.freeze()


def post_fork(_server: Any, _worker: Any) -> None:
    """A worker collects the garbage of its requests; what the master loaded is left alone."""
    gc.enable()


def post_worker_init(worker: Any) -> None:
    """Watch for requests that hang, and know the tenants before the first visitor comes."""
    _dog.watch(worker.log.error)
    try:
        worker.wsgi.directory.current()
    except Exception as error:
        worker.log.warning("The database is away, starting without it: %s", error)


def pre_request(_worker: Any, request: Any) -> None:
    """A thread begins a request."""
    _dog.begin(request.path)


def post_request(_worker: Any, _request: Any, _environ: Any, _response: Any) -> None:
    """And has answered it."""
    _dog.end()


def child_exit(_server: Any, worker: Any) -> None:
    """A worker that is gone no longer counts among the living."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

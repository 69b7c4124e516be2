"""/healthz (the process lives, no database), /readyz (it can serve) and /metrics, on any host, before everything else."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from prometheus_client import REGISTRY, CollectorRegistry, generate_latest, multiprocess

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from talkoot.app import Talkoot

LOOPBACK = ("127.0.0.1", "::1", "")


class HealthMiddleware:
    """Answers what load balancers and monitoring ask."""

    def __init__(self, inner: WSGIApplication, app: Talkoot) -> None:
        self.inner, self.app = inner, app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO")
        if path == "/healthz":
            return _answer(start_response, "200 OK", b"ok\n")
        if path == "/readyz":
            return self._ready(start_response)
        if path == "/metrics":
            return self._metrics(environ, start_response)
        return self.inner(environ, start_response)

    def _ready(self, start_response: StartResponse) -> Iterable[bytes]:
        try:
            with self.app.database.connect() as connection:
                connection.exec_driver_sql("SELECT 1")
        except Exception:
            return _answer(start_response, "503 Service Unavailable", b"database away\n")
        return _answer(start_response, "200 OK", b"ready\n")

    def _metrics(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        token = self.app.settings.metrics_token
        given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ").encode("latin-1")  # as it was sent
        near = environ.get("REMOTE_ADDR", "") in LOOPBACK and not environ.get("HTTP_X_FORWARDED_FOR")
        if not near and not (token and hmac.compare_digest(given, token.encode())):
            return _answer(start_response, "403 Forbidden", b"metrics are for monitoring\n")
        registry = REGISTRY
        if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
            registry = CollectorRegistry()
            multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return _answer(start_response, "200 OK", generate_latest(registry))


def _answer(start_response: StartResponse, status: str, body: bytes) -> list[bytes]:
    start_response(
        status,
        [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(body))),
            ("Cache-Control", "no-store"),
        ],
    )
    return [body]

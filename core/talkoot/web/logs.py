"""Structured logs: one JSON line per event, with the tenant; never a body, a mail address or a secret."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import structlog
from flask import g, request
from prometheus_client import Counter, Histogram

from talkoot.web.paths import without_secrets

if TYPE_CHECKING:
    from flask import Response

    from talkoot.app import Talkoot

REQUESTS = Counter("talkoot_requests", "Requests answered by the application", ["tenant", "status"])
SECONDS = Histogram("talkoot_request_seconds", "Time to answer, by endpoint", ["endpoint"])
log = structlog.get_logger("talkoot.request")


def configure(level: int = logging.INFO) -> None:
    """JSON lines on standard error, for talkoot and for the libraries."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(ensure_ascii=False)],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(
        level=logging.WARNING, format='{"logger": "%(name)s", "level": "%(levelname)s", "event": "%(message)s"}'
    )


@contextmanager
def configured() -> Iterator[None]:
    """The same for a command that ends: in this block, and nothing is left of it after."""
    before = structlog.get_config()
    configure()
    structlog.configure(cache_logger_on_first_use=False)
    try:
        yield
    finally:
        structlog.configure(**before)


def init_app(app: Talkoot) -> None:
    """A line and two metrics per request that reached Flask."""

    @app.before_request
    def begin() -> None:
        g.started = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        seconds = time.perf_counter() - g.get("started", time.perf_counter())
        tenant = g.tenant.slug if g.get("tenant") else "-"
        REQUESTS.labels(tenant, response.status_code).inc()
        SECONDS.labels(request.endpoint or "-").observe(seconds)
        log.info(
            "request",
            tenant=tenant,
            method=request.method,
            path=path(),
            status=response.status_code,
            ms=round(seconds * 1000, 1),
        )
        if _route_with_token():  # the Referer of the next request would hold it, and proxies have logs too
            response.headers["Referrer-Policy"] = "strict-origin"
        return response


def path() -> str:
    """The request's path for a log line; of a route that takes a token only the route."""
    return _route_with_token() or without_secrets(request.path)


def _route_with_token() -> str:
    rule = request.url_rule
    return rule.rule if rule is not None and "token" in rule.arguments else ""

"""Makes the application. `create_app` reads as a table of contents; the order of the WSGI layers is told there."""

from __future__ import annotations

from functools import cached_property
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask import Flask, Response, g
from limits.strategies import MovingWindowRateLimiter
from sqlalchemy.exc import IntegrityError
from werkzeug.middleware.proxy_fix import ProxyFix

from talkoot import config, i18n, models, registry, routes
from talkoot.config import Settings
from talkoot.db import Database
from talkoot.db.engine import commit
from talkoot.files import storage
from talkoot.files.storage import Storage
from talkoot.jobs import delivery
from talkoot.jobs.handover import Handover
from talkoot.registry import Registry
from talkoot.tenants.directory import Directory
from talkoot.tenants.resolver import TenantMiddleware
from talkoot.web import assets, csrf, errors, headers, health, limits, logs, pagecache, races, render, request
from talkoot.web.unchanged import UnchangedMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


class Talkoot(Flask):
    """Flask with one commit place: a view that answers without an error has its transaction committed, then answers."""

    settings: Settings
    registry: Registry
    database: Database
    directory: Directory
    page_cache: pagecache.PageCache
    limiter: MovingWindowRateLimiter
    jinja_environment = render.PlainEnvironment

    @cached_property
    def policy(self) -> dict[str, frozenset[str]]:
        """Each permission and the roles that have it."""
        return {name: frozenset(permission.roles) for name, permission in self.registry.permissions.items()}

    @cached_property
    def storage(self) -> Storage:
        """Where files lie."""
        return storage.of(self.settings, self.registry)

    @cached_property
    def queue(self) -> Any:
        return delivery.queue(self)

    @cached_property
    def deliver(self) -> Any:
        """Hand outbox ids to a worker (huey's task; calling it queues)."""

        def talkoot_jobs(identities: list[str]) -> None:
            delivery.run_each(self, map(UUID, identities))

        return self.queue.task(name="talkoot_jobs")(talkoot_jobs)

    @cached_property
    def handover(self) -> Handover:
        """What gathers outbox ids before they are delivered."""
        return Handover(lambda identities: self.deliver(identities))  # which opens the queue, and may fail

    def dispatch_request(self) -> Response:
        try:
            return self._answer()
        except IntegrityError:
            if not races.begin_anew():
                raise
        return self._answer()

    def _answer(self) -> Response:
        """What the view answers, its transaction committed."""
        response = self.make_response(super().dispatch_request())
        db = g.get("db")
        if db is not None and db.writing and response.status_code < 400:
            commit(db)
            if ids := db.info.pop("outbox", None):
                response.call_on_close(lambda: self.handover.take(ids))
        return response


def create_app(
    settings: Settings | None = None, *, extra_plugins: tuple[ModuleType, ...] = (), **overrides: Any
) -> Talkoot:
    """The application of one installation. Raises SetupError in plain words when something is not as it must be."""
    settings = settings or config.load(**overrides)
    app = Talkoot(__name__, instance_path=str(settings.instance), static_folder=None)
    app.settings = settings
    app.registry = registry.load(trace=settings.trace_hooks, extra=extra_plugins)
    assert models  # core's tables are declared before plugins' migrations are compared with them
    app.database = Database(settings)
    assert app.storage  # found now, so that two plugins that both want to keep the files stop the start
    app.directory = Directory(app.database, app.registry, settings)
    logs.init_app(app)
    i18n.init_app(app, app.registry)
    request.init_app(app)
    limits.init_app(app)
    csrf.init_app(app)
    errors.init_app(app)
    routes.init_app(app)
    render.init_app(app)
    # From the outside in: headers and health for everything, static files, which tenant, what a member knows already, pages
    # from memory, Flask.
    app.page_cache = pagecache.PageCache(app.wsgi_app, app.registry, settings)
    layers: WSGIApplication = UnchangedMiddleware(app.page_cache, app)
    layers = TenantMiddleware(layers, app.directory, settings.main_hosts)
    layers = assets.static_files(app, layers)
    layers = health.HealthMiddleware(layers, app)
    layers = headers.HeadersMiddleware(layers)
    if settings.proxy_count:  # the Host header stays what the visitor sent: proxies pass it on
        layers = ProxyFix(layers, x_for=settings.proxy_count, x_proto=settings.proxy_count, x_host=0)
    app.wsgi_app = layers  # type: ignore[method-assign]
    return app

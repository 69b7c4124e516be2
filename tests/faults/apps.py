"""Applications with a fault built in, served by the shipped gunicorn settings: `gunicorn … tests.faults.apps:hanging()`."""

from __future__ import annotations

import os
import sys
import time
from types import ModuleType
from typing import Any

from flask import Blueprint
from sqlalchemy import event

from talkoot import Plugin
from talkoot.app import Talkoot, create_app

FULL = "TALKOOT_TEST_FULL"  # names a file: while it is there, SQLite may not grow


def hanging() -> Talkoot:
    """With a plugin whose page never answers."""
    pages = Blueprint("hanging", __name__)

    @pages.get("/hanging/")
    def never() -> str:
        while True:
            time.sleep(60)

    module = ModuleType("talkoot_hanging")
    module.__file__ = __file__
    module.plugin = Plugin(name="hanging", title="Hanging", version="1", blueprints=(pages,), on_by_default=True)  # type: ignore[attr-defined]
    sys.modules[module.__name__] = module
    return create_app(extra_plugins=(module,))


def small_disk() -> Talkoot:
    """With an SQLite database that cannot take one more page, as on a full disk, while a file says so."""
    app = create_app()

    @event.listens_for(app.database.engine, "checkout")
    def limit(connection: Any, _entry: Any, _proxy: Any) -> None:
        full = os.path.exists(os.environ[FULL])
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages if full else 1_000_000}")

    return app

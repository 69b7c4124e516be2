"""Fixtures of core's tests: an installation for commands, and what a site's log says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.core.commands import Run, invoke
from tests.core.loaded import composed_one, demo, kept, make
from tests.core.told import next_door, noticing

from talkoot.audit import log as audit
from talkoot.tenants.tenant import Tenant

__all__ = ["composed_one", "demo", "kept", "make", "next_door", "noticing"]  # pytest finds its fixtures here


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty place for an installation."""
    place = tmp_path / "instance"
    monkeypatch.setenv("TALKOOT_INSTANCE", str(place))
    return place


@pytest.fixture
def run(app, monkeypatch) -> Run:
    """Commands on the furnished installation of the tests, with both towns in it."""
    settings = app.settings
    monkeypatch.setenv("TALKOOT_INSTANCE", str(settings.instance))
    monkeypatch.setenv("TALKOOT_SECRET_KEY", settings.secret_key)
    if not settings.is_sqlite:
        monkeypatch.setenv("TALKOOT_DATABASE_URL", settings.database_url)
        monkeypatch.setenv("TALKOOT_OWNER_DATABASE_URL", settings.owner_database_url)
    return invoke


@pytest.fixture
def actions(reading) -> Callable[[Tenant], list[str]]:
    """The acts in a site's log, the newest first."""

    def of(tenant: Tenant) -> list[str]:
        with reading(tenant) as db:
            return [line.action for line in audit.lines(db)]

    return of

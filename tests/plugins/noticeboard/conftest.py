"""Switching the noticeboard, which the kit has switched on everywhere, and changing the town's settings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from talkoot.tenants import registering
from talkoot.tenants.tenant import Tenant


@pytest.fixture
def switch(app, writing) -> Callable[..., None]:
    """`switch(False)`: off in the town; `switch(True, neighbour)`."""

    def turn(on: bool, tenant: Tenant | None = None) -> None:
        found = tenant or app.directory.current().by_slug["kokkola"]
        with writing(None) as db:
            registering.switch_plugin(db, found.id, "noticeboard", on)

    return turn


@pytest.fixture
def setting(writing, town) -> Callable[..., None]:
    """`setting("noticeboard.days", 3)` in the town."""

    def change(name: str, value: object) -> None:
        with writing(None) as db:
            registering.set_setting(db, town.id, {name: value})

    return change

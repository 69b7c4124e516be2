"""A site on which a made-up plugin is on, and the log of the guard that calls its hooks."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from tests.rules.contract_plugins import installed, made_up

from talkoot import guard
from talkoot.jobs import worker
from talkoot.site import summaries
from talkoot.testing.visitors import Visitor


class Recorder:
    """Stands in for the guard's log."""

    def __init__(self) -> None:
        self.lines: list[dict] = []

    def exception(self, event, **values):
        self.lines.append({"event": event, **values})

    error = info = exception


@pytest.fixture
def log(monkeypatch):
    recorder = Recorder()
    monkeypatch.setattr(guard, "log", recorder)
    return recorder


@pytest.fixture
def with_plugin(app, world):
    """`with with_plugin(hook, …) as site:` a plugin "raffles" that is on in the town; `site` makes visitors."""

    @contextmanager
    def install(*hooks, **facts):
        with installed(app, made_up(hooks=hooks, **facts)) as other:
            yield Site(other, world)

    return install


class Site:
    def __init__(self, app, world) -> None:
        self.app, self.world = app, world

    @property
    def town(self):
        return self.app.directory.current().by_slug["kokkola"]

    def visitor(self, role: str = "guest") -> Visitor:
        found = Visitor(self.app, self.town, network="10.66.0.1")
        return found if role == "guest" else found.sign_in_as(self.world.people["kokkola", role])

    def go_round(self) -> None:
        """Everything that calls a collecting hook: the pages still come, and posting and the worker still work."""
        topic, area = self.world.things["kokkola", "topic"], self.world.things["kokkola", "area"].slug
        guest, resident = self.visitor(), self.visitor("resident")
        for path in ("/", f"/areas/{area}/", f"/topics/{topic}"):
            answer = guest.get(path, follow_redirects=True)
            assert answer.status_code == 200, path
        assert "Katuvalot" in guest.get(f"/topics/{topic}", follow_redirects=True).text
        assert resident.submit(f"/topics/{topic}/reply", text="Vastaus.").status_code == 303
        worker.run_all(self.app)
        worker.tick(self.app)
        assert summaries.refresh(self.app, self.town, always=True)

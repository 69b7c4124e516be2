"""What tenants publish for pages over many of them: never older than a day, written without telling every page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from talkoot import clock as talkoot_clock
from talkoot.i18n import lazy
from talkoot.jobs import worker
from talkoot.plugin import SummaryItem
from talkoot.site import summaries
from talkoot.tenants import directory
from talkoot_forums import nearby


@pytest.fixture
def summary(app, town, reading):
    """The town's summary as it stands; `summary(tenant)`: another's."""

    def read(tenant=town):
        with reading(None) as db:
            return summaries.published(db)[tenant.id]

    return read


@pytest.fixture
def fresh(app, town, neighbour, run_jobs):
    """Both towns' summaries are written, and no job waits that would move a stamp."""
    run_jobs()
    for tenant in (town, neighbour):
        summaries.refresh(app, tenant, always=True)


def test_an_answer_becomes_overdue_though_nobody_writes(app, fresh, summary, town, neighbour, clock):
    before = summary()
    assert (before.open_answers, before.overdue_answers) == (1, 0)
    clock.shift(timedelta(days=town.setting("answers.days") + 1))
    worker.tick(app)
    assert (summary().open_answers, summary().overdue_answers) == (0, 1)
    assert summary(neighbour).overdue_answers == 1


def test_last_months_posts_grow_old(app, fresh, summary, clock):
    assert summary().posts_30_days > 2
    clock.shift(timedelta(days=32))
    worker.tick(app)
    assert summary().posts_30_days == 0
    assert summary().posts > 2


def test_a_day_ends_at_the_towns_midnight(app, fresh, town, clock):
    clock.move_to(datetime(2027, 3, 1, 9, tzinfo=UTC))
    assert summaries.refresh(app, town)
    for hour, minute in ((10, 0), (21, 59)):
        clock.move_to(datetime(2027, 3, 1, hour, minute, tzinfo=UTC))
        assert not summaries.refresh(app, town)
    clock.move_to(datetime(2027, 3, 1, 22, 1, tzinfo=UTC))  # 0.01 in Helsinki
    assert summaries.refresh(app, town)


def test_writing_a_summary_moves_its_own_stamp_and_no_other(app, fresh, as_role, world, town):
    as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="Something new.")
    before = app.directory.present()[1]
    assert summaries.refresh(app, town)
    after = app.directory.present()[1]
    assert {whose for whose, n in after.items() if before[whose] != n} == {directory.SUMMARIES}


def test_a_plugin_that_is_well_again_is_in_the_summary(app, fresh, summary, as_role, world, town, monkeypatch, logs):
    """Though nobody has written anything meanwhile."""
    before = summary()
    as_role("resident").submit(f"/topics/{world.things['kokkola', 'topic']}/reply", text="News.").close()
    with monkeypatch.context() as broken:
        broken.setattr(nearby, "talked_about", lambda *_, **__: 1 / 0)
        assert summaries.refresh(app, town)
    assert summary().posts == before.posts + 1
    assert len(summary().items) < len(before.items)
    assert summaries.refresh(app, town)
    assert len(summary().items) == len(before.items)
    assert not summaries.refresh(app, town)


@pytest.mark.parametrize("fault", [{"title": lazy("Home")}, {"at": "naive"}, {"language": None}])
def test_news_that_cannot_be_stored_is_left_out(app, summary, town, clock, monkeypatch, logs, fault):
    """A title that is translated where it is shown, a moment without a zone: the plugin's news go, the rest stays."""
    now = talkoot_clock.now()
    facts = {"title": "Water", "path": "gauge", "at": now, "kind": "level", "language": "fi", **fault}
    if fault.get("at"):
        facts["at"] = now.replace(tzinfo=None)
    impl = SimpleNamespace(plugin_name="noticeboard", argnames=["db"], function=lambda db: [SummaryItem(**facts)])
    others = [pair for pair in app.registry._impls["summary_items"] if pair[0] != "noticeboard"]
    monkeypatch.setitem(app.registry._impls, "summary_items", [*others, ("noticeboard", impl)])
    assert summaries.refresh(app, town, always=True)
    assert {item["plugin"] for item in summary().items} == {"forums"}
    assert [line["hook"] for line in logs if line["event"] == "plugin_trouble"] == ["summary_items"]

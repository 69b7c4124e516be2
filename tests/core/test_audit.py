"""The log: a chain in which every change, every gap and every exchange shows, and to which two writers add in turn."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from tests.core.test_posts import in_parallel

from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.db.engine import owner_engine

_entry = AuditEntry.__table__


@pytest.fixture
def five_lines(app, writing, town, world):
    with writing(town) as db:
        for n in range(4):
            audit.note(
                db,
                app.settings,
                f"act_{n}",
                actor=world.members["kokkola", "admin"],
                thing=("post", world.things["kokkola", "post"]),
                reason=f"reason {n}",
            )


def by_force(app, *statements):
    """What somebody with the owner's rights does behind the application's back."""
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    engine.dispose()


def first_bad(app, reading, town):
    with reading(town) as db:
        return audit.first_bad(db, app.settings)


def test_a_whole_log_is_whole(app, reading, town, neighbour, five_lines):
    assert first_bad(app, reading, town) is None
    assert first_bad(app, reading, neighbour) is None


@pytest.mark.parametrize(
    "change",
    [
        {"reason": "another"},
        {"action": "act_9"},
        {"actor_id": None},
        {"thing_id": None},
        {"thing_kind": "topic"},
        {"chain": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
@pytest.mark.parametrize("seq", [1, 3, 5])
def test_a_changed_line_is_found(app, reading, town, five_lines, seq, change):
    if seq == 1 and change in ({"thing_id": None},):
        change = {"reason": "x"}
    by_force(app, update(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq == seq).values(**change))
    assert first_bad(app, reading, town) == seq


def test_a_changed_time_is_found(app, reading, town, five_lines):
    from datetime import timedelta

    with reading(town) as db:
        at = db.scalars(select(AuditEntry.at).where(AuditEntry.tenant_id == town.id, AuditEntry.seq == 2)).one()
    by_force(
        app,
        update(_entry)
        .where(_entry.c.tenant_id == town.id, _entry.c.seq == 2)
        .values(at=at + timedelta(microseconds=1)),
    )
    assert first_bad(app, reading, town) == 2


@pytest.mark.parametrize("seq", [1, 2, 4])
def test_a_missing_line_is_found(app, reading, town, five_lines, seq):
    by_force(app, delete(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq == seq))
    assert first_bad(app, reading, town) == seq


def test_a_closed_gap_is_found(app, reading, town, five_lines):
    """Deleted, and the lines after it moved up."""
    mine = _entry.c.tenant_id == town.id
    by_force(
        app, delete(_entry).where(mine, _entry.c.seq == 2), update(_entry).where(mine, _entry.c.seq == 3).values(seq=2),
        update(_entry).where(mine, _entry.c.seq == 4).values(seq=3), update(_entry).where(mine, _entry.c.seq == 5).values(seq=4),
    )  # fmt: skip
    assert first_bad(app, reading, town) == 2


def test_exchanged_lines_are_found(app, reading, town, five_lines):
    mine = _entry.c.tenant_id == town.id
    by_force(
        app, update(_entry).where(mine, _entry.c.seq == 2).values(seq=99), update(_entry).where(mine, _entry.c.seq == 3).values(seq=2),
        update(_entry).where(mine, _entry.c.seq == 99).values(seq=3),
    )  # fmt: skip
    assert first_bad(app, reading, town) == 2


def test_a_line_of_another_tenant_is_no_line_here(app, reading, town, neighbour, five_lines):
    by_force(app, delete(_entry).where(_entry.c.tenant_id == town.id))
    by_force(app, update(_entry).where(_entry.c.tenant_id == neighbour.id).values(tenant_id=town.id))
    assert first_bad(app, reading, town) == 1


def test_another_key_cannot_have_written_it(app, reading, town, five_lines):
    from dataclasses import replace

    with reading(town) as db:
        assert audit.first_bad(db, replace(app.settings, secret_key="another key of at least 32 characters")) == 1


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_entry SET reason = 'x' WHERE tenant_id = {t}", "DELETE FROM audit_entry WHERE tenant_id = {t}"],
)
def test_the_application_cannot_change_its_own_log(app, town, statement):
    with app.database.open(town, writing=True) as db, pytest.raises(DBAPIError):
        db.execute(text(statement.format(t=town.id)))


def test_parallel_writers_make_one_chain(app, town, reading, world):
    def write(n):
        with app.app_context(), app.database.session(town, writing=True) as db:
            audit.note(db, app.settings, f"thread_{n}", actor=None)

    assert in_parallel(write, 8) == [None] * 8
    with reading(town) as db:
        assert [line.seq for line in audit.lines(db)] == list(range(9, 0, -1))
        assert audit.first_bad(db, app.settings) is None


def test_a_rolled_back_act_leaves_no_line(app, reading, town):
    def fail_after_writing():
        with app.app_context(), app.database.session(town, writing=True) as db:
            audit.note(db, app.settings, "undone", actor=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with reading(town) as db:
        assert "undone" not in [line.action for line in audit.lines(db)]


def test_the_page_of_the_log(as_role, reading, town):
    page = as_role("admin").get("/staff/log")
    assert page.status_code == 200
    assert as_role("resident").get("/staff/log").status_code == 403

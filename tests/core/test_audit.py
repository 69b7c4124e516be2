"""The log: a chain in which every change, every gap, every exchange and a cut-off end shows; two writers add in turn."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError
from tests.racing import in_parallel

from talkoot.audit import chain
from talkoot.audit import log as audit
from talkoot.audit.chain import Head
from talkoot.audit.models import AuditEntry, AuditHead
from talkoot.db.engine import owner_engine
from talkoot.jobs import worker

_entry, _head = AuditEntry.__table__, AuditHead.__table__


@pytest.fixture
def five_lines(app, writing, town, world):
    with writing(town) as db:
        for n in range(4):
            audit.note(
                db,
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


def first_bad(app, reading, town, kept=chain.EMPTY):
    with reading(town) as db:
        return chain.first_bad(db, kept)


def head_of(reading, town):
    with reading(town) as db:
        return chain.head(db)


def rewrite(app, town, reading, seq, **change):
    """Change a line and make every chain after it fit again, as anybody can who may write to the table."""
    with reading(town) as db:
        lines = db.execute(_entry.select().where(_entry.c.tenant_id == town.id).order_by(_entry.c.seq)).all()
    previous, statements = "", []
    for line in lines:
        said = SimpleNamespace(**{**line._mapping, **(change if line.seq == seq else {})})
        previous = chain.link(previous, said)
        row = (_entry.c.tenant_id == town.id, _entry.c.seq == line.seq)
        statements.append(update(_entry).where(*row).values(reason=said.reason, chain=previous))
    by_force(app, *statements)
    return Head(len(lines), previous)


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


@pytest.mark.parametrize("kept", [0, 1, 4])
def test_a_cut_off_end_is_found(app, reading, town, five_lines, kept):
    by_force(app, delete(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq > kept))
    assert first_bad(app, reading, town) == kept + 1


def test_a_cut_off_end_stays_found_when_the_log_goes_on(app, reading, writing, town, five_lines):
    by_force(app, delete(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq > 3))
    with writing(town) as db:
        audit.note(db, "later", actor=None)
    assert first_bad(app, reading, town) == 4


def test_a_log_written_anew_does_not_agree_with_its_head(app, reading, town, five_lines):
    rewrite(app, town, reading, 2, reason="another")
    assert first_bad(app, reading, town) == 5, "the lines agree with each other, and no longer with the head"


def test_a_log_written_anew_with_its_head_shows_beside_a_head_kept_elsewhere(app, reading, writing, town, five_lines):
    kept = head_of(reading, town)
    end = rewrite(app, town, reading, 2, reason="another")
    by_force(app, update(_head).where(_head.c.tenant_id == town.id).values(seq=end.seq, chain=end.chain))
    with writing(town) as db:
        audit.note(db, "later", actor=None)
    assert first_bad(app, reading, town) is None, "nothing within the database tells"
    assert first_bad(app, reading, town, kept) == 5


def test_a_head_kept_elsewhere_agrees_with_a_log_that_went_on(app, reading, writing, town, five_lines):
    kept = head_of(reading, town)
    with writing(town) as db:
        audit.note(db, "later", actor=None)
    assert first_bad(app, reading, town, kept) is None


def test_a_log_cut_off_with_its_head_shows_beside_a_head_kept_elsewhere(app, reading, town, five_lines):
    kept = head_of(reading, town)
    with reading(town) as db:
        third = db.execute(_entry.select().where(_entry.c.tenant_id == town.id, _entry.c.seq == 3)).one()
    by_force(
        app,
        delete(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq > 3),
        update(_head).where(_head.c.tenant_id == town.id).values(seq=3, chain=third.chain),
    )
    assert first_bad(app, reading, town) is None
    assert first_bad(app, reading, town, kept) == 4


@pytest.mark.parametrize("change", ["moved", "another chain", "gone"])
def test_a_changed_head_is_found(app, reading, town, five_lines, change):
    mine = _head.c.tenant_id == town.id
    changes = {
        "moved": update(_head).where(mine).values(seq=9),
        "another chain": update(_head).where(mine).values(chain="0" * 64),
        "gone": delete(_head).where(mine),
    }
    by_force(app, changes[change])
    assert first_bad(app, reading, town) == {"moved": 6, "another chain": 5, "gone": 1}[change]


def test_a_lost_head_does_not_stop_the_staff(app, reading, writing, town, five_lines):
    by_force(app, delete(_head).where(_head.c.tenant_id == town.id))
    with writing(town) as db:
        audit.note(db, "later", actor=None)
    assert head_of(reading, town).seq == 6
    assert first_bad(app, reading, town) is None


def test_the_head_is_that_of_the_tenant(app, reading, town, neighbour, five_lines):
    before = head_of(reading, neighbour)
    with app.app_context(), app.database.session(town, writing=True) as db:
        audit.note(db, "here", actor=None)
    assert head_of(reading, town).seq == 6
    assert head_of(reading, neighbour) == before


def test_the_chain_takes_no_secret(app, reading, town, five_lines, monkeypatch):
    """A new secret key, or a restored copy under another one: the log is checked as before."""
    before = head_of(reading, town)
    monkeypatch.setattr(app, "settings", replace(app.settings, secret_key="another key of at least 32 characters"))
    with app.app_context(), app.database.session(town, writing=True) as db:
        audit.note(db, "after the change", actor=None)
    assert first_bad(app, reading, town, before) is None


def test_two_acts_in_one_transaction(app, reading, writing, town, five_lines):
    with writing(town) as db:
        audit.note(db, "one", actor=None)
        audit.note(db, "two", actor=None)
    assert head_of(reading, town).seq == 7
    assert first_bad(app, reading, town) is None


def test_an_act_that_is_undone_leaves_the_head(app, reading, town, five_lines):
    before = head_of(reading, town)
    with app.app_context(), app.database.open(town, writing=True) as db:
        audit.note(db, "undone", actor=None)
        db.rollback()
    assert head_of(reading, town) == before
    assert first_bad(app, reading, town) is None


def test_the_worker_notes_the_heads_once_a_day(app, reading, town, neighbour, five_lines, logs, clock):
    clock.shift(timedelta(days=1))
    worker.tick(app)
    worker.tick(app)
    noted = {event["tenant"]: (event["lines"], event["chain"]) for event in logs if event["event"] == "audit_head"}
    for tenant in (town, neighbour):
        end = head_of(reading, tenant)
        assert noted[tenant.slug] == (end.seq, end.chain)
    assert len([event for event in logs if event["event"] == "audit_head"]) == len(noted)


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
            audit.note(db, f"thread_{n}", actor=None)

    assert in_parallel(write, 8) == [None] * 8
    with reading(town) as db:
        assert [line.seq for line in audit.lines(db)] == list(range(9, 0, -1))
        assert chain.first_bad(db) is None


def test_a_rolled_back_act_leaves_no_line(app, reading, town):
    def fail_after_writing():
        with app.app_context(), app.database.session(town, writing=True) as db:
            audit.note(db, "undone", actor=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_writing()
    with reading(town) as db:
        assert "undone" not in [line.action for line in audit.lines(db)]


def test_the_page_of_the_log(as_role, reading, town):
    page = as_role("admin").get("/staff/log")
    assert page.status_code == 200
    assert as_role("resident").get("/staff/log").status_code == 403

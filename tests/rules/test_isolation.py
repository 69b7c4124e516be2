"""Attacks on the wall between tenants (DESIGN 5), each tried against the layers below the application's own filters.

Reading: row-level security stops it on PostgreSQL; SQLite has no such layer, there the engine listener of the tests must
catch the statement. Writing: stopped by the database on both. The neighbour's texts all hold CANARY-B.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import MetaData, Table, delete, event, exists, func, insert, select, text, union_all, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased, make_transient
from sqlalchemy.orm.exc import StaleDataError

from talkoot import migrate, registry
from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.conversations.models import Post, Reaction
from talkoot.db import Base, for_tenant
from talkoot.db.isolation import POLICY
from talkoot.db.model import is_tenant_owned, tenant_tables
from talkoot.db.session import MADE
from talkoot.errors import IsolationError
from talkoot.people.models import Membership
from talkoot.tenants import registering
from talkoot.testing import canaries
from talkoot.testing.rows import every_row
from talkoot.testing.towns import MARK

_post = Post.__table__
INSTALLED = [table for component in migrate.components(registry.load()) for table in component.tables()]
TENANT_TABLES = sorted(table.name for table in INSTALLED if is_tenant_owned(table))
Attack = Callable[[Any, Any], Any]  # session of the town, world → what was read


# --- no tenant, no rows -------------------------------------------------------------------------------------------


@pytest.mark.database("postgresql")
def test_without_a_tenant_there_are_no_rows(app, cluster, unwatched):
    with unwatched(), app.database.connect() as connection:
        counts = {t.name: connection.execute(select(func.count()).select_from(t)).scalar_one() for t in tenant_tables()}
    assert set(counts.values()) == {0}
    filled = {name for name, rows in every_row(app.settings).items() if rows}
    assert {"post", "membership", "audit_entry", "forums_topic"} <= filled, (
        "the owner must see rows, else this proves nothing"
    )


@pytest.mark.database("postgresql")
def test_the_application_is_the_bound_role(app):
    with app.database.connect() as connection:
        role = connection.execute(
            text("SELECT rolname, rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).one()
    assert tuple(role) == ("talkoot_app", False, False)


def test_a_session_of_the_installation_has_no_tenant(app):
    with app.database.session(None) as db, pytest.raises(IsolationError):
        for_tenant(db, Post)


# --- reading ------------------------------------------------------------------------------------------------------


def _reflected(db: Any, _world: Any) -> Any:
    table = Table("post", MetaData(), autoload_with=db.get_bind())
    return db.execute(select(table)).all()


def _foreign_session(db: Any, _world: Any) -> Any:
    with Session(db.get_bind().engine) as own:
        return own.execute(select(_post)).all()


def _refreshed(db: Any, world: Any) -> Any:
    """A detached object with the neighbour's key, refreshed: SQLAlchemy leaves criteria out there by design."""
    post = Post(tenant_id=world.tenants["kronoby"], id=world.things["kronoby", "post"])
    make_transient(post)
    db.add(post)
    db.refresh(post)
    return post.source


READS: dict[str, Attack] = {
    "text": lambda db, _: db.execute(text("SELECT * FROM post")).all(),
    "text, from_statement": lambda db, _: [
        p.source for p in db.scalars(select(Post).from_statement(text("SELECT * FROM post")))
    ],
    "Core table": lambda db, _: db.execute(select(_post)).all(),
    "Core count": lambda db, _: _more_than_own(db, db.execute(select(func.count()).select_from(_post)).scalar_one()),
    "Core outer join": lambda db, _: db.execute(
        select(Membership.__table__.c.name, _post.c.source).select_from(
            _post.outerjoin(Membership.__table__, Membership.__table__.c.id == _post.c.author_id)
        )
    ).all(),
    "Core union": lambda db, _: db.execute(union_all(select(_post.c.source), select(_post.c.html))).all(),
    "Core subquery": lambda db, _: db.execute(select(select(_post).subquery())).all(),
    "bare connection": lambda db, _: db.connection().exec_driver_sql("SELECT source FROM post").all(),
    "own engine": lambda db, _: _own_engine(db),
    "reflected table": _reflected,
    "foreign Session": _foreign_session,
    "OR true": lambda db, _: db.execute(text("SELECT source FROM post WHERE id = :i OR 1 = 1"), {"i": "x" * 16}).all(),
    "every row by id": lambda db, world: db.execute(
        select(_post).where(_post.c.id == world.things["kronoby", "post"])
    ).all(),
    "refresh": _refreshed,
}
ORM_READS: dict[str, Attack] = {
    "select": lambda db, _: [p.source for p in db.scalars(select(Post))],
    "columns": lambda db, _: db.execute(select(Post.source)).all(),
    "alias": lambda db, _: [p.source for p in db.scalars(select(aliased(Post)))],
    "query": lambda db, _: [p.source for p in db.query(Post).all()],
    "count": lambda db, _: _more_than_own(db, db.execute(select(func.count()).select_from(Post)).scalar_one()),
    "exists": lambda db, world: (
        ["CANARY-B"] * bool(db.execute(select(exists().where(Post.id == world.things["kronoby", "post"]))).scalar())
    ),
    "cte": lambda db, _: db.execute(select(select(Post.source).cte())).all(),
    "get": lambda db, world: db.get(
        Post, {"tenant_id": world.tenants["kronoby"], "id": world.things["kronoby", "post"]}
    ),
    "join": lambda db, _: db.execute(
        select(Post.source, Membership.name).join(Membership, Membership.id == Post.author_id)
    ).all(),
    "find": lambda db, world: db.find(Post, id=world.things["kronoby", "post"]),
}


def _more_than_own(db: Any, count: int) -> list[str]:
    """A count is a leak when it counts others' rows too."""
    own = db.execute(select(func.count()).select_from(_post).where(_post.c.tenant_id == db.tenant.id)).scalar_one()
    return [MARK] if count > own else []


def _own_engine(db: Any) -> Any:
    with db.get_bind().engine.connect() as connection:
        return connection.execute(text("SELECT source FROM post")).all()


@pytest.mark.parametrize("attack", READS)
def test_reading_past_the_filters(app, town, world, unwatched, attack):
    protected = not app.settings.is_sqlite
    with unwatched() if protected else nullcontext(), app.app_context(), app.database.open(town) as db:
        try:
            loot = READS[attack](db, world)
        except IsolationError as refused:
            loot = refused.__class__
        except Exception as refused:  # on PostgreSQL each layer refuses in its own way
            loot = refused.__class__ if protected else MARK
    assert MARK not in repr(loot)
    _forgive(protected)


@pytest.mark.parametrize("attack", ORM_READS)
def test_the_orm_reads_own_rows_only(app, town, world, attack):
    with app.database.open(town) as db:
        loot = ORM_READS[attack](db, world)
    assert MARK not in repr(loot)


def _forgive(protected: bool) -> None:
    """On SQLite the listener was to catch the statement; that it did must not fail the test at its end."""
    from talkoot.testing import watching

    if not protected:
        watching.offences()


# --- writing ------------------------------------------------------------------------------------------------------


def _new_post(world: Any, **more: Any) -> dict[str, Any]:
    return {
        "tenant_id": world.tenants["kronoby"], "id": uuid4(), "conversation_id": world.things["kronoby", "conversation"],
        "n": 99, "author_id": world.members["kronoby", "resident"], "source": "x", "html": "x", "renderer": 1, "language": "fi",
        "channel": "online", "reactions": {}, "version": 1, "created_at": datetime.now(UTC), "submission": uuid4(), **more,
    }  # fmt: skip


def _flushed(db: Any, thing: Any) -> None:
    db.add(thing)
    db.flush()


def _dirty(db: Any, world: Any) -> None:
    """An object of the neighbour, loaded elsewhere, changed and merged into the town's session."""
    key = {"tenant_id": world.tenants["kronoby"], "id": world.things["kronoby", "post"]}
    db.merge(Post(**_new_post(world, **key, source="changed")), load=True)
    db.flush()


WRITES: dict[str, Attack] = {
    "text update": lambda db, _: db.execute(text("UPDATE post SET source = 'x'")),
    "text delete": lambda db, _: db.execute(text("DELETE FROM reaction")),
    "Core update": lambda db, world: db.execute(update(_post).where(_post.c.id == world.things["kronoby", "post"]).values(source="x")),
    "Core delete": lambda db, world: db.execute(delete(Reaction.__table__)),
    "Core insert": lambda db, world: db.execute(insert(_post).values(**_new_post(world))),
    "ORM insert, bulk": lambda db, world: db.execute(insert(Post), [_new_post(world)]),
    "ORM update, bulk by key": lambda db, world: db.execute(
        update(Post), [{"tenant_id": world.tenants["kronoby"], "id": world.things["kronoby", "post"], "source": "x"}]
    ),
    "ORM update": lambda db, world: db.execute(update(Post).where(Post.id == world.things["kronoby", "post"]).values(source="x")),
    "ORM delete": lambda db, world: db.execute(delete(Reaction)),
    "bulk_update_mappings": lambda db, world: db.bulk_update_mappings(
        Post, [{"tenant_id": world.tenants["kronoby"], "id": world.things["kronoby", "post"], "source": "x"}]
    ),
    "bulk_save_objects": lambda db, world: db.bulk_save_objects([Post(**_new_post(world))]),
    "unit of work": lambda db, world: _flushed(db, Post(**_new_post(world))),
    "merged": _dirty,
    "move a row there": lambda db, world: db.execute(
        update(Reaction.__table__)
        .where(Reaction.__table__.c.tenant_id == world.tenants["kokkola"])
        .values(tenant_id=world.tenants["kronoby"])
    ),
    "insert from select": lambda db, world: db.execute(
        text(
            "INSERT INTO audit_entry (tenant_id, seq, at, action, thing_kind, reason, chain)"
            " SELECT :t, 77, at, action, thing_kind, reason, chain FROM audit_entry"
        ),
        {"t": world.tenants["kronoby"]},
    ),
    "upsert": lambda db, world: db.execute(
        text(
            "INSERT INTO audit_entry (tenant_id, seq, at, action, thing_kind, reason, chain)"
            " SELECT tenant_id, seq, at, action, thing_kind, 'x', chain"
            " FROM audit_entry WHERE true ON CONFLICT (tenant_id, seq) DO UPDATE SET reason = 'x'"
        )
    ),
    "foreign key to the neighbour's row": lambda db, world: db.execute(
        insert(Reaction.__table__).values(
            tenant_id=world.tenants["kokkola"], id=uuid4(), post_id=world.things["kronoby", "post"],
            membership_id=world.members["kokkola", "resident"], kind="thanks", created_at=datetime.now(UTC),
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", WRITES)
def test_writing_past_the_filters(app, town, neighbour, world, unwatched, attack):
    before = every_row(app.settings, neighbour.id)
    town_reactions = len(every_row(app.settings, town.id)["reaction"])
    with unwatched(), app.app_context(), app.database.open(town, writing=True) as db:
        try:
            WRITES[attack](db, world)
            db.commit()
        except (DBAPIError, IsolationError, StaleDataError):  # refused, or no such row to be seen
            db.rollback()
    assert every_row(app.settings, neighbour.id) == before
    if attack == "foreign key to the neighbour's row":
        assert len(every_row(app.settings, town.id)["reaction"]) == town_reactions


def test_a_reading_session_refuses_to_write(app, town, world):
    with app.database.open(town) as db, pytest.raises(IsolationError):
        _flushed(db, Post(**_new_post(world, tenant_id=town.id)))


@pytest.mark.database("postgresql")
def test_a_reading_transaction_is_read_only_in_the_database(app, town):
    with app.database.open(town) as db, pytest.raises(DBAPIError, match="read-only transaction"):
        db.execute(text("UPDATE tenant_stamp SET n = n + 1"))


def test_a_foreign_object_in_the_own_session_is_refused_at_flush(app, town, world):
    with app.database.open(town, writing=True) as db, pytest.raises(IsolationError, match="in a session of"):
        _flushed(db, Post(**_new_post(world)))


# --- injection, and what could stick to a pooled connection (PostgreSQL) --------------------------------------------

INJECTIONS = {
    "set_config in ORDER BY": "SELECT source FROM post WHERE tenant_id = :own ORDER BY (SELECT set_config('talkoot.tenant', '{n}', true))",
    "set_config in WHERE": "SELECT source FROM post WHERE tenant_id = :own OR set_config('talkoot.tenant', '{n}', false) = '{n}'",
    "query_to_xml": "SELECT query_to_xml('SET LOCAL talkoot.tenant = {n}', true, true, '') WHERE :own > 0",
    "stacked, with values": "SELECT 1 WHERE :own > 0; SET LOCAL talkoot.tenant = '{n}'",
    "set role": "SET LOCAL ROLE talkoot_owner",
    "session authorization": "SET SESSION AUTHORIZATION talkoot_owner",
    "row_security off": "SET LOCAL row_security = off",
}


@pytest.mark.database("postgresql")
@pytest.mark.parametrize("attack", INJECTIONS)
def test_an_injected_query_cannot_change_the_tenant(app, town, neighbour, unwatched, attack):
    query = INJECTIONS[attack].replace("{n}", str(neighbour.id))
    with unwatched(), app.database.open(town, writing=True) as db:
        try:
            with db.begin_nested():
                loot = repr(db.execute(text(query), {"own": town.id} if ":own" in query else {}).all())
        except Exception as refused:
            loot = repr(refused.__class__)
        try:
            loot += repr(db.execute(text("SELECT source FROM post")).all())
        except DBAPIError:
            db.rollback()
    assert MARK not in loot


@pytest.mark.database("postgresql")
def test_stacked_statements_are_refused_without_values_too(app, town):
    with app.database.open(town) as db, pytest.raises(DBAPIError, match="multiple commands"):
        db.execute(text("SELECT 1; SELECT 2"))


@pytest.mark.database("postgresql")
@pytest.mark.parametrize("then", ["the town", "nobody"])
def test_a_tenant_set_without_local_does_not_stick_in_the_pool(app, town, neighbour, unwatched, then):
    with unwatched(), app.database.open(neighbour, writing=True) as db:
        db.execute(text(f"SET talkoot.tenant = '{neighbour.id}'"))
        db.commit()
    with unwatched(), app.database.open(town if then == "the town" else None) as db:
        loot = db.execute(text("SELECT source FROM post")).all()
    app.database.dispose()
    assert MARK not in repr(loot)
    own = len(every_row(app.settings, town.id)["post"])
    assert len(loot) == (own if then == "the town" else 0)


@pytest.mark.database("postgresql")
def test_a_savepoint_does_not_change_the_tenant(app, town, unwatched):
    with unwatched(), app.database.open(town, writing=True) as db:
        with db.begin_nested():
            db.execute(text("SELECT 1"))
        assert len(db.execute(text("SELECT source FROM post")).all()) == len(every_row(app.settings, town.id)["post"])


def test_the_same_connection_serves_two_tenants_in_turn(app, town, neighbour):
    """One connection in the pool: each transaction sees its own tenant, whoever used the connection before."""
    for tenant, marked in ((town, False), (neighbour, True), (town, False)):
        with app.database.open(tenant) as db:
            sources = list(db.scalars(for_tenant(db, Post.source)))
        assert sources
        assert all(source.startswith(MARK) == marked for source in sources)


def test_every_transaction_names_its_tenant(app, town):
    """Read off the wire on PostgreSQL, off the connection on SQLite."""
    seen: list[int | None] = []

    def note(connection: Any) -> None:
        seen.append(connection.get_execution_options().get("talkoot_tenant"))

    event.listen(app.database.engine, "begin", note)
    try:
        for tenant in (town, None):
            with app.database.open(tenant) as db:
                db.execute(text("SELECT 1"))
    finally:
        event.remove(app.database.engine, "begin", note)
    assert seen == [town.id, None]


def _new_site(app: Any, db: Any, name: str = "Lakeus") -> Any:
    made = registering.add(db, kind="cooperation", names={"fi": name}, languages=("fi",))
    return app.directory.within(db).by_id[made]


def test_a_session_of_the_installation_enters_the_site_it_has_made(app, town):
    with app.database.session(None, writing=True) as db:
        site = _new_site(app, db)
        with db.entered(site):
            audit.note(db, "tenant_added", actor=None)
            assert db.scalars(for_tenant(db, AuditEntry)).all()
        assert not list(db), "what was read there is not at hand here"
        with pytest.raises(IsolationError):
            for_tenant(db, Post)
    rows = every_row(app.settings, site.id)["audit_entry"]
    assert [site.id in row for row in rows] == [True]


def test_it_enters_no_other(app, town, neighbour):
    with app.database.session(None, writing=True) as db:
        _new_site(app, db)
        with pytest.raises(IsolationError), db.entered(town):
            pass
    with app.database.session(town, writing=True) as db, pytest.raises(IsolationError), db.entered(neighbour):
        pass
    with app.database.session(town, writing=True) as db:
        site = _new_site(app, db, "Suupohja")
        with pytest.raises(IsolationError), db.entered(site):
            pass


def test_a_site_made_on_a_bare_connection_is_entered_by_nobody(app, town):
    """What is noted of a connection outlives its transaction: the next session may get the same one from the pool."""
    with app.database.session(None, writing=True) as db:
        connection = db.connection()
        made = registering.add(connection, kind="cooperation", names={"fi": "Suupohja"}, languages=("fi",))
        assert not connection.info.get(MADE)
    with app.database.session(None, writing=True) as db:
        assert registering.made(db) == ()
        with pytest.raises(IsolationError), db.entered(app.directory.within(db).by_id[made]):
            pass


def _write(app: Any, post: Any, *, entered: bool) -> None:
    """A post written past the session's own filters, within the new site's block or after it."""
    with app.database.session(None, writing=True) as db:
        site = _new_site(app, db)
        with db.entered(site):
            if entered:
                db.connection().execute(insert(_post).values(post))
        db.connection().execute(insert(_post).values({**post, "tenant_id": site.id}))


@pytest.mark.parametrize("entered", [True, False])
def test_the_database_refuses_others_rows_in_the_new_site_and_its_own_afterwards(app, world, unwatched, entered):
    before = every_row(app.settings)
    with unwatched(), pytest.raises(DBAPIError, match="row"):
        _write(app, _new_post(world), entered=entered)
    assert every_row(app.settings) == before


def _fail(app: Any, db: Any) -> None:
    with db.entered(_new_site(app, db)):
        audit.note(db, "tenant_added", actor=None)
        raise ZeroDivisionError


def test_an_error_in_the_new_site_undoes_all_of_it(app, town):
    before = every_row(app.settings)
    with app.database.session(None, writing=True) as db:
        with pytest.raises(ZeroDivisionError):
            _fail(app, db)
        assert registering.made(db) == ()
    after = every_row(app.settings)
    assert [name for name in before if after[name] != before[name] and name != "tenant_stamp"] == []


# --- SQLite's triggers ----------------------------------------------------------------------------------------------


@pytest.mark.database("sqlite")
@pytest.mark.parametrize("table", TENANT_TABLES)
def test_sqlite_refuses_foreign_writes_on_every_table(app, town, neighbour, unwatched, table):
    canaries.plant(app.settings, neighbour.id)
    with unwatched(), app.database.open(town, writing=True) as db:
        for statement in (
            f"UPDATE {table} SET tenant_id = tenant_id",
            f"DELETE FROM {table} WHERE tenant_id = {neighbour.id}",
        ):
            with pytest.raises(DBAPIError, match="row of another tenant"):
                db.execute(text(statement))


@pytest.mark.database("sqlite")
def test_sqlite_is_durable_and_checks_keys(app):
    with app.database.connect() as connection:
        values = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert values == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.database("postgresql")
def test_the_policy_is_a_plain_comparison():
    assert "SELECT" not in POLICY.upper(), "a subquery in the policy costs 150 ms a statement"
    assert all("tenant_id" in table.c for table in tenant_tables())
    assert Base.metadata.tables["post"].primary_key.columns.keys() == ["tenant_id", "id"]

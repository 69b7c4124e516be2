"""Migrations: one head each, models and tables agree, up and down and up again, many at once, nothing half made."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from talkoot import migrate, registry
from talkoot.config import Settings
from talkoot.db import Database, isolation
from talkoot.db.engine import LOCK_TIMEOUT_MS, owner_engine
from talkoot.db.isolation import lint_database
from talkoot.errors import SetupError
from talkoot.migrate import Component
from talkoot.testing import installations

ALL = registry.load()
COMPONENTS = migrate.components(ALL)


@pytest.fixture
def empty(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path, worker_id: str) -> Iterator[Settings]:
    """Settings of an installation whose database holds nothing yet."""
    if database_kind == "sqlite":
        yield installations.settings(tmp_path, "sqlite")
        return
    cluster = request.getfixturevalue("cluster")
    name = f"empty_{worker_id}"
    cluster.create(name)
    yield installations.settings(tmp_path, name, cluster)
    cluster.drop(name)


def tables(settings: Settings) -> set[str]:
    engine = owner_engine(settings)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    engine.dispose()
    return found


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_one_head(component):
    assert len(component.script().get_heads()) == 1


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_a_component_makes_its_own_tables_only(component):
    prefix = "" if component.name == "core" else f"{component.name}_"
    assert all(table.name.startswith(prefix) for table in component.tables())


def test_models_and_database_agree(empty):
    assert migrate.check(empty, ALL) != []
    migrate.upgrade(empty, ALL)
    assert migrate.check(empty, ALL) == []
    assert migrate.upgrade(empty, ALL) == [], "a second run has nothing to do"


def test_up_down_and_up_again(empty):
    migrate.upgrade(empty, ALL)
    full = tables(empty)
    for component in reversed(COMPONENTS):
        migrate.downgrade(empty, ALL, component.name, "base")
    assert {name for name in tables(empty) if not name.startswith("alembic_version_")} == set()
    migrate.upgrade(empty, ALL)
    assert tables(empty) == full
    assert migrate.check(empty, ALL) == []


def test_a_plugin_can_go_and_come_back(empty):
    """Uninstalled, its tables stay and no command fails; back again, nothing is to be done."""
    migrate.upgrade(empty, ALL)
    full = tables(empty)
    without = registry.load(only={"none of them"})
    assert migrate.upgrade(empty, without) == []
    assert migrate.check(empty, without) == []
    assert tables(empty) == full
    assert migrate.upgrade(empty, ALL) == []


@pytest.mark.database("postgresql")
def test_a_new_database_has_every_layer(empty, cluster):
    migrate.upgrade(empty, ALL)
    database = Database(empty)
    with database.connect() as connection:
        assert lint_database(connection) == []
        assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
    database.dispose()


UPGRADE = """
import sys
from pathlib import Path
from talkoot import migrate, registry
from talkoot.config import Settings
sys.stdin.readline()
folder, url, owner_url = sys.argv[1:]
chosen = Settings(instance=Path(folder), secret_key="x" * 32, database_url=url, owner_database_url=owner_url)
migrate.upgrade(chosen, registry.load())
"""


@pytest.mark.database("postgresql")
def test_six_processes_upgrade_at_once(empty):
    arguments = [sys.executable, "-c", UPGRADE, str(empty.instance), empty.database_url, empty.owner_database_url]
    processes = [
        subprocess.Popen(arguments, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)
    ]
    for process in processes:  # all wait at the line until every one has imported everything
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    ends = [process.communicate(timeout=120)[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * 6, ends
    assert migrate.check(empty, ALL) == []


# --- a migration that fails ---------------------------------------------------------------------------------------

GOOD = '''"""first"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0001", None, None, None
def upgrade():
    op.create_table("broken_first", sa.Column("id", sa.Integer, primary_key=True))
def downgrade():
    op.drop_table("broken_first")
'''
BAD = '''"""second"""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "0002", "0001", None, None
def upgrade():
    op.create_table("broken_second", sa.Column("id", sa.Integer, primary_key=True))
    op.execute("INSERT INTO broken_second (id) VALUES (1)")
    op.execute("INSERT INTO tenant_stamp (tenant_id, n) VALUES (4711, 1)")
    op.execute("SELECT nothing FROM nowhere")
def downgrade():
    pass
'''


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Component:
    """A component of its own beside the real ones, whose second revision fails in the middle."""
    folder = tmp_path / "broken" / "migrations"
    folder.mkdir(parents=True)
    (folder / "0001_first.py").write_text(GOOD)
    (folder / "0002_second.py").write_text(BAD)
    component = Component("broken", folder, "no_such_package")
    monkeypatch.setattr(migrate, "components", lambda _registry: [*COMPONENTS, component])
    return component


def test_a_failing_migration_leaves_nothing_half_made(empty, broken):
    for _ in range(2):  # the second try fails in the same way, and not over leftovers of the first
        with pytest.raises(Exception, match="nowhere"):
            migrate.upgrade(empty, ALL)
    found = tables(empty)
    assert "post" in found, "the components before it stay"
    assert not {name for name in found if name.startswith("broken")}
    assert _stamps(empty) == 0
    (broken.versions / "0002_second.py").write_text(BAD.replace('    op.execute("SELECT nothing FROM nowhere")\n', ""))
    assert migrate.upgrade(empty, ALL) == ["broken: nothing → 0002"]
    assert {"broken_first", "broken_second"} <= tables(empty)
    assert _stamps(empty) == 1


def _stamps(settings: Settings) -> int:
    engine = owner_engine(settings)
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM tenant_stamp WHERE tenant_id = 4711")).scalar_one()
    engine.dispose()
    return int(found)


def test_two_heads_are_refused(tmp_path: Path):
    """What test_one_head would say when two branches both add a 0002."""
    folder = tmp_path / "versions"
    folder.mkdir()
    (folder / "a.py").write_text(GOOD)
    for name in ("0002", "0002b"):
        (folder / f"{name}.py").write_text(GOOD.replace('"0001", None', f'"{name}", "0001"'))
    assert len(ScriptDirectory(str(migrate.HERE), version_locations=[str(folder)]).get_heads()) == 2


def test_the_application_refuses_nothing_while_behind(empty):
    """`pending` tells at start that migrations wait, without changing anything."""
    engine = owner_engine(empty)

    def pending() -> Any:
        with engine.connect() as connection:
            return migrate.pending(connection, ALL)

    assert pending() is True
    migrate.upgrade(empty, ALL)
    assert pending() is False
    engine.dispose()


# --- while the site is in use -------------------------------------------------------------------------------------

ALTERS = """'''first'''
from alembic import op
revision, down_revision, branch_labels, depends_on = "0001", None, None, None
def upgrade():
    op.execute("ALTER TABLE post ADD COLUMN broken_extra integer")
def downgrade():
    op.execute("ALTER TABLE post DROP COLUMN broken_extra")
"""


@pytest.fixture
def altering(empty: Settings, broken: Component, monkeypatch: pytest.MonkeyPatch) -> Component:
    """A component whose one revision changes a table that everybody uses, on a database with all the others."""
    monkeypatch.setattr(migrate, "PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(migrate, "components", lambda _registry: COMPONENTS)
    migrate.upgrade(empty, ALL)
    (broken.versions / "0001_first.py").write_text(ALTERS)
    (broken.versions / "0002_second.py").unlink()
    monkeypatch.setattr(migrate, "components", lambda _registry: [*COMPONENTS, broken])
    return broken


@pytest.fixture
def reader(empty: Settings) -> Iterator[Any]:
    """Somebody who reads posts for a long time, as a backup does."""
    database = Database(empty)
    with database.connect() as connection:
        connection.execute(text("SELECT count(*) FROM post WHERE tenant_id = 1"))
        yield connection
    database.dispose()


@pytest.mark.database("postgresql")
def test_with_nothing_to_do_nobody_waits(empty, altering, reader, monkeypatch):
    """Policies that are right are left alone: writing them anew would want every table for itself."""
    monkeypatch.setattr(migrate, "components", lambda _registry: COMPONENTS)
    monkeypatch.setattr(migrate, "TRIES", 1)
    assert migrate.upgrade(empty, ALL) == []


@pytest.mark.database("postgresql")
@pytest.mark.parametrize(
    "damage",
    ["DROP POLICY tenant_only ON post", "ALTER POLICY tenant_only ON post USING (true)", "ALTER TABLE post DISABLE ROW LEVEL SECURITY",
     "ALTER TABLE post NO FORCE ROW LEVEL SECURITY"],
)  # fmt: skip
def test_a_policy_that_is_not_right_is_made_so(empty, damage):
    migrate.upgrade(empty, ALL)
    engine, database = owner_engine(empty), Database(empty)
    with engine.begin() as connection:
        connection.exec_driver_sql(damage)
    with database.connect() as connection:
        assert lint_database(connection) != []
    assert migrate.upgrade(empty, ALL) == []
    with database.connect() as connection:
        assert lint_database(connection) == []
    engine.dispose()
    database.dispose()


@pytest.mark.database("postgresql")
def test_only_the_tables_that_need_it_are_secured_anew(empty, monkeypatch):
    migrate.upgrade(empty, ALL)
    engine, secured, statements = owner_engine(empty), [], isolation._policy_statements
    monkeypatch.setattr(isolation, "_policy_statements", lambda name: secured.append(name) or statements(name))
    with engine.begin() as connection:
        connection.exec_driver_sql("DROP POLICY tenant_only ON flag")
        isolation.secure(connection)
    engine.dispose()
    assert secured == ["flag"]


@pytest.mark.database("postgresql")
def test_a_table_in_use_is_waited_for_a_little_and_tried_again(empty, altering, reader, monkeypatch):
    """Everybody else waits behind a migration that waits, so it gives way before they run into their own limit."""
    assert 0 < migrate.TABLE_TIMEOUT_MS < LOCK_TIMEOUT_MS
    monkeypatch.setattr(migrate, "TABLE_TIMEOUT_MS", 200)
    monkeypatch.setattr(migrate.time, "sleep", lambda _: reader.rollback())  # the backup ends in the pause
    assert migrate.upgrade(empty, ALL) == ["broken: nothing → 0001"]


@pytest.mark.database("postgresql")
def test_a_table_that_stays_in_use_is_said_in_plain_words(empty, altering, reader, monkeypatch):
    monkeypatch.setattr(migrate, "TABLE_TIMEOUT_MS", 50)
    with pytest.raises(SetupError, match="Nothing is half done"):
        migrate.upgrade(empty, ALL)
    reader.rollback()
    assert migrate.upgrade(empty, ALL) == ["broken: nothing → 0001"]
    migrate.downgrade(empty, ALL, "broken", "base")

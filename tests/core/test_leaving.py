"""A municipality leaves: all it has in one file, then nothing of it left, and nothing of anybody else's touched."""

from __future__ import annotations

import json
import stat
import threading
import zipfile
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import inspect, select, text, update
from sqlalchemy.engine import make_url
from tests.core.commands import invoke
from tests.core.test_audit import by_force

from talkoot import clock
from talkoot.cli import cli
from talkoot.db.engine import owner_engine
from talkoot.db.isolation import INSTALLATION_TABLES
from talkoot.db.model import Base, tenant_tables
from talkoot.errors import InvalidError, NotFoundError
from talkoot.jobs.models import Outbox
from talkoot.people import memberships
from talkoot.people.models import Membership, Person, RoleGrant
from talkoot.site import summaries
from talkoot.tenants import leaving, logos, registering
from talkoot.tenants.models import Affiliation, TenantSlug
from talkoot.testing import canaries, installations
from talkoot.testing.rows import differences, every_row
from talkoot.testing.towns import MARK

OF_THE_INSTALLATION = {
    "affiliation",
    "outbox",
    "tenant",
    "tenant_host",
    "tenant_slug",
    "tenant_stamp",
    "tenant_summary",
}
NEVER = {
    "person",
    "person_session",
    "sign_in_attempt",
    "mail_stranger",
    "mail_bounce",
    "installation_text",
    "schedule_tick",
}


@pytest.fixture
def noise(app, town, neighbour, region, writing):
    """Canaries in every table of the neighbour, waiting jobs, summaries, ties, and a picture in each of two folders."""
    planted = canaries.plant(app.settings, neighbour.id)
    with writing(None) as db:
        registering.tie(db, neighbour.id, town.id, "hosted_by", None, None, note=f"{MARK}-note")
        registering.tie(db, town.id, region.id, "cooperation", date(2021, 1, 1), None, note="of the town")
        for tenant, error in ((town, "server-words"), (neighbour, f"{MARK}-error"), (None, f"{MARK}-nobody's")):
            values = {"kind": "people.confirm", "created_at": clock.now(), "lease_until": clock.now(), "error": error}
            db.add(Outbox(tenant_id=tenant.id if tenant else None, **values))
    for tenant in (town, neighbour):
        summaries.refresh(app, tenant, always=True)
        folder = logos.folder(app.settings.instance, tenant.id)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "picture.png").write_bytes(f"picture of {MARK if tenant is neighbour else 'the town'}".encode())
    yield planted
    for tenant in (town, neighbour):
        for path in logos.folder(app.settings.instance, tenant.id).glob("*"):
            path.unlink()


@pytest.fixture
def exported(app, town, noise, tmp_path):
    """The town's file, opened, and its manifest."""
    path = tmp_path / "kokkola.zip"
    leaving.export(app.settings, app.registry, "kokkola", path)
    with zipfile.ZipFile(path) as archive:
        yield archive, json.loads(archive.read("manifest.json"))


def lines_of(archive, table):
    return [json.loads(line) for line in archive.read(f"tables/{table}.jsonl").decode().splitlines()]


def close(writing, town):
    with writing(None) as db:
        registering.change(db, town.id, closed_at=clock.now())


def present(app):
    engine = owner_engine(app.settings)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    engine.dispose()
    return found


# --- the file -----------------------------------------------------------------------------------------------------


def test_every_table_with_rows_of_a_tenant_is_in_the_file(app, exported):
    archive, manifest = exported
    own = {table.name for table in tenant_tables()} & present(app)
    assert {"forums_topic", "noticeboard_notice", "membership", "audit_entry"} <= own
    assert set(manifest["rows"]) == own | OF_THE_INSTALLATION
    assert {name for name in archive.namelist() if name.startswith("tables/")} == {
        f"tables/{name}.jsonl" for name in manifest["rows"]
    }


def test_each_table_of_the_installation_is_either_in_the_file_or_never(exported):
    """A new one must be thought about: is there a tenant's part in it?"""
    assert OF_THE_INSTALLATION | NEVER == INSTALLATION_TABLES
    assert not {f"tables/{name}.jsonl" for name in NEVER} & set(exported[0].namelist())


def test_all_rows_of_the_tenant_and_no_others(app, town, exported):
    archive, manifest = exported
    rows = every_row(app.settings, town.id)
    for name, count in manifest["rows"].items():
        lines = lines_of(archive, name)
        assert len(lines) == count == (1 if name == "tenant" else len(rows[name])), name
        assert {line["id" if name == "tenant" else "tenant_id"] for line in lines} <= {town.id}
    assert manifest["rows"]["forums_topic"] >= 2
    assert manifest["rows"]["noticeboard_notice"] == 3
    assert manifest["rows"]["outbox"] >= 1
    assert manifest["rows"]["affiliation"] == 2, "the neighbour's tie to the town is a row of the neighbour"


def test_no_byte_of_another_tenant(exported):
    archive, _ = exported
    for name in archive.namelist():
        assert MARK not in name
        assert MARK.encode() not in archive.read(name), name
        assert MARK.lower().encode() not in archive.read(name).lower(), name


def test_the_neighbours_file_has_its_canaries(app, neighbour, noise, tmp_path):
    """The marks are there to be found: the test above could fail."""
    leaving.export(app.settings, app.registry, "kronoby", tmp_path / "kronoby.zip")
    with zipfile.ZipFile(tmp_path / "kronoby.zip") as archive:
        marked = {table for table, values in noise.items() if MARK.lower() in repr(values).lower()}
        assert len(marked) > 15
        for table in marked:
            assert MARK.lower() in archive.read(f"tables/{table}.jsonl").decode().lower(), table
        assert archive.read("uploads/logo/picture.png") == f"picture of {MARK}".encode()


def test_no_secret_and_no_address_of_an_account(app, reading, exported):
    archive, _ = exported
    everything = b"".join(archive.read(name) for name in archive.namelist())
    with reading(None) as db:
        people = db.scalars(select(Person)).all()
    assert len(people) > 20
    for person in people:
        for secret in (person.email, person.password_hash, person.nonce, str(person.id), person.id.hex):
            assert secret.encode() not in everything
    assert b"server-words" not in everything
    assert app.settings.secret_key.encode() not in everything


# Columns whose name sounds like a secret and that may be exported, with the reason; any other must be withheld.
HARMLESS = {
    "area.former_code": "an official code",
    "tenant.code": "an official code",
    "membership.name_key": "the shown name, normalised",
    "post.keyed_by": "a membership",
    "noticeboard_notice.keyed_by": "a membership",
    "invitation.email": "given by the tenant itself; the link is signed with the installation's key",
}


def test_columns_that_sound_like_secrets_are_withheld_or_explained(app, exported):
    words = ("hash", "token", "nonce", "secret", "key", "code", "password", "email", "phone", "pin_")
    for name in exported[1]["rows"]:
        for column in leaving._columns(Base.metadata.tables[name]):
            if any(word in column.name for word in words):
                assert f"{name}.{column.name}" in HARMLESS, "withhold it in leaving.py, or say here why it is harmless"


def test_what_is_withheld_is_there_to_be_withheld():
    for table, column in leaving.WITHHELD:
        assert column in Base.metadata.tables[table].c
    assert "person_id" not in {column.name for column in leaving._columns(Membership.__table__)}
    assert "person_id" in Membership.__table__.c


def test_values_are_written_so_that_anybody_can_read_them(app, town, reading, world, exported):
    archive, _ = exported
    member = next(x for x in lines_of(archive, "membership") if x["id"] == str(world.members["kokkola", "official"]))
    assert member["name"] == "Official Testinen"
    assert UUID(member["id"])
    joined = datetime.fromisoformat(member["joined_at"])
    assert joined.utcoffset() == timedelta(0)
    with reading(town) as db:
        assert db.find(Membership, id=UUID(member["id"])).joined_at == joined
    tie = next(x for x in lines_of(archive, "affiliation") if x["kind"] == "region")
    assert tie["valid_from"] == "2020-01-01"
    assert lines_of(archive, "tenant")[0]["names"] == {"fi": "Kokkola", "sv": "Karleby"}


def test_the_manifest(town, region, exported):
    _, manifest = exported
    assert manifest["format"] == 1
    assert manifest["tenant"]["slug"] == "kokkola"
    assert manifest["tenant"]["names"]["sv"] == "Karleby"
    assert datetime.fromisoformat(manifest["made_at"]).utcoffset() == timedelta(0)
    assert manifest["components"]["core"]["revision"]
    assert {"forums", "noticeboard"} <= set(manifest["components"])
    assert manifest["components"]["forums"]["version"]
    assert manifest["tied_to"] == {str(region.id): "keski-pohjanmaa"}
    assert manifest["uploads"] == 1


def test_uploads_are_the_tenants_own(app, town, neighbour, noise, tmp_path):
    """Also when somebody has laid a link into another tenant's folder."""
    folder, others = (logos.folder(app.settings.instance, tenant.id) for tenant in (town, neighbour))
    (folder / "link.png").symlink_to(others / "picture.png")
    (folder / "way").symlink_to(others, target_is_directory=True)
    manifest = leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as archive:
        assert [name for name in archive.namelist() if name.startswith("uploads/")] == ["uploads/logo/picture.png"]
        assert archive.read("uploads/logo/picture.png") == b"picture of the town"
    assert manifest["uploads"] == 1


def test_only_the_operator_may_read_the_file(app, town, noise, tmp_path):
    leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert stat.S_IMODE((tmp_path / "it.zip").stat().st_mode) == 0o600


def test_an_export_changes_nothing(app, town, noise, tmp_path):
    before = every_row(app.settings)
    leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert differences(before, every_row(app.settings)) == {}


def test_a_write_in_the_middle_is_not_in_the_file_and_does_not_wait(
    app, town, world, noise, writing, tmp_path, monkeypatch
):
    """All tables are as they were at one moment, though the site goes on."""
    original, wrote = leaving._write_rows, []

    def write_rows(archive, connection, of, tenant_id):
        if of.name == "membership" and not wrote:
            member = world.members["kokkola", "resident"]

            def change():
                with writing(town) as db:
                    db.execute(
                        update(Membership)
                        .where(Membership.tenant_id == town.id, Membership.id == member)
                        .values(about="too late")
                    )
                wrote.append("yes")

            thread = threading.Thread(target=change)
            thread.start()
            thread.join(4)
            assert wrote, "the writer waited for the export"
        return original(archive, connection, of, tenant_id)

    monkeypatch.setattr(leaving, "_write_rows", write_rows)
    leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as archive:
        assert "too late" not in archive.read("tables/membership.jsonl").decode()
    assert wrote == ["yes"]


def test_a_table_is_read_in_blocks(app, town, noise, tmp_path, monkeypatch):
    monkeypatch.setattr(leaving, "BLOCK", 2)
    manifest = leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert manifest["rows"]["membership"] == len(every_row(app.settings, town.id)["membership"]) > 4


@pytest.mark.parametrize("at", ["organisation", "membership", "noticeboard_notice"])
def test_an_export_that_breaks_leaves_no_file(app, town, noise, tmp_path, monkeypatch, at):
    original = leaving._write_rows

    def write_rows(archive, connection, of, tenant_id):
        if of.name == at:
            raise RuntimeError("the power is gone")
        return original(archive, connection, of, tenant_id)

    monkeypatch.setattr(leaving, "_write_rows", write_rows)
    with pytest.raises(RuntimeError):
        leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert list(tmp_path.iterdir()) == [path for path in tmp_path.iterdir() if path.is_dir()]


def test_a_file_that_is_there_is_not_overwritten(app, town, noise, tmp_path):
    (tmp_path / "it.zip").write_text("an earlier one")
    with pytest.raises(InvalidError, match="is there already"):
        leaving.export(app.settings, app.registry, "kokkola", tmp_path / "it.zip")
    assert (tmp_path / "it.zip").read_text() == "an earlier one"


def test_the_file_cannot_lie_in_what_it_holds(app, town, noise):
    with pytest.raises(InvalidError):
        leaving.export(app.settings, app.registry, "kokkola", logos.folder(app.settings.instance, town.id) / "it.zip")


# --- the removal --------------------------------------------------------------------------------------------------


def of_others(app, town):
    """Every row that is not the town's, as a dump; the directory's stamp, which must move, and the town's ties apart."""
    rows = every_row(app.settings)
    for name, found in rows.items():
        table = Base.metadata.tables[name]
        columns = [column.name for column in table.columns]
        mine = ["id"] if name == "tenant" else ["tenant_id", *(["other_id"] if name == "affiliation" else [])]
        indexes = [columns.index(column) for column in mine if column in columns]
        rows[name] = [row for row in found if all(row[index] != town.id for index in indexes)]
        if name == "tenant_stamp":
            rows[name] = [row for row in rows[name] if row[columns.index("tenant_id")] != 0]
    return repr(rows).encode()


def test_nothing_is_left_and_nobody_else_is_touched(app, town, neighbour, noise, writing):
    close(writing, town)
    before, of_the_neighbour = of_others(app, town), every_row(app.settings, neighbour.id)
    removed = leaving.remove(app.settings, app.registry, "kokkola")
    after = every_row(app.settings)
    assert of_others(app, town) == before
    assert {name: rows for name, rows in every_row(app.settings, town.id).items() if rows} == {}
    assert "kokkola" not in repr(after["tenant"])
    theirs = every_row(app.settings, neighbour.id)
    assert [name for name in theirs if theirs[name] != of_the_neighbour[name]] == ["affiliation"], "its tie to the town"
    assert len(of_the_neighbour["affiliation"]) - len(theirs["affiliation"]) == 1
    assert removed.rows > 60
    assert removed.roles_ended == 0
    assert not logos.folder(app.settings.instance, town.id).parent.exists()
    assert (logos.folder(app.settings.instance, neighbour.id) / "picture.png").exists()


def test_accounts_stay(app, town, noise, reading, writing):
    with reading(None) as db:
        before = set(db.scalars(select(Person.id)))
    close(writing, town)
    leaving.remove(app.settings, app.registry, "kokkola")
    with reading(None) as db:
        assert set(db.scalars(select(Person.id))) == before


def test_an_open_site_is_refused(app, town, noise):
    before = every_row(app.settings)
    with pytest.raises(InvalidError, match="talkoot tenant close kokkola"):
        leaving.remove(app.settings, app.registry, "kokkola")
    assert every_row(app.settings) == before
    assert (logos.folder(app.settings.instance, town.id) / "picture.png").exists()


@pytest.mark.parametrize("at", ["noticeboard_notice", "membership", "affiliation", "tenant", "the end"])
def test_a_removal_that_breaks_has_removed_nothing(app, town, noise, writing, monkeypatch, at):
    close(writing, town)
    before, original = every_row(app.settings), leaving._delete_rows

    def delete_rows(connection, of, tenant_id):
        if of.name == at:
            raise RuntimeError("the power is gone")
        return original(connection, of, tenant_id)

    def moved(_connection):
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(leaving, "_delete_rows", delete_rows)
    if at == "the end":
        monkeypatch.setattr(registering, "moved", moved)
    with pytest.raises(RuntimeError):
        leaving.remove(app.settings, app.registry, "kokkola")
    assert every_row(app.settings) == before
    assert (logos.folder(app.settings.instance, town.id) / "picture.png").exists()


@pytest.mark.parametrize("by", ["path", "host"])
def test_the_site_is_gone_and_the_other_answers(app, town, neighbour, noise, writing, visitor, by):
    gone, other = visitor(by=by), visitor(tenant=neighbour, by=by)
    assert gone.get("/").status_code == 200
    close(writing, town)
    leaving.remove(app.settings, app.registry, "kokkola")
    assert gone.get("/").status_code == 404
    assert other.get("/").status_code == 200
    assert "kokkola" not in {tenant.slug for tenant in app.directory.current().tenants}


def test_its_names_are_free_and_its_number_is_not_given_again(app, noise, writing, reading):
    """A cache, a link or a folder that still knows the number must never mean another municipality."""
    with writing(None) as db:
        newest = registering.add(db, kind="municipality", names={"fi": "Uusi", "sv": "Nya"}, languages=("fi",))
        registering.change(db, newest, closed_at=clock.now())
    leaving.remove(app.settings, app.registry, "uusi")
    with writing(None) as db:
        again = registering.add(db, kind="municipality", names={"fi": "Uusi", "sv": "Nya"}, languages=("fi",))
    assert again > newest
    with reading(None) as db:
        assert db.scalars(select(TenantSlug.slug).where(TenantSlug.tenant_id == again)).all() == ["nya"]


def test_roles_that_a_tie_gave_elsewhere_end_with_it(app, town, neighbour, region, world, writing, reading):
    """Otherwise the tie could not go, or its roles would last for ever."""
    member = world.members["kronoby", "resident"]
    with writing(None) as db:
        to_town = registering.tie(db, neighbour.id, town.id, "hosted_by", None, None)
        to_region = db.scalars(
            select(Affiliation.id).where(Affiliation.tenant_id == neighbour.id, Affiliation.kind == "region")
        ).one()
    with writing(neighbour) as db:
        for role, tie in (("moderator", to_town), ("clerk", to_region)):
            memberships.grant(db, memberships.get(db, member), role, tie_id=tie)
    close(writing, town)
    assert leaving.remove(app.settings, app.registry, "kokkola").roles_ended == 1
    with reading(neighbour) as db:
        grants = db.scalars(
            select(RoleGrant).where(RoleGrant.tenant_id == neighbour.id, RoleGrant.membership_id == member)
        )
        found = {grant.role: (grant.tie_id, grant.valid_to) for grant in grants}
    assert found == {"moderator": (None, clock.today("Europe/Helsinki")), "clerk": (to_region, None)}


def test_a_region_leaves_and_its_municipalities_stay(app, town, neighbour, region, noise, writing):
    before = [every_row(app.settings, tenant.id) for tenant in (town, neighbour)]
    close(writing, region)
    leaving.remove(app.settings, app.registry, "keski-pohjanmaa")
    for tenant, rows in zip((town, neighbour), before, strict=True):
        after = every_row(app.settings, tenant.id)
        assert [name for name in rows if rows[name] != after[name]] == ["affiliation"]
    assert app.directory.current().by_slug["kokkola"].region_id is None


def test_rows_of_a_plugin_that_is_not_installed_are_not_forgotten(app, town, neighbour, noise, writing, tmp_path):
    close(writing, town)
    by_force(
        app,
        text(
            "CREATE TABLE gone_thing (tenant_id INTEGER NOT NULL REFERENCES tenant (id), id INTEGER, PRIMARY KEY (tenant_id, id))"
        ),
    )
    try:
        by_force(app, text(f"INSERT INTO gone_thing VALUES ({neighbour.id}, 1)"))
        leaving.export(
            app.settings, app.registry, "kokkola", tmp_path / "first.zip"
        )  # others' rows there do not matter
        by_force(app, text(f"INSERT INTO gone_thing VALUES ({town.id}, 1)"))
        before = every_row(app.settings)
        for act in (
            lambda: leaving.export(app.settings, app.registry, "kokkola", tmp_path / "second.zip"),
            lambda: leaving.remove(app.settings, app.registry, "kokkola"),
        ):
            with pytest.raises(InvalidError, match="kokkola has rows in gone_thing"):
                act()
        assert every_row(app.settings) == before
    finally:
        by_force(app, text("DROP TABLE gone_thing"))


def test_nowhere(app, noise, tmp_path):
    with pytest.raises(NotFoundError):
        leaving.export(app.settings, app.registry, "nowhere", tmp_path / "it.zip")
    with pytest.raises(NotFoundError):
        leaving.remove(app.settings, app.registry, "nowhere")
    assert not (tmp_path / "it.zip").exists()


@pytest.mark.database("postgresql")
def test_on_a_managed_database_whose_owner_is_bound_too(app, town, noise, writing, tmp_path, cluster, worker_id):
    """Without BYPASSRLS the owner sees nothing until it names the tenant: no empty file, no rows left behind."""
    close(writing, town)
    full = leaving.export(app.settings, app.registry, "kokkola", tmp_path / "full.zip")
    before, role, database = of_others(app, town), f"bound_{worker_id}", make_url(app.settings.url).database
    bound = installations.settings(
        app.settings.instance, database, cluster, owner_database_url=cluster.url(database, role)
    )
    with cluster.connect() as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN NOBYPASSRLS IN ROLE talkoot_owner")
        try:
            assert sum(len(rows) for name, rows in every_row(bound).items() if name == "post") == 0
            again = leaving.export(bound, app.registry, "kokkola", tmp_path / "again.zip")
            leaving.remove(bound, app.registry, "kokkola")
        finally:
            connection.execute(f"DROP ROLE {role}")
    assert again["rows"] == full["rows"]
    assert of_others(app, town) == before


# --- the commands -------------------------------------------------------------------------------------------------


def test_the_whole_way(run, app, town, noise, tmp_path):
    file = tmp_path / "kokkola.zip"
    assert "tables, 1 uploaded files" in run("tenant", "export", "kokkola", "--to", str(file)).output
    assert zipfile.is_zipfile(file)
    assert "is there already" in run("tenant", "export", "kokkola", "--to", str(file), code=1).stderr
    assert "Close it first" in run("tenant", "delete", "kokkola", "--yes", code=1).stderr
    run("tenant", "close", "kokkola", "--yes")
    done = run("tenant", "delete", "kokkola", "--yes")
    assert "kokkola is deleted" in done.stdout
    line = json.loads(next(text for text in done.stderr.splitlines() if "tenant_deleted" in text))
    assert line["tenant"] == "kokkola"
    assert line["id"] == town.id
    assert line["log_heads"]["acts"].split()[0].isdigit()
    assert "no site called kokkola" in run("tenant", "delete", "kokkola", "--yes", code=1).stderr
    assert "no site called kokkola" in run("tenant", "export", "kokkola", "--to", "x.zip", code=1).stderr
    assert "kronoby" in run("tenant", "list").output


def test_the_address_is_typed_again(run, app, town, noise, writing):
    close(writing, town)
    before = every_row(app.settings)
    for typed in ("kronoby\n", "y\n", ""):
        assert CliRunner().invoke(cli, ["tenant", "delete", "kokkola"], input=typed).exit_code == 1
    assert every_row(app.settings) == before
    assert CliRunner().invoke(cli, ["tenant", "delete", "kokkola"], input="kokkola\n").exit_code == 0
    assert every_row(app.settings, town.id)["membership"] == []


def test_where_nothing_can_be_written(run, noise, tmp_path):
    said = run("tenant", "export", "kokkola", "--to", str(tmp_path / "nowhere" / "it.zip"), code=1).stderr
    assert "cannot be written: No such file" in said


def test_an_empty_installation_has_nobody_to_leave(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / "instance"))
    invoke("init", "--without-operator")
    assert "no site called kokkola" in invoke("tenant", "delete", "kokkola", "--yes", code=1).stderr

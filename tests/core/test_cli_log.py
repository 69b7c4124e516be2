"""Commands leave what they change in the log of the site they change, with who gave them; in no other site's."""

from __future__ import annotations

import os
import pwd
from types import SimpleNamespace

import click
import pytest
from sqlalchemy import select, text
from tests.core.commands import COMMANDS, PASSWORD
from tests.core.test_audit import by_force
from tests.core.test_logos import picture

from talkoot.audit import chain
from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.cli import noting
from talkoot.people import memberships
from talkoot.people.models import Person, RoleGrant
from talkoot.tenants import registering
from talkoot.testing.rows import every_row

RESIDENT = "resident@kokkola.example"
# Commands that change a site. What is run stands in the order of the running; {file} and {picture} are files. A command
# that is in neither table fails a test, as does an option that nothing here uses.
CHANGING = {
    "tenant import": [
        "--name Kaustinen --code 091", "--region Pirkanmaa", "--all",
    ],
    "tenant add": ["--kind cooperation --name fi=Järvi-Pohjanmaa --languages fi,en --slug jarvet --code c1"],
    "tenant set": [
        "kokkola site.brand=#0b5f8a answers.days=21", "kokkola name.en=Seaside languages=sv,fi", "kokkola time_zone=UTC",
        "kokkola logo={picture}", "kokkola logo=",
    ],
    "tenant host": [
        "kokkola forum.example.net", "kokkola forum.example.net --canonical", "kokkola forum.example.net --remove",
    ],
    "tenant tie": [
        "kronoby kokkola --kind hosted_by --from 2020-01-01 --note words",
        "kronoby kokkola --kind hosted_by --from 2020-01-01 --until 2023-01-01",
    ],
    "tenant plugin": [
        "kokkola forums off", "kokkola forums on", "kokkola forums default",
        "keski-pohjanmaa forums --rule mandate", "keski-pohjanmaa forums --rule none",
    ],
    "tenant close": ["kokkola --yes", "kokkola --reopen"],
    "tenant delete": ["keski-pohjanmaa --yes"],
    "text set": ["privacy --language fi --site kokkola {file}"],
    "text forget": ["privacy --language fi --site kokkola"],
    "person add": [
        "new@example.fi --password PASSWORD --language sv --tenant kokkola --name Uusi --role clerk --role editor",
        f"{RESIDENT} --operator --tenant kokkola --name Resident --role moderator",
    ],
    "person invite": ["anna@example.fi --tenant kokkola --role admin --role clerk --title Sihteeri"],
    "person role": [
        f"{RESIDENT} --tenant kokkola --grant clerk --grant editor --until 2099-01-01 --tie keski-pohjanmaa",
        f"{RESIDENT} --tenant kokkola --revoke clerk",
    ],
    "person erase": [f"{RESIDENT} --yes"],
}  # fmt: skip
NOT_CHANGING = {
    "init": "makes an installation without sites",
    "run": "serves",
    "demo": "makes sites whose logs tell their story: test_demo_log.py",
    "db init": "roles of the server",
    "db upgrade": "migrations",
    "db downgrade": "migrations",
    "db revision": "migrations",
    "db check": "looks",
    "db render": "texts stay as they were written; only their HTML is made anew",
    "db repair": "counters only: they say what the rows say",
    "tenant list": "looks",
    "tenant export": "reads",
    "text list": "looks",
    "text show": "looks",
    "person list": "looks",
    "person operator": "an account of the installation",
    "person password": "an account of the installation",
    "plugin list": "looks",
    "plugin check": "looks",
    "plugin new": "writes a folder",
    "mail receive": "takes a mail in as its writer would write on the page",
    "mail lmtp": "the same",
    "mail fetch": "the same",
    "push key": "prints a line for the settings",
    "search words": "a file of the installation",
    "search rebuild": "the index only: it says what the posts say",
    "jobs run": "works",
    "jobs once": "works",
    "jobs list": "looks",
    "jobs retry": "the installation's queue",
    "jobs drop": "the installation's queue",
    "audit head": "looks",
    "audit check": "looks",
    "doctor": "looks",
}
OF_THE_MACHINE = {"audit_entry", "audit_head", "tenant_stamp", "tenant_summary", "outbox"}


@pytest.fixture
def commands(run, app, tmp_path, writing, town):
    """Runs a line of the table; whatever it needs beforehand is there."""
    (tmp_path / "logo.png").write_bytes(picture())
    (tmp_path / "text.md").write_text("Words of our own.")
    places = {"file": str(tmp_path / "text.md"), "picture": str(tmp_path / "logo.png")}

    def go(command, line):
        if command == "tenant delete":
            run("tenant", "close", line.split()[0], "--yes")
        if command == "text forget":
            run(*f"text set privacy --language fi --site kokkola {places['file']}".split())
        words = [word.format(**places).replace("PASSWORD", PASSWORD) for word in line.split()]
        return lambda: run(*command.split(), *words)

    return go


def content(app):
    """Site id → everything in the database that is about it, but for what the machine counts and queues itself."""
    every = {row[0]: row for row in every_row(app.settings)["tenant"]}
    found = {}
    for tenant_id, row in every.items():
        rows = every_row(app.settings, tenant_id)
        found[tenant_id] = [row, *(rows[name] for name in sorted(rows) if name not in OF_THE_MACHINE)]
    return found


def lines(app, sites):
    """Site id → its log, as (act, reason, who gave the command)."""
    found = {}
    for site in sites:
        with app.database.session(site) as db:
            found[site.id] = [(line.action, line.reason, line.os_user) for line in audit.lines(db, limit=500)]
            assert chain.first_bad(db) is None
    return found


def sites_of(app):
    """All sites, closed ones too."""
    return app.directory.with_closed().tenants


def test_every_command_is_said_to_change_a_site_or_not():
    assert set(CHANGING) | set(NOT_CHANGING) == {" ".join(path) for path in COMMANDS}
    assert not set(CHANGING) & set(NOT_CHANGING)


@pytest.mark.parametrize("command", CHANGING)
def test_every_option_of_a_changing_command_is_tried_here(command):
    used = {word for line in CHANGING[command] for word in line.split()}
    options = [p for p in COMMANDS[tuple(command.split())].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not used & set(option.opts)] == []


@pytest.mark.parametrize("command", CHANGING)
def test_what_a_command_changes_is_in_that_sites_log(commands, app, command):
    for line in CHANGING[command]:
        act = commands(command, line)
        before, said = content(app), lines(app, sites_of(app))
        act()
        after, now = content(app), lines(app, sites_of(app))
        changed = {site for site in after if after[site] != before.get(site)}
        assert changed or before.keys() - after.keys(), f"{line}: nothing has changed"
        noted = {site for site in now if len(now[site]) > len(said.get(site, ()))}
        assert noted == changed, f"{command} {line}"
        new = [entry for site in noted for entry in now[site][: len(now[site]) - len(said.get(site, ()))]]
        assert {entry[2] for entry in new} == {noting.os_user()}


def test_the_words_are_those_of_the_pages(commands, app, town, reading):
    """So that the page of the log says titles, whoever did it."""
    for command in ("tenant set", "person role", "tenant plugin", "text set", "tenant host"):
        for line in CHANGING[command]:
            commands(command, line)()
    found = {(action, reason) for action, reason, who in lines(app, [town])[town.id] if who}
    assert {
        ("setting_changed", "site.brand: #0b5f8a"), ("setting_changed", "answers.days: 21"), ("logo_changed", ""),
        ("logo_removed", ""), ("role_given", "clerk · 2098-12-31 · Keski-Pohjanmaa"), ("role_taken", "clerk"), ("plugin_off", "forums"),
        ("plugin_default", "forums"), ("text_changed", "privacy (fi)"), ("host_added", "forum.example.net"),
        ("host_chosen", "forum.example.net"), ("host_removed", "forum.example.net"),
        ("names_changed", "Karleby / Kokkola / Seaside; sv, fi; Europe/Helsinki"),
    } <= found  # fmt: skip


def test_the_page_of_the_log_names_the_one_at_the_command_line(run, as_role, town):
    run("tenant", "set", "kokkola", "answers.days=21")
    text_of_page = as_role("admin").get("/staff/log?lang=en").text
    assert f"Command line (<bdi>{noting.os_user()}</bdi>)" in text_of_page
    assert "Days within which an answer is promised: 21" in text_of_page


def test_listing_and_failing_leave_nothing(run, app):
    before = lines(app, sites_of(app))
    run("tenant", "set", "kokkola")
    run("tenant", "host", "kokkola")
    run("tenant", "plugin", "kokkola")
    run("person", "role", RESIDENT, "--tenant", "kokkola")
    run("tenant", "set", "kokkola", "answers.days=21", "time_zone=Europe/Nowhere", code=1)
    run("tenant", "set", "kokkola", "answers.days=21", "no.such=1", code=2)
    run("tenant", "host", "kokkola", "not.there.example", "--remove", code=1)
    run("person", "role", "admin@kokkola.example", "--tenant", "kokkola", "--revoke", "admin", code=1)
    assert lines(app, sites_of(app)) == before


def test_what_was_there_already_is_not_noted_again(run, app, town):
    run("tenant", "import", "--name", "Kokkola", "--name", "Kruunupyy")
    run("tenant", "close", "kokkola", "--reopen")
    run("tenant", "add", "--kind", "municipality", "--name", "fi=Kokkola", "--code", "272")
    run("tenant", "host", "kokkola", "forum.kokkola.example")
    assert [who for site in lines(app, sites_of(app)).values() for _, _, who in site if who] == []


def test_roles_end_with_a_tie_that_a_command_ends(run, app, writing, reading, town, neighbour, world):
    with writing(None) as db:
        tie = registering.tie(db, neighbour.id, town.id, "hosted_by", None, None)
    with writing(neighbour) as db:
        member = memberships.get(db, world.members["kronoby", "resident"])
        memberships.grant(db, member, "clerk", tie_id=tie)
        memberships.grant(db, member, "editor")
    run("tenant", "tie", "kronoby", "kokkola", "--kind", "hosted_by", "--until", "2023-01-01")
    with reading(neighbour) as db:
        grants = select(RoleGrant).where(
            RoleGrant.tenant_id == neighbour.id, RoleGrant.membership_id == world.members["kronoby", "resident"]
        )
        found = {grant.role: str(grant.valid_to) for grant in db.scalars(grants)}
    assert found == {"clerk": "2023-01-01", "editor": "None"}


def test_a_closed_site_forgets_a_person_too(run, app, writing, reading, town, world):
    run("tenant", "close", "kokkola", "--yes")
    with reading(None) as db:
        person = db.scalars(select(Person.id).where(Person.email == RESIDENT)).one()
    assert person == world.people["kokkola", "resident"]
    assert "Forgotten in kokkola" in run("person", "erase", RESIDENT, "--yes").output
    with reading(town) as db:
        member = db.find(memberships.Membership, id=world.members["kokkola", "resident"])
        assert (member.name, member.person_id) == ("", None)
    (site,) = [site for site in sites_of(app) if site.slug == "kokkola"]
    assert lines(app, [site])[town.id][0][0] == "member_left"


@pytest.mark.parametrize(
    ("line", "fails"), [("import --region Pirkanmaa", 3), ("add --kind cooperation --name fi=Lakeus", 1)]
)
def test_a_site_and_the_first_line_of_its_log_are_there_together_or_not_at_all(run, app, monkeypatch, line, fails):
    before, calls = content(app), []
    note = noting.note

    def breaks(*args, **kwargs):
        calls.append(args)
        if len(calls) == fails:
            raise KeyboardInterrupt
        note(*args, **kwargs)

    monkeypatch.setattr(noting, "note", breaks)
    run("tenant", *line.split(), code=1)
    assert len(calls) == fails
    assert whole(app, before)
    monkeypatch.setattr(noting, "note", note)
    run("tenant", *line.split())
    assert content(app).keys() > before.keys()
    assert whole(app, before)


def whole(app, before):
    """Whether each site that has come since has the first line of its log."""
    made = content(app).keys() - before.keys()
    logs = lines(app, [site for site in sites_of(app) if site.id in made])
    return len(logs) == len(made) and all([act for act, _, _ in log] == ["tenant_added"] for log in logs.values())


# --- who gave the command -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("uid", "sudo", "name"),
    [
        (1000, "", "anna"),
        (1000, "pekka", "anna"),
        (0, "", "root"),
        (0, "root", "root"),
        (0, "pekka", "pekka (sudo)"),
        (0, "x" * 90, f"{'x' * 50} (sudo)"),
        (4711, "", "user 4711"),
    ],
)
def test_who_gave_the_command(monkeypatch, uid, sudo, name):
    known = {0: "root", 1000: "anna"}
    monkeypatch.setattr(os, "getuid", lambda: uid)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: SimpleNamespace(pw_name=known[number]))
    monkeypatch.setenv("SUDO_USER", sudo)
    assert noting.os_user() == name


def test_who_gave_the_command_is_part_of_the_chain(run, app, reading, town, unwatched):
    run("tenant", "set", "kokkola", "answers.days=21")
    with reading(town) as db:
        assert chain.first_bad(db) is None
        last = chain.head(db).seq
    with unwatched():
        by_force(
            app,
            text(f"UPDATE {AuditEntry.__tablename__} SET os_user = 'x' WHERE tenant_id = {town.id} AND seq = {last}"),
        )
    with reading(town) as db:
        assert chain.first_bad(db) == last

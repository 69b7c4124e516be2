"""`talkoot audit` and what `talkoot doctor` says of the logs."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from tests.core.commands import invoke
from tests.core.test_audit import by_force

from talkoot.audit import chain
from talkoot.audit import log as audit
from talkoot.audit.models import AuditEntry
from talkoot.cli import cli

_entry = AuditEntry.__table__


@pytest.fixture
def two_more(writing, town):
    with writing(town) as db:
        audit.note(db, "one", actor=None)
        audit.note(db, "two", actor=None)


def test_whole_logs(run, two_more):
    assert "3 logs are whole" in run("audit", "check").output
    assert "1 logs are whole" in run("audit", "check", "--tenant", "kokkola").output


def test_the_first_bad_line_is_named(run, app, town, two_more):
    by_force(app, update(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq == 2).values(reason="forged"))
    said = run("audit", "check", code=1).stderr
    assert "kokkola: line 2 of its log" in said
    assert "kronoby" not in said
    assert "✗ kokkola: line 2 of its log" in run("doctor", code=1).output
    assert "1 logs are whole" in run("audit", "check", "--tenant", "kronoby").output


def test_the_log_of_a_closed_site_is_looked_at(run, app, town, neighbour, two_more, tmp_path):
    kept = tmp_path / "heads.txt"
    kept.write_text(run("audit", "head").output)
    run("tenant", "close", "kokkola", "--yes")
    assert "3 logs are whole" in run("audit", "check").output
    assert "3 logs are whole" in run("audit", "check", "--against", str(kept)).output
    by_force(app, update(_entry).where(_entry.c.tenant_id == town.id, _entry.c.seq == 2).values(reason="forged"))
    for command in (("audit", "check"), ("audit", "check", "--tenant", "kokkola")):
        said = run(*command, code=1).stderr
        assert "kokkola: line 2 of its log" in said
        assert "kronoby" not in said
    assert "✗ kokkola: line 2 of its log" in run("doctor", code=1).output
    assert "kokkola " in run("audit", "head").output


def test_doctor_says_that_the_logs_are_whole(run, two_more):
    assert "Logs: 3 are whole" in CliRunner().invoke(cli, ["doctor"]).output  # whatever else it finds here


def test_the_heads_that_are_printed_are_compared_later(run, app, town, reading, two_more, tmp_path):
    kept = tmp_path / "heads.txt"
    kept.write_text(run("audit", "head").output)
    with reading(town) as db:
        end = chain.head(db)
    assert f"kokkola {end.seq} {end.chain}\n" in kept.read_text()
    assert "logs are whole" in run("audit", "check", "--against", str(kept)).output
    kept.write_text(kept.read_text().replace(end.chain, "0" * 64))
    assert f"kokkola: line {end.seq} of its log" in run("audit", "check", "--against", str(kept), code=1).stderr


def test_a_site_that_is_gone_is_named(run, two_more, tmp_path):
    kept = tmp_path / "heads.txt"
    kept.write_text(f"nowhere 3 {'a' * 64}\n")
    assert "nowhere: there is no site" in run("audit", "check", "--against", str(kept), code=1).stderr


def test_a_file_of_something_else_is_refused(run, tmp_path):
    kept = tmp_path / "heads.txt"
    kept.write_text("kokkola, three lines\n")
    assert "Line 1 is not what" in run("audit", "check", "--against", str(kept), code=1).stderr


def test_an_empty_installation_has_whole_logs(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_INSTANCE", str(tmp_path / "instance"))
    invoke("init", "--without-operator")
    assert invoke("audit", "head").output == ""
    assert "0 logs are whole" in invoke("audit", "check").output

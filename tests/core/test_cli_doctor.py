"""`talkoot doctor`: silent about a good installation, one sentence for each thing that is wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest
from click.testing import CliRunner
from sqlalchemy import text, update
from tests.core.commands import invoke

from talkoot import clock
from talkoot.cli import cli
from talkoot.db.engine import owner_engine
from talkoot.jobs.models import Outbox


def test_doctor_is_silent_about_a_good_installation(run, writing):
    with writing(None) as db:  # no worker runs here
        db.execute(update(Outbox).values(done_at=clock.now()))
    shown = CliRunner().invoke(cli, ["doctor"]).output
    assert "✗" not in shown.replace("✗ Browser packages are missing", "")
    assert "up to date" in shown
    assert "keys are led by the tenant" in shown


def test_doctor_names_what_is_wrong(folder, monkeypatch):
    invoke("init", "--without-operator", "--public-url", "http://forum.example.fi")
    (folder / "settings.toml").chmod(0o644)
    invoke("db", "downgrade", "forums", "base", "--yes")
    shown = invoke("doctor", code=1).output
    assert "chmod 600" in shown
    assert "plain http" in shown
    assert "main_hosts" in shown
    assert "talkoot db upgrade" in shown


def test_doctor_misses_the_worker(run, writing):
    with writing(None) as db:
        db.execute(update(Outbox).values(done_at=clock.now()))
        old = clock.now() - timedelta(minutes=11)
        db.add(Outbox(kind="people.confirm", subject_id=None, created_at=old, lease_until=old, tries=0))
    assert "A job has waited for 11 minutes" in run("doctor", code=1).output
    with writing(None) as db:
        db.execute(update(Outbox).where(Outbox.done_at.is_(None)).values(tries=99))
    assert "1 jobs were given up" in run("doctor", code=1).output


@pytest.mark.database("postgresql")
def test_doctor_names_the_lost_layer(run, app, monkeypatch):
    engine = owner_engine(app.settings)
    with engine.begin() as connection:
        connection.execute(text("GRANT CREATE ON SCHEMA public TO talkoot_app"))
    try:
        assert "✗ Isolation layer lost, create:" in run("doctor", code=1).output
        monkeypatch.setenv("TALKOOT_ACCEPTED_MISSING_LAYERS", "create")
        assert "! Isolation layer lost, create:" in CliRunner().invoke(cli, ["doctor"]).output
    finally:
        with engine.begin() as connection:
            connection.execute(text("REVOKE CREATE ON SCHEMA public FROM talkoot_app"))
        engine.dispose()


def test_doctor_explains_settings_and_hides_secrets(run, app):
    shown = run("doctor", "--settings").output
    assert "signs forms and the links in mails" in shown
    assert app.settings.secret_key not in shown

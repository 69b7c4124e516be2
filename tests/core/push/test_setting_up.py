"""What an operator does for push: the key, the extra, and what `talkoot doctor` says of both."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from tests.core.commands import invoke
from tests.core.push.browsers import SECRET

from talkoot.cli import reaching
from talkoot.push import keys, services
from talkoot.testing.installations import settings


def test_the_command_prints_a_line_for_the_settings():
    lines = {invoke("push", "key").output.strip() for _ in range(2)}
    assert len(lines) == 2, "another each time"
    for line in lines:
        (secret,) = re.fullmatch(r'push_secret = "([\w-]{43})"', line).groups()
        assert keys.public(secret)


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(services, "is_installed", lambda: False)
    assert "pip install" in invoke("push", "key", code=1).output


@pytest.mark.parametrize(
    ("secret", "installed", "level", "said"),
    [
        ("", True, "note", "talkoot push key"),
        (SECRET, True, "good", "fcm.googleapis.com"),
        (SECRET, False, "wrong", "pip install"),
        ("no key", True, "wrong", "is not a key"),
    ],
)
def test_doctor_says_what_is_missing(tmp_path, monkeypatch, secret, installed, level, said):
    monkeypatch.setattr(services, "is_installed", lambda: installed)
    (finding,) = reaching.check_push(settings(tmp_path, "sqlite", push_secret=secret))
    assert finding.level == level
    assert said in finding.text
    assert SECRET not in finding.text


def test_doctor_does_not_show_the_key(run, monkeypatch):
    monkeypatch.setenv("TALKOOT_PUSH_SECRET", SECRET)
    shown = run("doctor", "--settings").output
    assert "push_secret" in shown
    assert SECRET not in shown


def test_a_plain_installation_starts_without_the_extras_package():
    """Nothing that every installation imports needs it."""
    code = """
import sys
sys.modules["cryptography"] = None
import talkoot.app, talkoot.jobs.worker, talkoot.cli.doctor, talkoot.cli.push, talkoot.notices.views, talkoot.push.views
from talkoot.push import services
assert not services.is_installed()
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)

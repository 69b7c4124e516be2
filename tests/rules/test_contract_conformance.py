"""The conformance suite on the plugins that come with Talkoot, and on one that does everything wrong: it finds all of it."""

from __future__ import annotations

import pytest
from flask import Blueprint, request
from sqlalchemy import text
from structlog.testing import capture_logs
from tests.rules.contract_plugins import made_up

from talkoot.testing import accessibility, package_checks, page_checks
from talkoot.testing.conformance import CHECKS, check_plugin, conformance
from talkoot.testing.trials import trial
from talkoot.web import here
from talkoot.web.render import page

test_forums = conformance("forums")

INDEX = """{% extends "base.html" %}{% block title %}{{ _("A text that nobody has translated") }}{% endblock %}
{% block main %}<h1>Raffles</h1><img src="/x.png">{% for word in words %}<p>{{ word }}</p>{% endfor %}
<form method="post">{{ csrf_fields() }}<input name="word"><button>OK</button></form>
<a href="{{ root }}/raffles/broken">next</a>{% endblock %}"""


@pytest.fixture(scope="module")
def wrong(tmp_path_factory):
    """Remembers words in the process, for everybody; asks the database once per word; writes on GET; fails; is untranslated."""
    folder, words = tmp_path_factory.mktemp("raffles"), []
    (folder / "templates" / "raffles").mkdir(parents=True)
    (folder / "templates" / "raffles" / "index.html").write_text(INDEX)
    blueprint = Blueprint("raffles", __name__)

    @blueprint.route("/raffles/", methods=["GET", "POST"])
    def index():
        if request.method == "POST":
            words.append(request.form["word"])
            return here.go("raffles.index")
        for _word in words:
            here.db().execute(text("SELECT 1"))
        here.db().execute(text("UPDATE tenant_stamp SET n = n WHERE tenant_id = :t"), {"t": here.tenant().id})
        return page("raffles/index.html", words=words)

    @blueprint.get("/raffles/broken")
    def broken():
        return str(1 // 0)

    with capture_logs(), trial("raffles", modules=(made_up(folder=folder, blueprints=(blueprint,)),)) as made:
        yield made


@pytest.mark.parametrize(
    ("check", "words"),
    [
        (page_checks.pages_open, "/raffles/broken answers 500"),
        (page_checks.reading_writes_nothing, "writes: UPDATE tenant_stamp"),
        (page_checks.towns_stay_apart, "/raffles/ shows guest a text of another municipality"),
        (page_checks.more_rows_cost_no_more_queries, "/raffles/ needed "),
        (package_checks.texts_are_translated, "no translation of 'A text that nobody has translated'"),
        (accessibility.pages_pass_axe, "/raffles/: image-alt"),
    ],
)
def test_it_finds_what_is_wrong(wrong, check, words):
    with capture_logs():
        found = list(check(wrong.renewed()))
    assert any(words in fault for fault in found), found


def test_a_plugin_that_is_not_installed():
    assert check_plugin("nosuch") == ["No plugin called nosuch is installed; see: talkoot plugin list"]


def test_the_command_says_every_fault(monkeypatch):
    from click.testing import CliRunner

    from talkoot.cli import cli

    result = CliRunner().invoke(cli, ["plugin", "check", "nosuch"])
    assert result.exit_code == 1
    assert "No plugin called nosuch is installed" in result.output


def test_every_check_says_what_it_checks():
    assert all((check.__doc__ or "").strip() for check in CHECKS)
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS) >= 11

"""A plugin that fails while people are there costs its own part of the page and nothing else; a broken check refuses."""

from __future__ import annotations

import pytest
from flask import Blueprint
from sqlalchemy import select, text
from tests.rules.contract_plugins import installed, made_up

from talkoot import FollowKind, NavItem, ScopeKind, Section, Statistic, SummaryItem, TakePart
from talkoot.conversations.models import Post
from talkoot.db import for_tenant
from talkoot.errors import IsolationError, SetupError
from talkoot.guard import FAILURES
from talkoot.jobs import worker
from talkoot.notices import following
from talkoot.people.models import Membership
from talkoot.testing.visitors import Visitor
from talkoot_forums import forums

COLLECTING = (
    "nav_items",
    "take_part",
    "home_sections",
    "area_sections",
    "post_extras",
    "summary_items",
    "post_made",
    "worker_tick",
)
ARGUMENTS = {
    "nav_items": "tenant, actor", "take_part": "tenant", "home_sections": "db, actor", "area_sections": "db, actor, area",
    "post_extras": "db, actor, posts, is_open", "summary_items": "db", "post_made": "db, post", "worker_tick": "db",
}  # fmt: skip


def hook(name: str, body: str):
    """A function of this hook's name and arguments with a line of code."""
    found: dict = {
        "NavItem": NavItem,
        "Section": Section,
        "TakePart": TakePart,
        "SummaryItem": SummaryItem,
        "text": text,
        "Membership": Membership,
        "for_tenant": for_tenant,
    }
    exec(f"def {name}({ARGUMENTS[name]}):\n    {body}", found)
    return found[name]


def failures(name: str, why: str = "raised") -> float:
    return FAILURES.labels("raffles", name, why)._value.get()


@pytest.mark.parametrize("name", COLLECTING)
def test_a_hook_that_raises(with_plugin, log, name):
    before = failures(name)
    with with_plugin(hook(name, "raise ZeroDivisionError('oh no')")) as site:
        site.go_round()
    assert failures(name) > before
    assert {
        "event": "plugin_trouble",
        "plugin": "raffles",
        "hook": name,
        "tenant": "kokkola",
        "why": "raised",
    } in log.lines
    assert {line["tenant"] for line in log.lines} == {"kokkola"}


@pytest.mark.parametrize("name", ["nav_items", "take_part", "home_sections", "area_sections", "summary_items"])
def test_a_generator_that_raises_half_way(with_plugin, log, name):
    """What a generator does runs when it is read; it is read inside the guard."""
    with with_plugin(hook(name, "yield from ()\n    raise ZeroDivisionError")) as site:
        site.go_round()
    assert any(line["hook"] == name for line in log.lines)


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("nav_items", "['Raffles']"),
        ("nav_items", "[NavItem('Raffles', 'raffles.index')]"),
        ("nav_items", "[NavItem('Raffles', 'forums.topic')]"),
        ("nav_items", "[NavItem('Raffles', 'forums.index', 10, 'raffles.undeclared')]"),
        ("nav_items", "7"),
        ("take_part", "[TakePart('Vote', 'Text', 'raffles.index')]"),
        ("home_sections", "[Section('forums/_home.html', {})]"),
        ("home_sections", "[{'template': 'raffles/x.html'}]"),
        ("area_sections", "'raffles'"),
        ("post_extras", "['a note']"),
        ("summary_items", "[{'title': 'Raffles'}]"),
    ],
)
def test_a_hook_that_returns_what_no_page_can_show(with_plugin, log, name, result):
    with with_plugin(hook(name, f"return {result}")) as site:
        site.go_round()
    assert any((line["hook"], line["why"]) == (name, "raised") for line in log.lines)


def test_a_section_whose_template_is_not_there_or_raises(with_plugin, log, tmp_path, app):
    (tmp_path / "templates" / "raffles").mkdir(parents=True)
    (tmp_path / "templates" / "raffles" / "raises.html").write_text("<p>before</p>{{ section.context.nothing.at_all }}")
    (tmp_path / "templates" / "raffles" / "good.html").write_text(
        "<p>{{ section.context.words }} on {{ site_name }}</p>"
    )
    sections = "return [Section(f'raffles/{name}.html', {'words': 'Vote'}) for name in ('raises', 'missing', 'good')]"
    with installed(app, made_up(folder=tmp_path, hooks=(hook("home_sections", sections),))) as other:
        answer = Visitor(other, other.directory.current().by_slug["kokkola"]).get("/")
    assert answer.status_code == 200
    assert "before" not in answer.text
    assert "Vote on Kokkola" in answer.text
    assert [line["hook"] for line in log.lines] == ["raffles/raises.html", "raffles/missing.html"]


def raffles_page(tmp_path, html):
    """A plugin's home section with this template; the section's words are a function that the template calls."""
    (tmp_path / "templates" / "raffles").mkdir(parents=True)
    (tmp_path / "templates" / "raffles" / "first.html").write_text(html)
    (tmp_path / "templates" / "raffles" / "last.html").write_text("<p>{{ section.context.say() }}</p>")


def test_a_failed_statement_in_a_sections_template_spoils_nothing_for_the_rest(app, world, log, tmp_path):
    """On PostgreSQL the rest of the page could ask nothing any more, were the section not called like a hook."""
    raffles_page(tmp_path, "{{ section.context.say() }}")

    def home_sections(db, actor):
        bad = text("SELECT no_such_column FROM tenant")
        good = text("SELECT 'votes in ' || slug FROM tenant WHERE id = :t")
        return [
            Section("raffles/first.html", {"say": lambda: db.execute(bad)}, 1),
            Section("raffles/last.html", {"say": lambda: db.execute(good, {"t": db.tenant.id}).scalar()}, 2),
        ]

    with installed(app, made_up(folder=tmp_path, hooks=(home_sections,)), on=("kokkola", "kronoby")) as other:
        for slug in ("kokkola", "kronoby"):
            answer = Visitor(other, other.directory.current().by_slug[slug]).get("/")
            assert answer.status_code == 200
            assert f"votes in {slug}" in answer.text
    assert [line["hook"] for line in log.lines] == ["raffles/first.html"] * 2


def test_a_sections_template_that_would_mix_tenants_is_never_left_out_in_silence(app, world, tmp_path):
    raffles_page(tmp_path, "{{ section.context.say() }}")

    def home_sections(db, actor):
        def mix():
            raise IsolationError("another tenant's rows")

        return [Section("raffles/first.html", {"say": mix})]

    with installed(app, made_up(folder=tmp_path, hooks=(home_sections,))) as other, pytest.raises(IsolationError):
        Visitor(other, other.directory.current().by_slug["kokkola"]).get("/")


@pytest.mark.parametrize("names", ["None", "['a poll']", "7", "1 // 0"])
def test_names_of_scopes_that_are_no_mapping_are_left_out(with_plugin, log, names):
    kind = ScopeKind("raffles.poll", lambda db, ids, language: eval(names))
    with with_plugin(scopes=(kind,)) as site, site.app.database.session(site.town) as db:
        forum = forums.get(db, site.world.things["kokkola", "forum"])
        asked = [("raffles.poll", forum.id), (forums.SCOPE, forum.id)]
        assert site.app.registry.scope_names(db, asked, "sv") == {forum.id: "Byar"}
    assert [line["hook"] for line in log.lines] == ["raffles.poll"]


@pytest.mark.parametrize("places", ["None", "['a poll']", "7", "1 // 0"])
def test_places_of_what_is_followed_that_are_no_mapping_are_left_out(with_plugin, log, places):
    kind = FollowKind("raffles.poll", "Raffle", lambda db, ids: eval(places))
    with with_plugin(follows=(kind,)) as site, site.app.database.session(site.town) as db:
        forum = forums.get(db, site.world.things["kokkola", "forum"])
        asked = [("raffles.poll", forum.id), (forums.SCOPE, forum.id)]
        assert set(following.located(db, site.app.registry, asked)) == {(forums.SCOPE, forum.id)}
    assert [line["hook"] for line in log.lines] == ["raffles.poll"]


def test_plain_text_under_a_post_is_escaped(with_plugin):
    with with_plugin(hook("post_extras", "return {post.id: '<b>raffles</b>' for post in posts}")) as site:
        page = site.visitor().get(f"/topics/{site.world.things['kokkola', 'topic']}", follow_redirects=True).text
    assert "&lt;b&gt;raffles&lt;/b&gt;" in page
    assert "<b>raffles</b>" not in page


@pytest.mark.parametrize(
    "name", ["home_sections", "area_sections", "post_extras", "summary_items", "post_made", "worker_tick"]
)
def test_a_failed_statement_spoils_nothing_for_others(with_plugin, log, name):
    """On PostgreSQL a transaction with a failed statement is lost for everybody; the guard contains it."""
    with with_plugin(hook(name, "db.execute(text('SELECT no_such_column FROM tenant'))")) as site:
        site.go_round()
        with site.app.database.session(site.town) as db:
            assert db.scalars(select(Post).where(Post.tenant_id == site.town.id, Post.source == "Vastaus.")).one()
    assert any(line["hook"] == name for line in log.lines)


@pytest.mark.parametrize("name", ["home_sections", "area_sections", "post_extras", "summary_items"])
def test_a_hook_that_writes_on_a_page_that_only_reads(with_plugin, log, name, reading, town, world):
    change = "db.find(Membership, id=actor.membership_id)" if "actor" in ARGUMENTS[name] else "None"
    body = (
        f"member = {change} or db.scalars(for_tenant(db, Membership)).first()\n    member.about = 'changed on a page'"
    )
    with with_plugin(hook(name, body)) as site:
        site.go_round()
    assert any(line["hook"] == name for line in log.lines)
    with reading(town) as db:
        assert (
            db.scalars(
                select(Membership.id).where(Membership.tenant_id == town.id, Membership.about == "changed on a page")
            ).all()
            == []
        )


def test_a_slow_hook_is_skipped_from_its_next_call_in_that_town(app, world, log):
    """It cannot be interrupted, so the first page waits; the next ones do not, for ten minutes; other towns still call it."""
    called = []

    def take_part(tenant):
        called.append(tenant.slug)
        return []

    with installed(app, made_up(hooks=(take_part,)), on=("kokkola", "kronoby")) as other:
        other.registry.guard.slow_seconds = 0.0
        towns = other.directory.current().by_slug
        for slug in ("kokkola", "kokkola", "kronoby", "kokkola", "kronoby"):
            assert Visitor(other, towns[slug]).get("/").status_code == 200
        assert called == ["kokkola", "kronoby"]
        lines = [line for line in log.lines if (line["plugin"], line["hook"]) == ("raffles", "take_part")]
        assert [(line["tenant"], line["why"]) for line in lines] == [("kokkola", "slow"), ("kronoby", "slow")]
        assert failures("take_part", "slow") >= 2
        other.registry.guard.slow_seconds = 30.0
        for key in other.registry.guard._skipped_until:
            other.registry.guard._skipped_until[key] = 0.0  # ten minutes later
        Visitor(other, towns["kokkola"]).get("/")
        assert called == ["kokkola", "kronoby", "kokkola"]


def test_a_statistic_that_raises_is_left_out(with_plugin, log):
    numbers = (
        Statistic("raffles.votes", "Votes", lambda db: 1 // 0),
        Statistic("raffles.raffles", "Raffles made", lambda db: 17),
    )
    with with_plugin(statistics=numbers) as site:
        home = site.visitor().get("/").text
    assert "Raffles made: <strong>17" in home
    assert "Votes" not in home
    assert log.lines[0]["hook"] == "raffles.votes"


def test_one_tick_that_fails_keeps_no_other_from_its_work(app, world, log, writing):
    """Plugins share a transaction in the worker: what the good one wrote before and after is kept."""
    from tests.rules.contract_plugins import made_up as make

    def remember(word):
        def worker_tick(db):
            member = db.find(Membership, id=world.members[db.tenant.slug, "resident"])
            member.about += word

        return worker_tick

    def worker_tick(db):
        member = db.find(Membership, id=world.members[db.tenant.slug, "resident"])
        member.about = "half done"
        db.flush()
        db.execute(text("SELECT no_such_column FROM tenant"))

    plugins = (
        make("aaa", hooks=(remember(" first"),)),
        make("bbb", hooks=(worker_tick,)),
        make("ccc", hooks=(remember(" last"),)),
    )
    with installed(app, *plugins) as other:
        worker.tick(other)
        with other.database.session(other.directory.current().by_slug["kokkola"]) as db:
            about = db.find(Membership, id=world.members["kokkola", "resident"]).about
    assert about == "about: resident lives here. first last"
    assert [line["plugin"] for line in log.lines] == ["bbb"]


def test_ten_quiet_plugins_change_nothing_on_a_topic(app, world, query_budget, as_role):
    """Plugins that do not show on a page add no statement to it."""
    path = f"/topics/{world.things['kokkola', 'topic']}"
    resident = as_role("resident")
    target = resident.get(path).location or path
    with query_budget(50) as before:
        resident.get(target)
    modules = [
        made_up(f"quiet{n}", hooks=(hook("take_part", "return []"), hook("home_sections", "return []")))
        for n in "abcdefghij"
    ]
    with installed(app, *modules) as other:
        visitor = Visitor(other, other.directory.current().by_slug["kokkola"]).sign_in_as(
            world.people["kokkola", "resident"]
        )
        visitor.get(target)
        with query_budget(50) as after:
            other.directory.max_age = 3600.0
            visitor.get(target)
    assert len(after) == len(before)


def test_a_page_of_a_plugin_that_raises_is_an_error_page_and_no_more(app, world):
    blueprint = Blueprint("raffles", __name__)
    blueprint.add_url_rule("/raffles/", "index", lambda: 1 // 0)
    with installed(app, made_up(blueprints=(blueprint,))) as other:
        other.testing = False
        visitor = Visitor(other, other.directory.current().by_slug["kokkola"])
        assert visitor.get("/raffles/").status_code == 500
        assert "Kokkola" in visitor.get("/raffles/").text
        assert visitor.get("/").status_code == 200


def test_the_setup_error_is_one_sentence_on_the_command_line(monkeypatch):
    from click.testing import CliRunner

    from talkoot import registry
    from talkoot.cli import cli

    def load(**_options):
        raise SetupError("Plugin raffles: it has tables but no migrations folder")

    monkeypatch.setattr(registry, "load", load)
    result = CliRunner().invoke(cli, ["plugin", "list"])
    assert result.exit_code == 1
    assert result.output.strip() == "Error: Plugin raffles: it has tables but no migrations folder"

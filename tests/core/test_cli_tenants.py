"""`talkoot tenant`: sites imported, changed, tied together, closed; each can be run twice."""

from __future__ import annotations

import pytest


def test_import_is_idempotent_and_leaves_others_alone(run, app):
    before = {t.slug: dict(t.names) for t in app.directory.current().tenants}
    assert (
        "3 municipalities added, 1 were there"
        in run("tenant", "import", "--name", "Kaustby", "--code", "849", "--name", "Kokkola", "--code", "091").output
    )
    assert (
        "0 municipalities added, 4 were there"
        in run("tenant", "import", "--name", "Kaustinen", "--code", "849", "--name", "Karleby", "--code", "091").output
    )
    now = app.directory.current()
    assert {slug: dict(now.by_slug[slug].names) for slug in before} == before
    assert set(now.by_slug) - set(before) == {"kaustinen", "toholampi", "helsinki", "uusimaa"}
    assert now.by_alias["kaustby"].slug == "kaustinen"
    region = now.by_slug["kaustinen"].region_id
    assert region is not None
    assert now.by_id[region].code == "m16"


def test_import_refuses_what_is_not_in_the_key(run, app):
    assert "Atlantis" in run("tenant", "import", "--name", "Atlantis", "--name", "Kannus", code=2).output
    assert "kannus" not in app.directory.current().by_slug


def test_set_changes_one_site(run, app, neighbour):
    before = dict(neighbour.settings)
    run(
        "tenant",
        "set",
        "kokkola",
        "site.brand=#0b5f8a",
        "answers.days=21",
        "name.en=Kokkola by the sea",
        "languages=fi,en",
    )
    now = app.directory.current().by_slug
    assert (now["kokkola"].setting("site.brand"), now["kokkola"].setting("answers.days")) == ("#0b5f8a", 21)
    assert now["kokkola"].name("en") == "Kokkola by the sea"
    assert now["kokkola"].languages == ("fi", "en")
    assert dict(now["kronoby"].settings) == before


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("site.brand=#ffff00", 1),
        ("answers.days=soon", 1),
        ("time_zone=Europe/Nowhere", 1),
        ("no.such=1", 2),
        ("nothing", 2),
    ],
)
def test_set_refuses_all_or_nothing(run, app, value, code):
    run("tenant", "set", "kokkola", "site.contact=somebody", value, code=code)
    assert app.directory.current().by_slug["kokkola"].setting("site.contact") == ""


def test_host(run, app):
    run("tenant", "host", "kokkola", "forum.example.net", "--canonical")
    now = app.directory.current()
    assert now.by_host["forum.example.net"].slug == "kokkola"
    assert "forum.example.net" in now.by_slug["kokkola"].url
    assert "another municipality" in run("tenant", "host", "kokkola", "forum.kronoby.example", code=1).stderr
    assert "the installation's own" in run("tenant", "host", "kokkola", "localhost", code=1).stderr
    run("tenant", "host", "kokkola", "forum.example.net", "--remove")
    assert "forum.example.net" not in app.directory.current().by_host
    assert "kokkola" in app.directory.current().by_slug["kokkola"].url


def test_ties_have_dates(run, app):
    run("tenant", "add", "--kind", "cooperation", "--name", "fi=Järvi-Pohjanmaa", "--languages", "fi,en")
    tie = ("tenant", "tie", "kokkola", "jarvi-pohjanmaa", "--kind", "cooperation", "--from", "2009-01-01")
    run(*tie)
    now = app.directory.current()
    area = now.by_slug["jarvi-pohjanmaa"]
    assert area.languages == ("fi", "en")
    assert [t.slug for t in now.members_of(area)] == ["kokkola"]
    run(*tie, "--until", "2020-01-01")
    now = app.directory.current()
    assert now.members_of(now.by_slug["jarvi-pohjanmaa"]) == []
    assert len([tie for tie in now.ties if tie.other_id == area.id]) == 1, (
        "the same tie was ended, not another one made"
    )
    run(*tie, "--until", "2001-01-01", code=2)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "soon", ""])
@pytest.mark.parametrize("option", ["--from", "--until"])
def test_a_day_that_nobody_means_is_refused(run, app, option, day):
    before = app.directory.current().ties
    tie = ("tenant", "tie", "kokkola", "keski-pohjanmaa", "--kind", "hosted_by")
    assert "is not a day" in run(*tie, option, day, code=2).stderr
    role = ("person", "role", "resident@kokkola.example", "--tenant", "kokkola", "--grant", "clerk")
    assert "is not a day" in run(*role, "--until", day, code=2).stderr
    assert app.directory.current().ties == before


def test_a_municipality_has_one_region_at_a_time(run, app, actions, town, neighbour):
    """The towns belong to Keski-Pohjanmaa from the first day of 2020 on."""
    run("tenant", "add", "--kind", "region", "--name", "fi=Lappi", "--languages", "fi")
    before, tie = app.directory.current().ties, ("tenant", "tie", "kokkola", "lappi", "--kind", "region")
    for days in ((), ("--from", "2026-01-01"), ("--until", "2020-01-02"), ("--from", "2019-01-01")):
        said = run(*tie, *days, code=1).stderr
        assert "In that time the site belongs to the region Keski-Pohjanmaa. End that first." in said, days
        assert "Traceback" not in said
    assert app.directory.current().ties == before
    assert "tie_added" not in actions(town)
    run(*tie, "--until", "2020-01-01")  # the day on which the other begins
    end = ("tenant", "tie", "kokkola", "keski-pohjanmaa", "--kind", "region", "--from", "2020-01-01")
    run(*end, "--until", "2026-01-01")
    run(*tie, "--from", "2026-01-01")
    now = app.directory.current()
    assert now.by_id[now.by_id[town.id].region_id].slug == "lappi"
    assert now.by_id[now.by_id[neighbour.id].region_id].slug == "keski-pohjanmaa"


def test_plugins_by_site_and_by_region(run, app):
    assert "forums is off in kokkola" in run("tenant", "plugin", "kokkola", "forums", "off").output
    now = app.directory.current().by_slug
    assert "forums" not in now["kokkola"].plugins
    assert "forums" in now["kronoby"].plugins
    said = run("tenant", "plugin", "keski-pohjanmaa", "forums", "--rule", "mandate").output
    assert "keski-pohjanmaa mandates forums for its municipalities" in said
    assert "forums" in app.directory.current().by_slug["kokkola"].plugins
    run("tenant", "plugin", "keski-pohjanmaa", "forums", "--rule", "forbid")
    assert "forums is off in kokkola" in run("tenant", "plugin", "kokkola", "forums", "on").output
    assert "no region" in run("tenant", "plugin", "kokkola", "forums", "--rule", "mandate", code=2).output
    assert "No plugin is called" in run("tenant", "plugin", "kokkola", "nosuch", "on", code=2).output


def test_close_and_reopen(run, app, visitor):
    run("tenant", "close", "kronoby", "--yes")
    assert "kronoby" not in app.directory.current().by_slug
    assert "no site called kronoby" in run("tenant", "set", "kronoby", code=1).stderr
    run("tenant", "close", "kronoby", "--reopen")
    assert "kronoby" in app.directory.current().by_slug


def test_list_shows_regions_members(run):
    whole = run("tenant", "list").output
    assert "kokkola" in whole
    assert "kronoby" in whole
    assert "keski-pohjanmaa" in whole
    assert "kokkola" not in run("tenant", "list", "--kind", "region").output

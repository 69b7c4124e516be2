"""Settings, names and plugins on the staff's pages: what the region decides, and two people who save at once."""

from __future__ import annotations

import re

import pytest

from talkoot.tenants import registering


def test_settings_are_saved_shown_at_once_and_logged(as_role, client, actions, town, app, address):
    admin = as_role("admin", by=address)
    app.directory.max_age = 3600.0  # other workers may be behind; the staff's page is not
    answer = admin.submit("/staff/settings/contact", **{"site.contact": "Town hall, Street 1", "answers.days": "21"})
    assert answer.status_code == 303
    text = admin.get("/staff/settings").text
    assert "Town hall, Street 1" in text
    assert "21" in text
    assert actions(town)[:2] == ["setting_changed", "setting_changed"]
    assert "Town hall, Street 1" in client.get("/").text


@pytest.mark.parametrize("days", ["0", "400", "-1", "soon", ""])
def test_days_that_cannot_be_are_refused(as_role, reading, town, days):
    assert as_role("admin").submit("/staff/settings/contact", **{"answers.days": days}).status_code == 422
    with reading(town) as db:
        assert "answers.days" not in registering.row(db, town.slug).settings


def test_an_address_for_answers_must_be_one(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/settings/contact", **{"mail.reply_to": "not an address"}).status_code == 422
    assert admin.submit("/staff/settings/contact", **{"mail.reply_to": "Office@Kokkola.example"}).status_code == 303


def test_a_colour_is_looked_at_before_it_is_saved(as_role, reading, town):
    admin = as_role("admin")
    looked = admin.submit("/staff/settings/look", **{"site.brand": "#1f6b45", "act": "check"})
    assert looked.status_code == 200
    assert "#1f6b45" in looked.text
    pale = admin.submit("/staff/settings/look", **{"site.brand": "#ffcc00", "act": "check"})
    assert "verdict bad" in pale.text
    assert admin.submit("/staff/settings/look", **{"site.brand": "#ffcc00"}).status_code == 422
    with reading(town) as db:
        assert "site.brand" not in registering.row(db, town.slug).settings
    assert admin.submit("/staff/settings/look", **{"site.brand": "#1f6b45"}).status_code == 303
    assert "/colours/1f6b45.css" in admin.get("/staff/settings").text


def test_a_theme_must_be_installed(as_role):
    admin = as_role("admin")
    assert admin.submit("/staff/settings/look", **{"site.theme": "no-such-theme"}).status_code == 422
    assert admin.submit("/staff/settings/look", **{"site.theme": "contrast"}).status_code == 303


def test_what_the_region_mandates_cannot_be_changed(as_role, reading, writing, town, region):
    with writing(None) as db:
        registering.rule_setting(db, region.id, "answers.days", "mandate", 7)
    admin = as_role("admin")
    page = admin.get("/staff/settings/contact").text
    assert 'name="answers.days"' not in page
    assert "Keski-Pohjanmaa" in page
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    form = {"csrf_token": admin.token_of("/staff/settings/contact"), "seen": seen, "answers.days": "200"}
    answer = admin.post("/staff/settings/contact", data={**form, "site.contact": "Written in the meantime"})
    assert answer.status_code == 422
    assert "Written in the meantime" in answer.text
    assert 'name="answers.days"' not in answer.text
    with reading(town) as db:
        assert "answers.days" not in registering.row(db, town.slug).settings


def test_what_the_region_offers_is_where_one_begins(as_role, writing, town, region, app):
    with writing(None) as db:
        registering.rule_setting(db, region.id, "people.names", "offer", "real")
    admin = as_role("admin")
    assert re.search(r'value="real" checked', admin.get("/staff/settings/members").text)
    admin.submit("/staff/settings/members", **{"people.names": "pseudonym"})
    assert app.directory.current().by_id[town.id].setting("people.names") == "pseudonym"
    admin.submit("/staff/settings/members", back="people.names")
    assert app.directory.current().by_id[town.id].setting("people.names") == "real"


def test_two_people_at_the_same_settings_lose_nothing(as_role, town):
    admin, operator = as_role("admin"), as_role("operator")
    page = admin.get("/staff/settings/welcome").text
    seen = re.search(r'name="seen" value="(\w+)"', page)[1]
    operator.submit("/staff/settings/welcome", **{"site.welcome_fi": "from the operator"})
    form = {"csrf_token": admin.token_of("/staff/settings/welcome"), "seen": seen, "site.welcome_fi": "from the admin"}
    answer = admin.post("/staff/settings/welcome", data=form)
    assert answer.status_code == 409
    assert "from the operator" in answer.text
    assert "from the admin" in answer.text


def test_names_and_languages_change_the_site(as_role, client, actions, town):
    fields = {
        "name_fi": "Uusi Kokkola",
        "language_1": "sv",
        "name_sv": "Nya Karleby",
        "language_2": "fi",
        "language_3": "",
    }
    assert as_role("admin").submit("/staff/settings/names", **fields).status_code == 303
    assert '<html lang="sv"' in client.get("/").text
    assert "Nya Karleby" in client.get("/").text
    assert actions(town)[0] == "names_changed"


@pytest.mark.parametrize(
    "fields",
    [
        {"language_1": "fi", "language_2": "fi", "language_3": ""},
        {"name_fi": "", "language_1": "fi"},
        {"language_1": "xx"},
        {"time_zone": "Europe/Atlantis"},
    ],
)
def test_names_and_languages_that_cannot_be_are_refused(as_role, reading, town, fields):
    assert as_role("admin").submit("/staff/settings/names", **fields).status_code == 422
    with reading(town) as db:
        assert registering.row(db, town.slug).languages == ["fi", "sv", "en"]


def test_a_plugin_is_switched_without_a_restart(as_role, client, actions, town, neighbour, visitor):
    admin = as_role("admin")
    assert client.get("/forums/").status_code == 200
    answer = admin.submit("/staff/plugins", plugin="forums", on="0")
    assert answer.status_code == 303
    assert client.get("/forums/").status_code == 404
    assert visitor(neighbour).get("/forums/").status_code == 200
    admin.submit("/staff/plugins", plugin="forums", on="1")
    assert client.get("/forums/").status_code == 200
    assert actions(town)[:2] == ["plugin_on", "plugin_off"]


@pytest.mark.parametrize("rule", ["mandate", "forbid"])
def test_a_plugin_the_region_decides_cannot_be_switched(as_role, client, writing, region, rule):
    with writing(None) as db:
        registering.rule_plugin(db, region.id, "forums", rule)
    admin = as_role("admin")
    token = admin.token_of("/staff/settings/contact")
    answer = admin.post(
        "/staff/plugins", data={"csrf_token": token, "plugin": "forums", "on": "0" if rule == "mandate" else "1"}
    )
    assert answer.status_code == 422
    assert client.get("/forums/").status_code == (200 if rule == "mandate" else 404)


def test_an_unknown_plugin_is_not_found(as_role):
    admin = as_role("admin")
    token = admin.token_of("/staff/settings/contact")
    assert admin.post("/staff/plugins", data={"csrf_token": token, "plugin": "nothing", "on": "1"}).status_code == 404

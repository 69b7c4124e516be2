"""Settings: declared, typed, stored per tenant, refused when they cannot be."""

from __future__ import annotations

import pytest

from talkoot import config
from talkoot.errors import InvalidError, SetupError
from talkoot.plugin import Setting
from talkoot.tenants import registering, settings
from talkoot.web import contrast


def test_a_tenant_has_the_defaults(app, town):
    assert town.setting("answers.days") == 30
    assert town.setting("site.brand") == "#1b5e8c"
    assert town.setting("forums.party_days") == 3


def test_an_undeclared_setting_raises(town):
    with pytest.raises(KeyError):
        town.setting("answers.dayz")


def test_a_setting_is_for_one_tenant(app, writing, town, neighbour):
    with writing(None) as db:
        registering.set_setting(db, town.id, {"answers.days": 14})
    now = app.directory.current().by_id
    assert (now[town.id].setting("answers.days"), now[neighbour.id].setting("answers.days")) == (14, 30)


def test_a_change_is_seen_at_the_next_request(client, writing, town):
    with writing(None) as db:
        registering.set_setting(db, town.id, {"site.welcome_fi": "Tervetuloa **torille**"})
    assert "Tervetuloa <strong>torille</strong>" in client.get("/").text


@pytest.mark.parametrize(
    ("setting", "given", "kept"),
    [
        (Setting("x.flag", "", False), "on", True),
        (Setting("x.flag", "", False), "", False),
        (Setting("x.n", "", 3), "12", 12),
        (Setting("x.text", "", ""), "  word ", "word"),
        (Setting("x.text", "", ""), None, ""),
        (Setting("x.pick", "", "a", ("a", "b")), "b", "b"),
        (Setting("site.brand", "", "#1b5e8c"), "#7A1F3D", "#7a1f3d"),
    ],
)
def test_a_value_takes_the_settings_type(setting, given, kept):
    assert settings.checked(setting, given) == kept


@pytest.mark.parametrize(
    ("setting", "given"),
    [
        (Setting("x.n", "", 3), "three"),
        (Setting("x.n", "", 3), ""),
        (Setting("x.n", "", 3), "1e9999"),
        (Setting("x.n", "", 3), "-1"),
        (Setting("x.pick", "", "a", ("a", "b")), "c"),
        (Setting("site.brand", "", "#1b5e8c"), "red"),
        (Setting("site.brand", "", "#1b5e8c"), "#ffff00"),
        (Setting("site.brand", "", "#1b5e8c"), "#fff"),
        (Setting("site.brand", "", "#1b5e8c"), "#1b5e8c;}body{"),
    ],
)
def test_what_cannot_be_is_refused_with_a_sentence(app, setting, given):
    with app.app_context(), pytest.raises(InvalidError) as refused:
        settings.checked(setting, given)
    assert refused.value.message.endswith(".")
    assert refused.value.field == setting.name


@pytest.mark.parametrize("colour", ["#1b5e8c", "#7a1f3d", "#000000", "#005a30"])
def test_what_is_made_of_a_brand_colour_can_be_read(colour):
    for ground in ("#ffffff", "#f7f8f9", "#12181f", "#1b232c"):
        assert contrast.ratio(contrast.readable_on(colour, ground), ground) >= 4.5
    assert contrast.ratio(colour, "#ffffff") >= 4.5


def test_contrast_is_that_of_wcag():
    assert contrast.ratio("#000000", "#ffffff") == pytest.approx(21)
    assert contrast.ratio("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


# --- the installation's own -------------------------------------------------------------------------------------------


def write(folder, text):
    (folder / "settings.toml").write_text(text, encoding="utf-8")
    return folder


KEY = 'secret_key = "0123456789012345678901234567890123456789"\n'


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    import os

    for name in [name for name in os.environ if name.startswith("TALKOOT_")]:
        monkeypatch.delenv(name)


def test_the_settings_file_is_read(tmp_path):
    found = config.load(write(tmp_path, KEY + 'installation_name = "Keski-Pohjanmaa"\nmain_hosts = ["a.fi", "b.fi"]\n'))
    assert (found.installation_name, found.main_hosts) == ("Keski-Pohjanmaa", ("a.fi", "b.fi"))
    assert found.is_sqlite


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "talkoot init"),
        ('secret_key = "short"', "at least 32 characters"),
        (KEY + "databse_url = 'x'", "databse_url"),
        ("secret_key = ", "not valid TOML"),
    ],
)
def test_a_wrong_file_is_named_in_plain_words(tmp_path, text, words):
    with pytest.raises(SetupError, match=words):
        config.load(write(tmp_path, text))


def test_the_environment_goes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_PROXY_COUNT", "2")
    monkeypatch.setenv("TALKOOT_DEMO", "yes")
    monkeypatch.setenv("TALKOOT_MAIN_HOSTS", "a.fi, b.fi")
    found = config.load(write(tmp_path, KEY + "proxy_count = 1\n"))
    assert (found.proxy_count, found.demo, found.main_hosts) == (2, True, ("a.fi", "b.fi"))


def test_a_number_must_be_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TALKOOT_POOL_SIZE", "many")
    with pytest.raises(SetupError, match="TALKOOT_POOL_SIZE"):
        config.load(write(tmp_path, KEY))

"""Words of plugins: a plugin brings its own, and never changes core's, whose pages it may not even be on."""

from __future__ import annotations

import pytest
from tests.rules.contract_plugins import installed, made_up

from talkoot import i18n

CATALOGUE = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "{core}"
msgstr "the plugin's word"

msgid "A word of this plugin alone"
msgstr "the plugin's own word"

msgctxt "raffles"
msgid "{core}"
msgstr "the plugin's word in its own place"
"""


def catalogue_of(folder, language, core):
    place = folder / "translations" / language / "LC_MESSAGES"
    place.mkdir(parents=True)
    (place / "messages.po").write_text(CATALOGUE.format(core=core), encoding="utf-8")


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("word", ["Sign in", "Send"])
def test_cores_words_win_over_a_plugins(app, tmp_path, language, word):
    with i18n.speaking(language):
        ours = i18n.gettext(word)
    assert ours not in (word, "the plugin's word"), "core translates it"
    catalogue_of(tmp_path, language, word)
    with installed(app, made_up(folder=tmp_path)), i18n.speaking(language):
        assert i18n.gettext(word) == ours
        assert i18n.gettext("A word of this plugin alone") == "the plugin's own word"
        assert i18n.pgettext("raffles", word) == "the plugin's word in its own place"


def test_a_page_of_core_says_it_in_cores_words(app, as_role, client, tmp_path):
    before = client.get("/sign-in").text
    catalogue_of(tmp_path, "fi", "Sign in")
    with installed(app, made_up(folder=tmp_path)):
        after = client.get("/sign-in").text
    assert "Kirjaudu" in before
    assert "the plugin's word" not in after
    assert "Kirjaudu" in after

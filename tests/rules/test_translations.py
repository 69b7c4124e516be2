"""Every text of core, the plugins and the themes is there in Finnish and Swedish, and no other text is kept."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from talkoot import catalogues
from talkoot.catalogues import LANGUAGES, Package

ROOT = Path(__file__).parents[2]
PACKAGES = [pytest.param(package, id=package.folder.name) for package in catalogues.packages(ROOT)]


@pytest.mark.parametrize("package", PACKAGES)
def test_catalogues_are_complete(package):
    assert list(catalogues.problems(package)) == []


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_keep_no_text_that_has_gone(package, language):
    strings = {(message.id, message.context) for message in catalogues.template(package)}
    path = package.file(language)
    kept = read_po(BytesIO(path.read_bytes()), locale=language) if path.exists() else ()
    assert {(message.id, message.context) for message in kept} <= strings


def test_what_is_missing_fuzzy_or_wrong_is_told(tmp_path):
    package = Package(tmp_path / "talkoot_trial")
    package.folder.mkdir()
    source = ("Told", "Not told", "Guessed", "Of %(name)s")
    (package.folder / "views.py").write_text("\n".join(f'gettext("{text}")' for text in source))
    for language in LANGUAGES:
        path = package.file(language)
        path.parent.mkdir(parents=True)
        entries = ('msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"', 'msgid "Told"\nmsgstr "a"',
                   'msgid "Not told"\nmsgstr ""', '#, fuzzy\nmsgid "Guessed"\nmsgstr "b"',
                   '#, python-format\nmsgid "Of %(name)s"\nmsgstr "c %(nome)s"')  # fmt: skip
        path.write_text("\n\n".join(entries) + "\n")
    told = [line.removeprefix("talkoot_trial ") for line in catalogues.problems(package)]
    assert [line[:2] for line in told] == ["fi"] * 3 + ["sv"] * 3
    assert ["Not told" in told[0], "fuzzy" in told[1], "Of %(name)s" in told[2]] == [True] * 3

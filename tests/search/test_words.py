"""Words: how texts are cut, what a word is in a language, what a query asks for."""

from __future__ import annotations

from pathlib import Path

import pytest

from talkoot.search import analyzers, lemmas, terms
from talkoot.search.words import forms, without_marks


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("Kunta-asia: EU:n tuki, 15 %!", ["kunta", "asia", "eu", "tuki", "15"]),
        ("women's people’s", ["women", "people"]),
        ("Sa\u0308a\u0308 SÄÄ", ["sää", "sää"]),
        ("_korostus_ snake_case", ["korostus", "snakecase"]),
        ("ёлка Ёж", ["елка", "еж"]),
        ("أحمد إلى مدينةٌ ـمـ", ["احمد", "الي", "مدينه", "م"]),
        ("ﬁne １２", ["fine", "12"]),
        ("", []),
        ("\u0308 ... ’", []),
    ],
)
def test_texts_are_cut_into_words(text, cut):
    assert forms(text) == cut


def test_letters_lose_their_marks_only_where_asked():
    assert [without_marks(word) for word in ("sää", "ångström", "smørrebrød", "é")] == [
        "saa",
        "angstrom",
        "smorrebrod",
        "e",
    ]


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("kunta koulu kunta", terms.Terms(("kunta", "koulu"))),
        ('"uusi koulu" kunta', terms.Terms(("kunta",), (("uusi", "koulu"),))),
        ("kunta -koulu", terms.Terms(("kunta",), (), ("koulu",))),
        ("linja-auto", terms.Terms(("linja", "auto"))),
        ('"yksi"', terms.Terms(("yksi",))),
        ("«uusi koulu", terms.Terms((), (("uusi", "koulu"),))),
        ("- -- ! -", terms.Terms()),
    ],
)
def test_what_was_typed_is_read(typed, read):
    assert terms.parse(typed) == read


def test_a_query_without_end_is_cut():
    assert len(terms.parse(" ".join(f"w{n}" for n in range(1000))).words) == terms.MOST


@pytest.fixture(scope="module")
def known(dictionaries: Path):
    return analyzers.of(dictionaries)


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("kunnassammekin", "kunta"), ("kadut", "katu"), ("vettä", "vesi"), ("perheensä", "perhe"), ("kyydit", "kyyti"),
        ("turvallisuussuunnitelmaan", "turvallisuussuunnitelma"), ("böckerna", "bok"), ("vägarna", "väg"), ("kommunens", "kommun"),
        ("plan", "plan"), ("städer", "stad"),
    ],
)  # fmt: skip
def test_a_word_has_its_base_form(known, word, base):
    assert base in {found for _, meaning in known.meanings(word, ("fi", "sv")) for found in meaning.bases}


@pytest.mark.parametrize(
    ("word", "part"),
    [
        ("turvallisuussuunnitelmaan", "suunnitelma"), ("turvallisuussuunnitelmaan", "turvallisuus"), ("rantakadulla", "katu"),
        ("terveyskeskusmaksun", "keskus"), ("yhteispalvelupiste", "piste"), ("säkerhetsplanen", "plan"), ("skolskjutsarna", "skola"),
        ("gatubelysningen", "gata"), ("hälsocentralen", "hälsa"),
    ],
)  # fmt: skip
def test_a_compound_has_its_parts(known, word, part):
    assert part in {found for _, meaning in known.meanings(word, ("fi", "sv")) for found in meaning.parts}


@pytest.mark.parametrize("word", ["kunnassa", "suunnitelma", "kirjasto", "kokous", "säkerhet", "förening", "kommun"])
def test_a_word_that_is_no_compound_has_none(known, word):
    assert not any(meaning.parts for _, meaning in known.meanings(word, ("fi", "sv")))


def test_who_knows_a_word_speaks_before_who_can_only_take_it_apart(known):
    by_language = dict(known.meanings("kuntosalin", ("fi", "sv")))
    assert list(by_language) == ["fi"]
    assert by_language["fi"].parts == ("kunto", "sali")
    assert "kunta" in known.by_language["sv"].meaning("kuntosalin").parts  # which is what it keeps away


@pytest.mark.parametrize("word", ["ska", "skall", "skulle", "är", "var", "varit", "vore"])
def test_an_auxiliary_is_no_school_and_no_goods(known, word):
    bases = {found for _, meaning in known.meanings(word, ("sv",)) for found in meaning.bases}
    assert bases
    assert not bases & {"skola", "vara"}


@pytest.mark.parametrize(
    ("word", "base"), [("skolan", "skola"), ("skolor", "skola"), ("varor", "vara"), ("varorna", "vara")]
)
def test_schools_and_goods_are_found_as_before(known, word, base):
    assert base in {found for _, meaning in known.meanings(word, ("sv",)) for found in meaning.bases}


def test_goods_are_no_form_of_an_auxiliary(known):
    assert "var" not in known.by_language["sv"].meaning("varor").bases


def test_names_in_no_dictionary_are_found_by_their_beginning(known):
    beginnings = {
        known.meanings(form, ("fi",))[0][1].stem for form in ("kälviä", "kälviällä", "kälviän", "kälviään", "kälviälle")
    }
    assert beginnings == {"kälv"}


@pytest.mark.parametrize(
    ("one", "other", "language"), [("школа", "школе", "ru"), ("المدينه", "مدينه", "ar"), ("meeting", "meetings", "en")]
)
def test_other_languages_go_by_stems_where_nothing_is_compiled(tmp_path, one, other, language):
    plain = analyzers.of(tmp_path)
    assert plain.meanings(one, (language,)) == plain.meanings(other, (language,))


def test_a_file_that_was_half_written_is_not_there(tmp_path):
    def pairs():
        yield "kunnassa", "kunta"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lemmas.write(lemmas.path_of(tmp_path, "fi"), pairs())
    assert lemmas.missing(tmp_path, ("fi",)) == ["fi"]

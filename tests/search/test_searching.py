"""Searching: which posts are found by which words, in which order, and how they are shown."""

from __future__ import annotations

import re

import pytest
from tests.search.conftest import count, left_out, texts

from talkoot.search import querying
from talkoot.search.querying import PAGE


def test_all_of_the_words_must_be_there(write, find):
    write("Keinutuoli löytyi rannasta.")
    write("Rannasta löytyi vene.")
    assert find("keinutuoli") == ["Keinutuoli löytyi rannasta."]
    assert find("KEINUTUOLI rannasta!") == ["Keinutuoli löytyi rannasta."]
    assert find("keinutuoli vene") == []


def test_the_newest_comes_first(write, find):
    for n in (1, 2, 3):
        write(f"Keinutuoli {n}")
    assert find("keinutuoli") == ["Keinutuoli 3", "Keinutuoli 2", "Keinutuoli 1"]


def test_every_form_and_compounds_of_a_word_are_found(few_words, write, find):
    write("Liite turvallisuussuunnitelmaan.")
    write("Asuu kunnassa.")
    assert find("kunta") == ["Asuu kunnassa."]
    assert find("kunnassa") == ["Asuu kunnassa."]
    for part in ("suunnitelma", "suunnitelmaan", "turvallisuus"):
        assert find(part) == ["Liite turvallisuussuunnitelmaan."]
    assert find("liite kunta") == []


def test_as_typed_before_other_forms_before_compounds(few_words, write, find):
    write("Se on suunnitelmaan.")
    write("Uusi suunnitelma.")
    write("Sitten turvallisuussuunnitelmaan.")
    assert find("suunnitelma") == ["Uusi suunnitelma.", "Se on suunnitelmaan.", "Sitten turvallisuussuunnitelmaan."]
    assert find("suunnitelmaan") == ["Se on suunnitelmaan.", "Uusi suunnitelma.", "Sitten turvallisuussuunnitelmaan."]


def test_two_languages_in_one_site(few_words, write, find):
    write("Asuu kunnassa.", language="fi")
    write("Läser böcker.", language="sv")
    write("Böcker, fast sidan är på finska.", language="fi")
    assert find("bok") == ["Böcker, fast sidan är på finska.", "Läser böcker."]
    assert find("kunta") == ["Asuu kunnassa."]


def test_letters_with_dots_are_letters_of_their_own(write, find):
    write("Sää on kaunis.")
    write("Saa tulla.")
    assert find("sää") == ["Sää on kaunis."]
    assert find("saa") == ["Saa tulla."]


def test_without_dots_only_when_nothing_else_is_found(write, find, client):
    write("Kälviän kylätalo.")
    assert find("kylatalo kalvian") == ["Kälviän kylätalo."]
    assert "similar but for å, ä and ö" in client.get("/search?q=kylatalo&lang=en").text
    write("Kylatalo.")
    assert find("kylatalo") == ["Kylatalo."]


def test_a_phrase_is_found_in_its_order(write, find):
    write("Uusi kirjasto avataan.")
    write("Kirjasto uusi hyllyt.")
    assert find('"uusi kirjasto"') == ["Uusi kirjasto avataan."]
    assert find("”uusi kirjasto” avataan") == ["Uusi kirjasto avataan."]
    assert find('"uusi kirjasto" hyllyt') == []


def test_a_word_that_is_not_wanted(few_words, write, find):
    write("Keinutuoli kunnassa.")
    write("Keinutuoli muualla.")
    assert find("keinutuoli -kunta") == ["Keinutuoli muualla."]
    assert find("-kunta") == [], "only what is not wanted says nothing"


@pytest.mark.parametrize(
    "query", ["", "   ", "!?", '"', '"" -', "(", "a:b OR *", "\x00", "'; --", "\\", "NEAR(a b)", "ö" * 500]
)
def test_rubbish_finds_nothing_and_breaks_nothing(write, client, query):
    write("Keinutuoli.")
    answer = client.get("/search", query_string={"q": query})
    assert answer.status_code in (200, 400)
    assert texts(answer.text) == []


@pytest.mark.parametrize(
    "more",
    [
        {"place": "x"},
        {"area": "x"},
        {"since": "x"},
        {"role": "password"},
        {"kind": "x"},
        {"after": "9-x"},
        {"sort": "password"},
    ],
)
def test_rubbish_in_filters_shows_no_more(write, client, more):
    write("Keinutuoli.")
    answer = client.get("/search", query_string={"q": "keinutuoli", **more})
    assert answer.status_code == 200
    assert len(texts(answer.text)) <= 1


def test_the_next_page_keeps_of_the_address_what_search_knows(write, client, monkeypatch):
    """What an address may hold besides are names that `url_for` has for itself."""
    monkeypatch.setattr(querying, "PAGE", 1)
    write("Keinutuoli.", kind="idea")
    write("Keinutuoli toinen.", kind="idea")
    given = {"q": "keinutuoli", "kind": "idea", "role": "password", "x": "y", "endpoint": "a", "_method": "POST"}
    given |= {"_external": "1", "_anchor": "b"}
    page = client.get("/search", query_string=given)
    assert page.status_code == 200
    path, _, query = re.search(r'href="([^"]+)" rel="next', page.text)[1].partition("?")
    assert path == "/kokkola/search"
    assert sorted(part.partition("=")[0] for part in query.split("&amp;")) == ["after", "kind", "q"]


@pytest.mark.parametrize("letter", ["\ufe70", "\ufdfa", "\u037a", "⑴", "½"])
def test_a_letter_that_stands_for_several_is_found_and_hinders_nothing(write, find, letter):
    """Taken apart, some have spaces in them, which part keys from each other in the index."""
    text = f"Keinutuoli {letter} jälkeen."
    write(text)
    assert find("keinutuoli") == [text]
    assert find(f'"keinutuoli {letter}"') == [text]


def test_the_title_finds_the_first_post(write, find, world):
    write("Teksti.", title="Keinutuoli rannassa")
    write("Vastaus.", topic=world.things["kokkola", "new topic"])
    assert find("keinutuoli") == ["Teksti."]


def test_hits_are_marked_in_text_and_title(few_words, write, client):
    write("Alku. " * 60 + "Jossa kunnassa <b>ollaan</b>. " + "Loppu. " * 90, title="Mikä kunta?")
    page = client.get("/search?q=kunta").text
    assert "Mikä <mark>kunta</mark>?" in page
    assert "Jossa <mark>kunnassa</mark> &lt;b&gt;ollaan&lt;/b&gt;." in page
    shown = texts(page)[0]
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert len(shown) < 300


@pytest.mark.parametrize("apart", [True, False], ids=["discussions", "one discussion"])
def test_a_page_at_a_time(write, client, world, neighbour, apart):
    write("Keinutuoli 0")
    topic = None if apart else world.things["kokkola", "new topic"]
    for n in range(1, 2 * PAGE + 3):
        write(f"Keinutuoli {n}", topic=topic)
    write("Keinutuoli.", at=neighbour)
    seen, path = [], "/search?q=keinutuoli&lang=en"
    if not apart:
        page = client.get(path).text
        assert (texts(page), count(page), left_out(page)) == (
            [f"Keinutuoli {2 * PAGE + 2}"],
            2 * PAGE + 3,
            2 * PAGE + 2,
        )
        path = re.search(r'href="([^"]+within=[^"]+)"', page)[1].replace("&amp;", "&")
    for shown in (PAGE, PAGE, 3):
        page = client.get(path).text
        assert count(page) == 2 * PAGE + 3
        assert len(texts(page)) == shown
        seen += texts(page)
        more = re.search(r'href="([^"]+)" rel="next', page)
        path = more[1].replace("&amp;", "&") if more else ""
    assert path == ""
    assert seen == [f"Keinutuoli {n}" for n in reversed(range(2 * PAGE + 3))]


def test_htmx_gets_the_rows_alone(write, client, world):
    for n in range(PAGE + 1):
        write(f"Keinutuoli {n}")
    more = re.search(r'hx-get="([^"]+)"', client.get("/search?q=keinutuoli").text)[1].replace("&amp;", "&")
    part = client.get(more, headers={"HX-Request": "true"})
    assert texts(part.text) == ["Keinutuoli 0"]
    assert "<html" not in part.text


def test_pages_that_few_ask_for_are_not_kept(write, page_cache, client):
    write("Keinutuoli.")
    for path, kept in (("/forums/", 1), ("/search?q=keinutuoli", 1), ("/search", 2)):
        client.get(path)
        assert len(page_cache.pages._kept) == kept, path

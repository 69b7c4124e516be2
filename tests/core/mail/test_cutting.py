"""What is left of an answer: the writer's own words, whichever program and language they write with, and wherever in the mail."""

from __future__ import annotations

import pytest
from tests.core.mail import clients

from talkoot.incoming import cutting, letters, plain
from talkoot.incoming.letters import Envelope
from talkoot.incoming.phrases import MARKS, mark

LANGUAGES = ("fi", "sv", "en")


def left_of(raw: bytes) -> str:
    letter = letters.read(raw, Envelope())
    assert letter
    text = letters.text_of(letter)
    words = cutting.cut(text.words)
    return plain.unwrapped(words) if text.wrapped else words


@pytest.fixture(params=["with our line", "without it"])
def marked(request, monkeypatch) -> None:
    """The notice as it is sent, and as what else is answered: without "reply above this line"."""
    if request.param == "without it":
        monkeypatch.setattr(clients, "NOTICE", {language: lines[2:] for language, lines in clients.NOTICE.items()})


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("client", clients.ABOVE, ids=lambda client: client.__name__)
def test_an_answer_is_left_as_it_was_written(client, language, marked):
    assert left_of(client(language)) == clients.ANSWER[language]


@pytest.mark.parametrize("language", LANGUAGES)
def test_answers_between_the_lines_keep_what_they_answer(language):
    left = clients.between_left(language)
    assert left_of(clients.between(language)) == left


NOTICE = "\n".join(clients.NOTICE["fi"])
TEXTS = {
    "nothing but the answer": ("Sopii.", "Sopii."),
    "a mark that was broken over two lines": (
        "Sopii.\n\n--- Kirjoita vastauksesi tämän\nrivin yläpuolelle ---\n\nKoulun edessä on pimeää.", "Sopii."),
    "a mark quoted and broken": (
        "Sopii.\n\n> --- Kirjoita vastauksesi tämän rivin\n> yläpuolelle ---\n> Koulun edessä on pimeää.", "Sopii."),
    "a mark quoted twice": ("Sopii.\n\n>> --- Kirjoita vastauksesi tämän rivin yläpuolelle ---\n>> Pimeää.\n> Niin.", "Sopii."),
    "a mark in another language": (f"Sopii.\n{mark('sv')}\n{NOTICE}", "Sopii."),
    "a mark in capitals": ("Sopii.\nREPLY ABOVE THIS LINE\nHello", "Sopii."),
    "a mark with hard spaces": ("Sopii.\n---\u00a0Reply\u00a0above this line ---\nHello", "Sopii."),
    "a signature": ("Sopii.\n\n-- \nMatti Esimerkki\nPuheenjohtaja", "Sopii."),
    "a signature above the quotation": ("Sopii.\n\n-- \nMatti\n\nKokkola kirjoitti 3.6.2026:\n> Pimeää.", "Sopii."),
    "a greeting is no signature": ("Sopii.\n\nTerveisin\nMatti", "Sopii.\n\nTerveisin\nMatti"),
    "own words about who wrote": (
        "Matti kirjoitti hyvin:\n\nlamppu on pimeä.", "Matti kirjoitti hyvin:\n\nlamppu on pimeä."),
    "own words with From": ("From: the school to the church\nit is dark.", "From: the school to the church\nit is dark."),
    "own list": ("- lamppu\n- penkki", "- lamppu\n- penkki"),
    "an answer with a quotation of its own": (
        "> Kuka korjaa?\n\nMinä.\n\n> Milloin?\n\nHuomenna.", "> Kuka korjaa?\n\nMinä.\n\n> Milloin?\n\nHuomenna."),
    "a phone's advertisement": ("Sopii.\n\nLähetetty Outlook for Android -sovelluksesta", "Sopii."),
    "set in": ("    Sopii.\n\n\tNiin.", "Sopii.\n\nNiin."),
    "right to left": (
        "شكرا جزيلا.\n\nسأنظر إلى المصباح غدا.\n\n" + clients.GMAIL["en"] + "\n\n" + clients.quoted(clients.NOTICE["en"]),
        "شكرا جزيلا.\n\nسأنظر إلى المصباح غدا."),
    "nothing but the notice": (f"\n\n{clients.GMAIL['fi']}\n\n" + clients.quoted(clients.NOTICE["fi"]), ""),
    "nothing but a phone's advertisement": (f"{clients.IPHONE['fi']}\n\n{clients.APPLE['fi']}\n\n> Pimeää.", ""),
    "sent on below": ("Sopii.\n\n---------- Forwarded message ---------\nFrom: A\nHello", "Sopii."),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_left_of(name):
    text, left = TEXTS[name]
    assert cutting.cut(text) == left


@pytest.mark.parametrize("language", MARKS)
def test_every_language_has_its_mark_and_others_the_english_one(language):
    assert MARKS[language] in mark(language)
    assert cutting.cut(f"Mine.\n{mark(language)}\nYours.") == "Mine."
    assert mark("ar") == mark("en")
    assert mark("fi-simple") == mark("fi")

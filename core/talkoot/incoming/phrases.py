"""The words that mail programs put around what people write, in Finnish, Swedish and English."""

from __future__ import annotations

import re

# Not out of the catalogues: a mail is answered years later, perhaps in another language than it was sent in.
MARKS = {
    "fi": "Kirjoita vastauksesi tämän rivin yläpuolelle",
    "sv": "Skriv ditt svar ovanför den här raden",
    "en": "Reply above this line",
}


def mark(language: str) -> str:
    """The line that outgoing mail begins with: everything from it on is cut from an answer."""
    return f"--- {MARKS.get(language.partition('-')[0], MARKS['en'])} ---"


def _somewhere(words: str) -> str:
    """The words as a pattern that other line ends and quotation marks do not hide."""
    return r"[\s>|*_]+".join(re.escape(word) for word in words.split())


MARK = re.compile("|".join(_somewhere(words) for words in MARKS.values()), re.IGNORECASE)

WROTE = re.compile(r"\b(kirjoitti|skrev|wrote)\b", re.IGNORECASE)
ADDRESS = re.compile(r"[<(\[]?[^\s<>()\[\]]+@[^\s<>()\[\]]+[>)\]]?")
WHEN = re.compile(r"\d{1,4}[./-]|\d{1,2}[.:]\d{2}|\b(19|20)\d\d\b")

_FROM = r"From|Lähettäjä|Från|Avsändare"
_OTHERS = (
    "Sent|Date|Lähetetty|Lähetysaika|Päivämäärä|Päiväys|Pvm|Skickat|Skickades|Datum"
    "|To|Cc|Vastaanottaja|Saaja|Kopio|Till|Kopia|Subject|Aihe|Otsikko|Ämne|Reply-To|Vastausosoite|Svara till"
)
FROM = re.compile(rf"[*\s]*({_FROM})\s*:[*\s]*\S", re.IGNORECASE)
OTHER_HEADER = re.compile(rf"[*\s]*({_OTHERS})\s*:", re.IGNORECASE)
SEPARATOR = re.compile(
    r"[-_=\s]*(Original (Message|Appointment)|Forwarded message|Alkuperäinen (viesti|sähköposti|sähköpostiviesti)"
    r"|Välitetty viesti|Edelleenlähetetty viesti|Ursprungligt meddelande|Originalmeddelande|Vidarebefordrat meddelande)"
    r"[-_=\s]*",
    re.IGNORECASE,
)
RULE = re.compile(r"\s*[_]{5,}\s*|\s*[-=]{10,}\s*")

_PLACES = "iPhone|iPad|Outlook|Samsung|Galaxy|Android|Huawei|Mail|Gmail|Yahoo|Proton|Nokia|Sony|OnePlus|Windows|Mac|K-9|FairEmail"
DEVICE = re.compile(
    rf"(Sent (from|with|via) .*({_PLACES}|phone|mobile|device)|Get Outlook for"
    rf"|(Lähetetty|Lähetin) .*({_PLACES}|puhelime|laittee|älypuhelime)|(Hae|Hanki|Lataa) Outlook"
    rf"|Skicka(t|des) (från|med|via) .*({_PLACES}|mobil|telefon|enhet)|(Hämta|Skaffa) Outlook).{{0,120}}",
    re.IGNORECASE,
)
SIGNATURE = re.compile(r"--\s?")
QUOTED = re.compile(r"\s{0,3}[>|]")

"""Cutting texts into words, written the way in which they are compared. å, ä and ö are letters of their own and stay so."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters and digits of any script, and the marks that belong to letters (Arabic vowels, combining accents). A colon or an
# apostrophe within a word starts its ending ("EU:n", "women's"), which says nothing to who searches.
WORD = re.compile(r"[^\W_][\w\u0300-\u036f\u0610-\u061a\u064b-\u065f\u0670]*(?:[:'’][^\W\d_]{1,4}(?!\w))?")
LONGEST = 60  # letters of a word that are looked at
_ARABIC = re.compile("[\u0600-\u06ff]")
_CYRILLIC = re.compile("[\u0400-\u04ff]")
_MARKS = re.compile("[\u0610-\u061a\u064b-\u065f\u0670\u0640]")  # vowel signs, and the stroke that only lengthens
_ALIKE = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ؤ": "و", "ئ": "ي", "ё": "е", "ß": "ss", "_": None}
)


def forms(text: str) -> list[str]:
    """The words of a text as they are compared."""
    return [form for found in WORD.findall(text) if (form := written(found))]


@lru_cache(maxsize=32_768)
def written(word: str) -> str:
    """A word in small letters, without an ending after a colon and without what writers of its script leave out at will."""
    whole = "".join(unicodedata.normalize("NFKC", word).split()).lower()  # some letters become several with spaces
    bare = re.split("[:'’]", whole, maxsplit=1)[0]
    return _MARKS.sub("", bare).translate(_ALIKE)[:LONGEST]


@lru_cache(maxsize=32_768)
def without_marks(form: str) -> str:
    """The word as those write it who have no å, ä or ö on their keyboard."""
    apart = unicodedata.normalize("NFKD", form.replace("ø", "o").replace("æ", "ae"))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def script(form: str) -> str:
    """`arabic`, `cyrillic` or `latin`, which also stands for all others."""
    if _ARABIC.search(form):
        return "arabic"
    return "cyrillic" if _CYRILLIC.search(form) else "latin"

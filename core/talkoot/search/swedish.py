"""Swedish words: forms that tell of each other, and how compounds are joined (säkerhets|plan, skol|skjuts, gatu|belysning)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import snowballstemmer

from talkoot.search.compounds import Bases, Part

# The dictionary often has one reading of a form only: vägarna is no form of väg to it. A shorter form tells the other.
SISTERS = (re.compile(r"na(?=s?$)"), re.compile(r"(?:ar|or|er)$"), re.compile(r"s$"))
SHORT = frozenset(
    {
        "by",
        "is",
        "ö",
        "å",
        "sjö",
        "snö",
        "väg",
        "bad",
        "bil",
        "båt",
        "hav",
        "hem",
        "jul",
        "mat",
        "tåg",
        "tak",
        "bok",
        "bro",
    }
    | {
        "råd",
        "val",
        "liv",
        "dag",
        "år",
        "vår",
        "lek",
        "led",
        "hus",
        "nät",
        "tur",
        "art",
        "tid",
        "dal",
        "del",
        "kör",
        "bär",
    }
)
JOINED = {"bya": "by", "kyrko": "kyrka", "hälso": "hälsa", "små": "små", "äldre": "äldre"}
# To the dictionary these are forms of skola and vara, which to somebody who searches are schools and goods.
AUXILIARIES = {"ska": "ska", "skall": "ska", "skulle": "ska", "är": "är", "var": "är", "varit": "är", "vore": "är"}
DERIVED = frozenset({"het", "heta", "skap", "ning", "ing", "dom", "else", "are", "lig", "bar", "sam", "ande", "ende"})
_stemmer = snowballstemmer.stemmer("swedish")


def bases(form: str, known: Bases) -> tuple[str, ...]:
    """The base forms of a word that the dictionary knows, also in the genitive."""
    if form in AUXILIARIES:
        return (AUXILIARIES[form],)
    found = known(form)
    return tuple(dict.fromkeys((*found, *_by_sisters(form, known))))


def _by_sisters(form: str, known: Bases) -> Iterator[str]:
    for ending in SISTERS:
        if (bare := ending.sub("", form)) == form or len(bare) < 3 or bare in AUXILIARIES:
            continue
        found = known(bare)
        yield from (base for base in found if base == bare or ending is SISTERS[0])
        if ending is SISTERS[0]:
            yield from _by_sisters(bare, known)


def first(left: str, known: Bases) -> str | None:
    """The base form of a compound's first part: as it is, with a joining s, or with the vowel that it loses or changes."""
    if left in JOINED:
        return JOINED[left]
    if len(left) < 4 and left not in SHORT:
        return None
    whole = [left]
    if left.endswith("s"):
        whole.append(left[:-1])
    whole += [left + "a", left + "e"]
    if left[-1] in "uoe":
        whole.append(left[:-1] + "a")
    return next((word for word in whole if word in known(word)), None)


def last(right: str, known: Bases) -> tuple[str, ...]:
    """The base forms of a compound's last part, in whatever form it is."""
    if right in DERIVED:
        return ()
    found = (base for base in bases(right, known) if base not in DERIVED)
    return tuple(base for base in found if len(right) > 3 or base in SHORT)


def guess(form: str) -> str:
    """The stem of a word that is in no dictionary, such as a village's name."""
    return str(_stemmer.stemWord(form))


PARTS = Part(first, last, longest_first=True)  # what joins parts belongs to the first

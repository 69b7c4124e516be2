"""What a word is in a language: its base form, the parts of a compound, or a guess where no dictionary knows it.

An index and a query are made with the same analyzers, so that what is written in one form is found by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

import snowballstemmer

from talkoot.search import finnish, lemmas, swedish
from talkoot.search.compounds import Bases, Part, split
from talkoot.search.words import script

# Raise it when the same text would get other keys; then `talkoot search rebuild` makes older entries anew.
VERSION = 2
STEMMERS = {"en": "english", "ru": "russian", "ar": "arabic"}
OF_SCRIPT = {"arabic": "ar", "cyrillic": "ru"}


class Meaning(NamedTuple):
    """A word in one language: its base forms, a compound's parts, and a guessed stem.

    `known`: a dictionary has this very form, so its base forms are no guess.
    """

    bases: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    stem: str = ""
    known: bool = False


class Analyzer(Protocol):
    """One language."""

    def meaning(self, form: str) -> Meaning:
        """What a word is, given as words.py writes it."""
        ...


def _nothing(_form: str) -> tuple[str, ...]:
    """The dictionary that knows no word: it has not been compiled, or there is none."""
    return ()


@dataclass(frozen=True)
class Stemmed:
    """By a dictionary, if there is one, and by stems for words that are not in it."""

    known: Bases
    stem: Callable[[str], str]

    def meaning(self, form: str) -> Meaning:
        bases = self.known(form)
        return Meaning(bases, known=True) if bases else Meaning(stem=self.stem(form))


@dataclass(frozen=True)
class Compounding:
    """Finnish and Swedish: compounds are written in one word, and most of them are in no dictionary."""

    known: Bases
    bases: Callable[[str, Bases], tuple[str, ...]]
    part: Part
    guess: Callable[[str], str]

    def meaning(self, form: str) -> Meaning:
        bases = self.bases(form, self.known)
        known = bool(bases)
        splits = [found for base in bases or (form,) if (found := split(base, self.known, self.part))]
        if not bases:
            bases = tuple(whole for found in splits for whole in found.wholes)
        if not bases:
            return Meaning(stem=self.guess(form))
        parts = dict.fromkeys(part for found in splits for part in self._all_parts(found.parts))
        return Meaning(bases, tuple(parts), self.guess(form), known)

    def _all_parts(self, parts: Iterable[str]) -> Iterator[str]:
        """The parts, and those of parts that are compounds themselves."""
        for part in parts:
            yield part
            if inner := split(part, self.known, self.part):
                yield from inner.parts


@dataclass(frozen=True, eq=False)
class Analyzers:
    """The analyzers of an installation. `version` is stored with what was made by them."""

    by_language: Mapping[str, Analyzer]
    version: int

    def meanings(self, form: str, languages: Iterable[str]) -> tuple[tuple[str, Meaning], ...]:
        """What a word may be in these languages: those whose dictionary knows it speak alone, then those that can take it
        apart. To Swedish, kuntosalin might be a compound of kunta.

        A word in Cyrillic or Arabic letters is one of Russian or Arabic, whatever is spoken here.
        """
        if form.isdigit():
            return ()
        if asked := OF_SCRIPT.get(script(form)):
            languages = (asked,)
        found = [(code, self.by_language[code].meaning(form)) for code in languages if code in self.by_language]
        known = tuple(pair for pair in found if pair[1].known)
        return known or tuple(pair for pair in found if pair[1].bases) or tuple(found)


@cache
def of(instance: Path) -> Analyzers:
    """The analyzers of the installation in this folder: with base forms where they have been compiled, else with stems."""
    known = {code: found.of for code, found in lemmas.open_all(instance).items()}
    made: dict[str, Analyzer] = {code: Stemmed(known.get(code, _nothing), _stemmer(code)) for code in STEMMERS}
    for code, rules in (("fi", finnish), ("sv", swedish)):
        made[code] = Compounding(known.get(code, _nothing), rules.bases, rules.PARTS, rules.guess)
    return Analyzers(made, VERSION * 2 + bool(known))


def _stemmer(code: str) -> Callable[[str], str]:
    stem = snowballstemmer.stemmer(STEMMERS[code]).stemWord
    if code == "ar":  # which has lost its taa marbuta (words.py), an ending to the stemmer
        return lambda form: str(stem(form[:-1] + "ة" if form.endswith("ه") else form))
    return lambda form: str(stem(form))

"""Base forms of words, out of read-only files in the instance folder that all processes share.

The dictionaries of simplemma would cost each process hundreds of megabytes. They are compiled once into tries (marisa):
measured for Finnish, with 3.5 million forms, 12 MB of file instead of 111 MB as an SQLite table, 3 µs instead of 10 a
look-up, and next to nothing in memory because the file is mapped. Compiling a language takes up to 1 GB, in a process of
its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

import marisa_trie

from talkoot.errors import SetupError

LANGUAGES = ("fi", "sv", "en", "ru")  # simplemma has no Arabic
FORMAT = 2  # of the files: another makes them be compiled anew
AT_ONCE = 2  # languages compiled beside each other: together less than 2 GB
BASE = ord("0")
NOTHING_OFF = "0"


class Lemmas:
    """The base forms of one language."""

    def __init__(self, path: Path) -> None:
        self._trie = marisa_trie.Trie()
        self._trie.mmap(str(path))
        self.of = lru_cache(maxsize=16_384)(self._of)

    def _of(self, form: str) -> tuple[str, ...]:
        """The base forms of a word, of which some have two; empty when the dictionary does not know it."""
        rules = [str(found)[len(form) + 1 :] for found in self._trie.keys(f"{form}\t")]
        return tuple(form[: len(form) - (ord(rule[0]) - BASE)] + rule[1:] for rule in rules)


def path_of(folder: Path, language: str) -> Path:
    """Where the compiled base forms of a language are."""
    return folder / "lemmas" / f"{language}.{FORMAT}.trie"


@cache
def open_all(folder: Path) -> dict[str, Lemmas]:
    """The languages whose base forms have been compiled into this folder."""
    return {code: Lemmas(path) for code in LANGUAGES if (path := path_of(folder, code)).exists()}


def missing(folder: Path, languages: Iterable[str] = LANGUAGES) -> list[str]:
    """Those of these languages that are still to be compiled, the largest first."""
    return [code for code in LANGUAGES if code in languages and not path_of(folder, code).exists()]


def compile_each(folder: Path, languages: Iterable[str]) -> Iterator[str]:
    """Compile languages, two at a time, each in a process that gives its memory back; yields each when it is done."""
    waiting, running = list(languages), dict[str, subprocess.Popen[bytes]]()
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            code = waiting.pop(0)
            running[code] = subprocess.Popen([sys.executable, "-m", __name__, str(folder), code])  # noqa: S603 our own words
        code, process = next(iter(running.items()))
        if process.wait() != 0:
            raise SetupError(f"The base forms of {code} could not be compiled into {path_of(folder, code)}")
        del running[code]
        yield code
    open_all.cache_clear()


def compile_one(folder: Path, language: str) -> None:
    """Write a language's file; it has its name once it is whole."""
    from simplemma.strategies.dictionaries import DefaultDictionaryFactory

    pairs = DefaultDictionaryFactory().get_dictionary(language).items()
    write(path_of(folder, language), pairs)


def write(path: Path, pairs: Iterable[tuple[str, str]]) -> None:
    """Write (form, base form) pairs as a trie of `form TAB rule`: how many letters to take off, and what to put there.

    A form that is itself the base of others stays one: to the dictionary Swedish `plan` is a form of a verb only.
    """
    known: dict[str, str] = {}
    for form, lemma in pairs:
        if form == form.lower() or form.lower() not in known:  # a name gives way to the word that is written like it
            known[form.lower()] = lemma.lower()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    bases = {lemma for form, lemma in known.items() if form != lemma}
    both = (form for form, lemma in known.items() if form != lemma and form in bases)
    rules = chain(
        (f"{form}\t{_rule(form, lemma)}" for form, lemma in known.items()), (f"{form}\t{NOTHING_OFF}" for form in both)
    )
    marisa_trie.Trie(rules).save(str(draft))
    draft.replace(path)


def _rule(form: str, lemma: str) -> str:
    same = next(
        (n for n, (one, other) in enumerate(zip(form, lemma, strict=False)) if one != other), min(len(form), len(lemma))
    )
    return chr(BASE + len(form) - same) + lemma[same:]


if __name__ == "__main__":
    compile_one(Path(sys.argv[1]), sys.argv[2])

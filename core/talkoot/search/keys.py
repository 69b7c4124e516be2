"""What stands in the index for a word, and what a query looks for.

A key begins with the tenant's number, so that the index of one tenant holds no word of another, and with a mark:
`=` the word as it is written, `~` a base form or a guessed stem, `+` a part of a compound, `_` without å, ä and ö.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial

from talkoot.search.analyzers import Analyzers
from talkoot.search.words import forms, without_marks

EXACT, BASE, PART, BARE = "=", "~", "+", "_"
SHORTEST_STEM = 3
REMEMBERED = 32_768  # words of the languages of a site, in each process


@dataclass(frozen=True)
class Keys:
    """The keys of one tenant's texts in its languages."""

    tenant_id: int
    analyzers: Analyzers
    languages: tuple[str, ...]

    def entry(self, texts: Iterable[str]) -> str:
        """What the index holds of a post: its words in their order, then their other keys. Separated by spaces."""
        found = [form for text in texts for form in forms(text)]
        known, own = _entries(self), f"{self.tenant_id}{EXACT}"
        exact = [own + form for form in found]
        return " ".join(exact + [others for form in dict.fromkeys(found) if (others := known.of(form))])

    def levels(self, form: str) -> tuple[tuple[str, ...], ...]:
        """What to look for to find a word: as it is written, in any form of it, as a part of a compound; each has the earlier."""
        exact = (f"{EXACT}{form}",)
        bases, parts = _sought(self.analyzers, self.languages, form)
        levels = (exact, (*exact, *bases), (*exact, *bases, *parts))
        return tuple(tuple(f"{self.tenant_id}{key}" for key in level) for level in levels)

    def bare(self, form: str) -> tuple[str, ...]:
        """What to look for when nothing else was found: the word as those write it who have no å, ä and ö."""
        guesses = (m.stem for _, m in self.analyzers.meanings(form, self.languages) if len(m.stem) >= SHORTEST_STEM)
        others = (f"{BARE}{without_marks(guess)}" for guess in guesses)
        keys = dict.fromkeys((f"{EXACT}{form}", *_bare(_others(self.analyzers, self.languages, form), form), *others))
        return tuple(f"{self.tenant_id}{key}" for key in keys)

    def exact(self, form: str) -> str:
        """The key of a word as it is written."""
        return f"{self.tenant_id}{EXACT}{form}"

    def of(self, form: str) -> list[str]:
        """All keys of a word in a text."""
        return f"{self.tenant_id}{EXACT}{form} {_entries(self).of(form)}".split()

    def own(self, keys: Iterable[str]) -> frozenset[str]:
        """Some of these keys as they are within the tenant, without its number."""
        start = len(str(self.tenant_id))
        return frozenset(key[start:] for key in keys)

    def among(self, form: str, sought: frozenset[str]) -> bool:
        """Whether any key of a word in a text is among those that are looked for, as `own` gives them."""
        return f"{EXACT}{form}" in sought or not sought.isdisjoint(_others(self.analyzers, self.languages, form))


class _Entries:
    """The other keys of words as a tenant's entries have them, remembered while the same tenant's posts are indexed."""

    def __init__(self, keys: Keys) -> None:
        self.of = lru_cache(maxsize=REMEMBERED)(partial(self._of, keys))

    @staticmethod
    def _of(keys: Keys, form: str) -> str:
        return " ".join([f"{keys.tenant_id}{key}" for key in _others(keys.analyzers, keys.languages, form)])


_entries = lru_cache(maxsize=2)(_Entries)


@lru_cache(maxsize=REMEMBERED)
def _others(analyzers: Analyzers, languages: tuple[str, ...], form: str) -> tuple[str, ...]:
    """A word's keys in the index beside the word itself. A base form that is written so needs no key of its own."""
    return tuple(dict.fromkeys(_keys_of(analyzers, languages, form)))


def _keys_of(analyzers: Analyzers, languages: tuple[str, ...], form: str) -> Iterator[str]:
    said: list[str] = []
    for code, meaning in analyzers.meanings(form, languages):
        said += [f"{BASE}{code}:{base}" for base in meaning.bases if base != form]
        if not meaning.bases and len(meaning.stem) >= SHORTEST_STEM:
            said.append(f"{BASE}{code}-{meaning.stem}")
        yield from (f"{PART}{code}:{part}" for part in meaning.parts)
    yield from said
    if without_marks(form) != form:
        yield from _bare(said, form)


def _bare(keys: Iterable[str], form: str) -> Iterator[str]:
    """A word and its base forms or stem without å, ä and ö."""
    yield f"{BARE}{without_marks(form)}"
    for key in keys:
        if key[0] == BASE and (bare := without_marks(key[4:])) != key[4:]:  # after its mark and language
            yield f"{BARE}{bare}"


@lru_cache(maxsize=4_096)
def _sought(analyzers: Analyzers, languages: tuple[str, ...], form: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The keys of a word's other forms, and of compounds that have it as a part."""
    bases: list[str] = []
    parts: list[str] = []
    for code, meaning in analyzers.meanings(form, languages):
        for base in meaning.bases:
            bases += [f"{EXACT}{base}", f"{BASE}{code}:{base}"]
            parts.append(f"{PART}{code}:{base}")
        if not meaning.bases and len(meaning.stem) >= SHORTEST_STEM:
            bases.append(f"{BASE}{code}-{meaning.stem}")
    return tuple(dict.fromkeys(bases)), tuple(dict.fromkeys(parts))

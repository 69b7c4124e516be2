"""The written material of the demo: sentences by theme and language, phrases, forums, and topics written by hand."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KINDS = ("experiences", "arguments", "proposals", "questions", "answers", "agreements", "doubts", "closings")
WORD = re.compile(r"[^\W\d_]{5,}")


@dataclass(frozen=True)
class Theme:
    """The sentences of one theme in one language, by what they do, and its topics."""

    name: str
    language: str
    sentences: Mapping[str, Sequence[str]]
    topics: Sequence[Mapping[str, str]]
    stems: Mapping[str, frozenset[str]]  # of each sentence: the beginnings of its rarer words


@lru_cache(maxsize=1)
def themes() -> Mapping[tuple[str, str], Theme]:
    """Every theme by (name, language)."""
    found = {}
    for path in sorted((HERE / "sentences").glob("*.toml")):
        data = _read(path)
        sentences = {kind: tuple(data[kind]) for kind in KINDS}
        found[data["theme"], data["lang"]] = Theme(
            data["theme"],
            data["lang"],
            sentences,
            tuple(data["topic"]),
            _stems([s for k in KINDS for s in sentences[k]]),
        )
    return found


def stems(text: str) -> set[str]:
    """The beginnings of a text's longer words; enough to see that *pysäkki* and *pysäkillä* are about the same."""
    return {word[:5].casefold() for word in WORD.findall(text)}


def _stems(sentences: Sequence[str]) -> dict[str, frozenset[str]]:
    each = {sentence: stems(sentence) for sentence in sentences}
    often = Counter(stem for found in each.values() for stem in found)
    common = {stem for stem, count in often.items() if count > max(4, len(sentences) // 25)}
    return {sentence: frozenset(found - common) for sentence, found in each.items()}


@lru_cache(maxsize=1)
def phrases() -> Mapping[str, Any]:
    """What is said around a discussion."""
    return _read(HERE / "phrases.toml")


@lru_cache(maxsize=1)
def forums() -> Sequence[Mapping[str, Any]]:
    """The forums of the demo region."""
    found: Sequence[Mapping[str, Any]] = _read(HERE / "forums.toml")["forum"]
    return found


@lru_cache(maxsize=1)
def tags() -> Sequence[Mapping[str, Any]]:
    """The vocabulary of tags."""
    found: Sequence[Mapping[str, Any]] = _read(HERE / "tags.toml")["tag"]
    return found


@lru_cache(maxsize=1)
def written() -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
    """(people, topics) of every file that was written by hand."""
    files = [_read(path) for path in sorted((HERE / "topics").glob("*.toml"))]
    return [p for file in files for p in file["person"]], [t for file in files for t in file["topic"]]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))

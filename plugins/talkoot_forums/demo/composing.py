"""Puts posts together out of written sentences: what a resident says, what an official answers."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from random import Random

from talkoot_forums.demo.material import Theme, stems

# What a resident's post is made of: paragraphs of sentences. The number says how often.
SHAPES: Mapping[tuple[tuple[str, ...], ...], int] = {
    (("experiences",),): 9,
    (("arguments",),): 8,
    (("experiences", "arguments"),): 16,
    (("experiences", "experiences"),): 7,
    (("arguments", "proposals"),): 13,
    (("proposals",),): 7,
    (("questions",),): 6,
    (("experiences", "arguments"), ("proposals",)): 12,
    (("experiences",), ("questions",)): 9,
    (("arguments", "arguments"), ("proposals",)): 5,
    (("experiences", "experiences"), ("arguments",), ("proposals",)): 4,
    (("arguments",), ("experiences",), ("questions",)): 4,
}
ANSWERS: Mapping[tuple[tuple[str, ...], ...], int] = {
    (("answers",),): 3,
    (("answers", "answers"),): 4,
    (("answers",), ("answers",)): 3,
}
APART = 12  # a sentence comes again only after so many others of its deck


class Deck:
    """Deals sentences: each once before any comes again, those near a subject first, none twice in close succession."""

    def __init__(self, cards: Sequence[str], rng: Random, near: Mapping[str, int]) -> None:
        self._rng, self._cards = rng, tuple(cards)
        self._order = list(cards)
        rng.shuffle(self._order)
        self._order.sort(key=lambda card: near.get(card, 0))  # dealt from the end
        self._recent: deque[str] = deque(maxlen=min(APART, len(cards) // 2))

    def deal(self) -> str:
        """The next sentence."""
        if not self._order:
            fresh = [card for card in self._cards if card not in self._recent]
            self._rng.shuffle(fresh)
            late = list(self._recent)
            self._rng.shuffle(late)
            self._order = [*late, *fresh]
        card = self._order.pop()
        self._recent.append(card)
        return card


class Voice:
    """Speaks about one theme in one language; keeps to a subject as long as there are sentences near it."""

    def __init__(self, theme: Theme, rng: Random, subject: str = "") -> None:
        self._rng, self.language = rng, theme.language
        wanted = stems(subject)
        self._decks = {
            kind: Deck(sentences, rng, {s: len(theme.stems[s] & wanted) for s in sentences})
            for kind, sentences in theme.sentences.items()
        }

    def say(self, kind: str) -> str:
        """One sentence of a kind."""
        return self._decks[kind].deal()

    def post(self, *, first: bool = False) -> str:
        """A resident's post; `first`: nobody has spoken to whom one could agree."""
        paragraphs = self._made_of(SHAPES)
        chance = self._rng.random()
        if not first and chance < 0.36:
            paragraphs[0] = f"{self.say('agreements' if chance < 0.25 else 'doubts')} {paragraphs[0]}"
        if self._rng.random() < 0.17:
            paragraphs[-1] = f"{paragraphs[-1]} {self.say('closings')}"
        return "\n\n".join(paragraphs)

    def answer(self) -> str:
        """An official's post."""
        return "\n\n".join(self._made_of(ANSWERS))

    def _made_of(self, shapes: Mapping[tuple[tuple[str, ...], ...], int]) -> list[str]:
        shape = self._rng.choices(list(shapes), list(shapes.values()))[0]
        return [" ".join(self.say(kind) for kind in paragraph) for paragraph in shape]


def weights(count: int) -> list[float]:
    """How much the n-th of so many people has to say: a few write often, most once or twice."""
    return [1 / (n + 2) for n in range(count)]

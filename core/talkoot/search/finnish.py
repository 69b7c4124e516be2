"""Finnish words: what is put after a form (-kin, -mme), forms that tell of each other, and how compounds are joined."""

from __future__ import annotations

import re
from collections.abc import Iterator

from talkoot.search.compounds import Bases, Part

CLITIC = re.compile(r"(?:kin|kaan|kään|kohan|köhän|kos|kös|ko|kö|han|hän|pas|päs|pa|pä)$")
POSSESSIVE = re.compile(r"(?:mme|nne|nsa|nsä|ni|si)$")
OWN_AFTER_CASE = re.compile(r"(?<=[aäeo])(?:an|än|en|on)$")  # kodissa|an, perheelle|en
# The dictionary often has one reading of a form only: kadut is a form of katua to it. A sister form tells the other.
SISTERS = (
    (re.compile(r"i(?:lla|lta|lle|ssa|sta|ksi|na)$"), ("ja", "ita")),  # vaaleissa, as vaaleja
    (re.compile(r"i(?:llä|ltä|lle|ssä|stä|ksi|nä)$"), ("jä", "itä")),
    (re.compile(r"(?:lla|llä|lta|ltä|lle|ssa|ssä|sta|stä|ksi|t)$"), ("n",)),  # kunnasta, as kunnan
    (re.compile(r"[tn]$"), ("ssa", "ssä")),  # kadut, as kadussa
)
ENDING = re.compile(
    r"(?:illa|illä|ilta|iltä|ille|issa|issä|ista|istä|ihin|iksi|iin|ien|lla|llä|lta|ltä|lle|ssa|ssä|sta|stä|ksi|hun|hyn|hin"
    r"|seen|tta|ttä|n|t)$"
)
DERIVED = frozenset({"lainen", "läinen", "mainen", "mäinen", "inen", "minen", "ton", "tön", "llinen"})
VOWELS = "aeiouyåäö"
SHORT = frozenset({"maa", "tie", "työ", "yö", "jää", "puu", "sää", "kuu", "suu", "ala", "osa", "iso", "etä"})


def bases(form: str, known: Bases) -> tuple[str, ...]:
    """The base forms of a word that the dictionary knows, also with a clitic, a possessive or both after it."""
    for bare in _bare(form):
        if found := known(bare):
            further = (base for one in found for base in known(one))  # of some plurals it first gives another form
            return tuple(dict.fromkeys((*found, *further, *_by_sisters(bare, known))))
    return ()


def _bare(form: str) -> Iterator[str]:
    yield form
    without = CLITIC.sub("", form)
    stages = [form] if without == form else [form, without]
    if without != form and len(without) > 2:
        yield without
    for stage in stages:
        own = POSSESSIVE.sub("", stage)
        if own != stage and len(own) > 2:
            yield own
            yield own + "n"  # perhee|nsä: of the family, or into
            yield own + "t"
        if (after := OWN_AFTER_CASE.sub("", stage)) != stage:
            yield after


def _by_sisters(form: str, known: Bases) -> Iterator[str]:
    for ending, others in SISTERS:
        bare = ending.sub("", form)
        if bare != form and len(bare) > 2:
            yield from (base for other in others for base in known(bare + other))


def first(left: str, known: Bases) -> str | None:
    """The base form of a compound's first part: in the nominative, the genitive, or cut (yhteis-, nais-)."""
    if len(left) < 4 and left not in SHORT:
        return None
    found = known(left)
    if left in found:
        return left
    if found and left.endswith("n"):
        return found[0]
    whole = left[:-1] + "nen"
    return whole if left.endswith("s") and whole in known(whole) else None


def last(right: str, known: Bases) -> tuple[str, ...]:
    """The base forms of a compound's last part, in whatever form it is."""
    if len(right) < 4 and right not in SHORT:
        return ()
    return tuple(base for base in bases(right, known) if base not in DERIVED)


def guess(form: str) -> str:
    """The beginning of a word that is in no dictionary, such as a village's name: Kälviällä, Kälviän and Kälviä are alike."""
    bare = ENDING.sub("", CLITIC.sub("", form) if len(form) > 7 else form)
    return bare.rstrip(VOWELS)


PARTS = Part(first, last, longest_first=False)

"""Names shown: cleaned, and compared so that nobody can look like somebody else (security.md row 31)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from talkoot.access.policy import ROLE_TITLES
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, speaking

# Letters of other scripts and digits that look like a Latin letter in most typefaces (Unicode TR 39, the common ones);
# a capital I looks like a small l.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏкмтвнгαβγεηικνορτυχω0135iμ",
    "aeopcyxljsdhlkmtbhrabyenlkvoptuxwoleslm",
)
TITLE_LANGUAGES = ("fi", "sv", "en")  # in which a title is understood, whatever languages the site has
OTHER_TITLES = (
    *("Ylläpito", "Ylläpitäjä", "Järjestelmänvalvoja", "Viranomainen", "Viranhaltija", "Virkamies", "Admin"),
    *("Administratör", "Administratören", "Tjänsteman", "Tjänsteinnehavare", "Myndighet", "Huvudanvändare"),
    *("Administrator", "Moderator", "Moderaattori", "Pääkäyttäjä", "Main user", "Official", "Authority"),
)
# Beside a site's name these speak for the municipality: whole words, and how their compounds begin.
AUTHORITIES = (
    *("kaupunki", "kunta", "liitto", "maakunta", "hallitus", "valtuusto", "viestintä", "tiedotus", "virallinen"),
    *("stad", "staden", "stads", "förbund", "styrelse", "fullmäktige", "information", "info", "officiell"),
    *("city", "town", "council", "government", "region"),
)
COMPOUNDS = ("kaupung", "kunnan", "kommun", "municipal")
GLUED = ("kaupunkl", "kunta", "stad", "kommun")  # keys: written in one word with the name


def clean(text: str) -> str:
    """One line without control or formatting characters, spaces collapsed, in NFC."""
    kept = "".join(
        ch
        for ch in unicodedata.normalize("NFC", text)
        if unicodedata.category(ch) not in ("Cc", "Cf", "Co", "Cs", "Cn")
    )
    return re.sub(r"\s+", " ", kept).strip()


def key(name: str) -> str:
    """What two names that look alike have in common; never shown."""
    folded = unicodedata.normalize("NFKC", clean(name)).casefold().translate(LOOKALIKES)
    return re.sub(r"[\W_]+", "", folded)[:80]


def checked(name: str) -> str:
    """The cleaned name; raises InvalidError when nobody could be called so (2–60 characters, letters in it, no address)."""
    cleaned = clean(name)
    if not 2 <= len(cleaned) <= 60 or not any(ch.isalpha() for ch in cleaned):
        raise InvalidError(gettext("Write a name of 2 to 60 characters."), "name")
    if re.search(r"://|www\.|@", cleaned):
        raise InvalidError(gettext("A name cannot hold a web or e-mail address."), "name")
    if len(key(cleaned)) < 2:
        raise InvalidError(gettext("Write a name of 2 to 60 characters."), "name")
    return cleaned


def refuse_reserved(name: str, sites: Iterable[str]) -> None:
    """Raise InvalidError for a cleaned name that speaks for the site or its staff; `sites`: the site's own names.

    "Kokkola", "Kokkolan kaupunki" and "Moderaattori 2" are refused. "Matti Kokkola" is not, nor is "Salla Niemi" in
    Salla: many places are called like people.
    """
    own, titles = [key(site) for site in sites], _titles()
    bare = key(re.sub(r"[\W\d_]+$", "", name))  # a number behind a title makes no other title
    if {key(name), bare} & {*own, *titles} or any(_speaks_for(site, name, titles) for site in own):
        raise InvalidError(gettext("This name is kept for the site and those who look after it."), "name")


def _titles() -> set[str]:
    found = {key(title) for title in OTHER_TITLES}
    for language in TITLE_LANGUAGES:
        with speaking(language):
            found |= {key(str(title)) for title in ROLE_TITLES.values()}
    return found


def _speaks_for(site: str, name: str, titles: set[str]) -> bool:
    """Whether the name holds the site's in any case ("Helsingin") together with an authority or a title."""
    stem, words = site[: max(3, len(site) - 3)], [key(word) for word in re.split(r"[\W_]+", name)]
    if not key(name).startswith(stem) and not any(word.startswith(stem) for word in words):
        return False
    authorities, compounds = {key(word) for word in AUTHORITIES} | titles, tuple(key(word) for word in COMPOUNDS)
    glued = any(word.startswith(stem) and word != site and word.endswith(GLUED) for word in words)
    return glued or any(word in authorities or word.startswith(compounds) for word in words)

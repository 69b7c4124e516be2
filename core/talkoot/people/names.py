"""Names shown: cleaned, and compared so that nobody can look like somebody else (security.md row 31)."""

from __future__ import annotations

import re
import unicodedata

from talkoot.errors import InvalidError
from talkoot.i18n import gettext

# Letters of other scripts and digits that look like a Latin letter in most typefaces (Unicode TR 39, the common ones);
# a capital I looks like a small l.
LOOKALIKES = str.maketrans(
    "аеорсухіјѕԁһӏкмтвнгαβγεηικνορτυχω0135iμ",
    "aeopcyxljsdhlkmtbhrabyenlkvoptuxwoleslm",
)


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


def tails(name: str) -> list[str]:
    """The keys of a name from each of its words on, at most six: what begins like one of them is found."""
    words = re.split(r"[\s‐‑–-]+", clean(name))
    found = (key(" ".join(words[n:])) for n in range(min(len(words), 6)))
    return [tail for tail in dict.fromkeys(found) if tail]


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

"""What hangs on a mail beside its text: the pictures that its writer has sent, and everything else by its name.

What a file is its content tells, neither its name nor what the mail calls it. Nothing is opened here: a picture is looked
at where it is drawn anew (files/drawing.py).
"""

from __future__ import annotations

import re
from email.message import Message
from typing import NamedTuple

from talkoot.i18n import gettext
from talkoot.incoming import inline, sealed
from talkoot.incoming.inline import Inline
from talkoot.incoming.letters import Letter, content_of, hangs_on, header, name_of, parts

BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")
LEAST_BYTES = 5_000  # smaller ones among the words are logos, signs, dots that count readers
MOST_TOLD = 30  # names in one answer


class Sent(NamedTuple):
    """A file that looks like a picture. `inline`: it stands among the words."""

    name: str
    data: bytes
    inline: bool


class Attached(NamedTuple):
    """Pictures, the names of other files, and how the mail's plain text calls the places of its pictures."""

    pictures: tuple[Sent, ...]
    others: tuple[str, ...]
    places: frozenset[str]

    def without_places(self, text: str) -> str:
        """The text without what mail programs put where a picture stands: `[image: a.png]`, `[cid:…]`, `<a.png>`."""
        if not self.places:
            return text
        names = "|".join(map(re.escape, sorted(self.places, key=len, reverse=True)))
        alone = rf"^[ \t]*[\[<](?:{names})[\]>][ \t]*$"
        return re.sub(rf"(?m)\[(?:image: ?|cid:)(?:{names})\]|{alone}|\ufffc", "", text)


def of(letter: Letter) -> Attached:
    """Everything that hangs on the mail, but for signatures and what belongs to the look of its HTML."""
    shown = inline.shown(letter)
    pictures: list[Sent] = []
    others: list[str] = []
    places = {look.alt for look in shown.values()}
    for part in filter(hangs_on, parts(letter.message)):
        name, cid = name_of(part), header(part, "content-id").strip("<> ")
        data, look = content_of(part), shown.get(cid)
        places |= {name, cid}
        if sealed.belongs_to(part) or not (data or part.is_multipart()):
            continue
        if not _is_picture(data):
            others.append(name or _subject(part) or gettext("a file without a name"))
        elif not _is_look(look, part, data):
            pictures.append(Sent(name or gettext("a picture without a name"), data, _is_inline(look, part)))
    return Attached(tuple(pictures), tuple(others), frozenset(places) - {""})


def _is_picture(data: bytes) -> bool:
    return data.startswith(BEGINNINGS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _is_inline(look: Inline | None, part: Message) -> bool:
    return look is not None or part.get_content_disposition() != "attachment"


def _is_look(look: Inline | None, part: Message, data: bytes) -> bool:
    """Whether a picture is no part of the answer: quoted, in a signature, or tiny."""
    return (look is not None and not look.own) or (_is_inline(look, part) and len(data) < LEAST_BYTES)


def _subject(part: Message) -> str:
    """The subject of a mail that hangs on this one."""
    inner = part.get_payload()
    first = inner[0] if isinstance(inner, list) and inner else None
    return header(first, "subject")[:60] if isinstance(first, Message) else ""

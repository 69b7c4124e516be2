"""Pictures that stand among the words of a mail: which of them its writer has put there.

The words are cut as the text of the mail is (cutting.py), with a sign for each picture in its place: a picture whose sign
is left stands in the answer, any other in the signature or in the mail that is answered.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import unquote

import nh3

from talkoot.incoming import cutting, plain
from talkoot.incoming.letters import Letter, hangs_on, parts, source_of

LOW = 150  # pixels in which the mail shows it: what is lower or narrower is a logo
SIGN = "\ufffc{}\ufffc"  # U+FFFC stands for an object among words
SIGNS = re.compile(r"^(?!>).*$", re.MULTILINE), re.compile("\ufffc(\\d+)\ufffc")
SIGNATURE = re.compile(r"(^|[\s_-])signature\b", re.IGNORECASE)  # ids and classes of Gmail, Outlook and Thunderbird
_tags = nh3.Cleaner(
    tags=plain.BLOCKS | {"br", "a", "td", "img", "span"},
    attributes={"a": {"href"}, "img": {"src", "alt", "width", "height"}, "*": {"id", "class"}},
    url_schemes={"http", "https", "cid"},
    link_rel=None,
)


class Inline(NamedTuple):
    """A picture in the HTML of a mail, by its Content-ID (RFC 2392). `own`: its writer put it into the answer."""

    alt: str
    own: bool


def shown(letter: Letter) -> dict[str, Inline]:
    """Every picture of the mail that its HTML shows."""
    found: dict[str, Inline] = {}
    for part in parts(letter.message):
        if part.get_content_type() == "text/html" and not hangs_on(part) and "cid:" in (html := source_of(part)):
            reader = _Reader()
            lines, signs = SIGNS
            kept = " ".join(lines.findall(cutting.cut(plain.read(html, _tags, reader))))
            own = {int(n) for n in signs.findall(kept)}
            for n, (cid, alt, is_look) in enumerate(reader.pictures):
                before = found.get(cid)
                found[cid] = Inline(alt, (n in own and not is_look) or bool(before and before.own))
    return found


class _Reader(plain.Reader):
    """Writes a sign for each picture, and the line that begins a signature where only its element tells."""

    def __init__(self) -> None:
        super().__init__()
        self.pictures: list[tuple[str, str, bool]] = []  # Content-ID, words for it, whether it is a part of the look

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if SIGNATURE.search(f"{named.get('id', '')} {named.get('class', '')}"):
            self._new_line()
            self.lines[-1] += "--"
            self.lines.append(self._begin())
        if tag != "img":
            super().handle_starttag(tag, attrs)
        elif (source := named.get("src", "")).startswith("cid:"):
            sides = [int(side) for name in ("width", "height") if (side := named.get(name, "")).isdecimal()]
            self._words(SIGN.format(len(self.pictures)))
            # What leads elsewhere is an advertisement or a logo.
            look = bool(self.links) or min(sides, default=LOW) < LOW
            self.pictures.append((unquote(source.removeprefix("cid:")), named.get("alt", ""), look))

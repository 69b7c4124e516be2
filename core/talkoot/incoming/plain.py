"""Text of mails: HTML turned into lines, lines that were broken in transit joined again."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3

FULL = 72  # a line to which the next word would not have been added was broken by a mail program
BLOCKS = {"p", "div", "ul", "ol", "table", "tr", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "hr", "li"}
_tags = nh3.Cleaner(tags=BLOCKS | {"br", "a", "td"}, attributes={"a": {"href"}}, link_rel=None)
DEEPEST = 300  # elements in elements; reading what lies deeper takes the square of its time
SELF_CLOSED = "p|li|dd|dt|td|th|tr|br|hr|img|wbr|col|meta|link|input|area|base|source"
ELEMENT = re.compile(rf"<(/?)(?!(?:{SELF_CLOSED})\b)[a-z][^<>]*>", re.IGNORECASE)
STANDS_ALONE = re.compile(r"\s*([>|*+-]|\d+[.)]|#)\s|\s*>|\s{2,}")  # quotations, lists, what is set in


def from_html(html: str) -> str:
    """The text of an HTML mail: paragraphs, lists, links with their address, quotations behind `> `. Nothing else is left."""
    return read(html, _tags, Reader())


def read(html: str, tags: nh3.Cleaner, reader: Reader) -> str:
    """The text that this reader writes of the elements that are left."""
    reader.feed(tags.clean(html if _depth(html) <= DEEPEST else ELEMENT.sub("<br>", html)))
    reader.close()
    return reader.text()


def _depth(html: str) -> int:
    """How deep the elements lie that are not closed by themselves."""
    depth = deepest = 0
    for element in ELEMENT.finditer(html):
        depth += -1 if element[1] else 1
        deepest = max(deepest, depth)
    return deepest


def unflowed(text: str, *, del_sp: bool) -> str:
    """The lines of a `format=flowed` text joined where they were broken (RFC 3676)."""
    found: list[str] = []
    joining = False
    for line in text.split("\n"):
        depth, words = _quoted(line)
        marks = ">" * depth + " " if depth else ""
        if joining and depth == _quoted(found[-1])[0]:
            found[-1] += words
        else:
            found.append(marks + words)
        joining = words.endswith(" ") and words != "-- "
        if joining and del_sp:
            found[-1] = found[-1][:-1]
    return "\n".join(found)


def unwrapped(text: str) -> str:
    """The text with those line ends taken out that a mail program put where a line was full."""
    found: list[str] = []
    last = 0  # length of the line before
    for line in text.split("\n"):
        first = line.partition(" ")[0]
        broken = bool(found) and last + 1 + len(first) > FULL and last <= FULL + 8
        if broken and line.strip() and not STANDS_ALONE.match(line) and not found[-1].startswith(">"):
            found[-1] += f" {line}"
        else:
            found.append(line)
        last = len(line)
    return "\n".join(found)


def _quoted(line: str) -> tuple[int, str]:
    """How deep a flowed line is quoted, and its words without what was added before them."""
    words = line.lstrip(">")
    depth = len(line) - len(words)
    return depth, words.removeprefix(" ")


class Reader(HTMLParser):
    """Writes the lines while it reads HTML that nh3 has made well-formed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[str] = [""]
        self.depth = 0  # of quotations
        self.links: list[tuple[str, int]] = []  # address, and where its text begins in the line

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.lines.append(self._begin())
        elif tag == "a":
            self.links.append((dict(attrs).get("href") or "", len(self.lines[-1])))
        elif tag == "td":
            self._words(" ")
        elif tag in BLOCKS:
            self._block(tag, opens=True)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self.links:
            address, start = self.links.pop()
            said = self.lines[-1][start:].strip()
            if said and address.startswith(("http://", "https://")) and not _same(said, address):
                self._words(f" ({address})")
        elif tag in BLOCKS:
            self._block(tag, opens=False)

    def handle_data(self, data: str) -> None:
        self._words(re.sub(r"[\s\u00a0]+", " ", data))

    def text(self) -> str:
        lines = [re.sub(r" +", " ", line).rstrip() for line in self.lines]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

    def _words(self, words: str) -> None:
        if not (empty := _is_empty(self.lines[-1])) or words.strip():
            self.lines[-1] += words.lstrip() if empty else words

    def _block(self, tag: str, *, opens: bool) -> None:
        self._new_line()
        if tag == "blockquote":
            self.depth = min(max(self.depth + (1 if opens else -1), 0), 50)
            self.lines[-1] = self._begin()
        elif tag in ("p", "pre") and len(self.lines) > 1 and not _is_empty(self.lines[-2]):
            self.lines.append(self._begin())
        elif tag == "hr" and opens:
            self.lines[-1] = self._begin() + "_" * 32
            self.lines.append(self._begin())
        if tag == "li" and opens:
            self.lines[-1] += "- "

    def _new_line(self) -> None:
        if not _is_empty(self.lines[-1]):
            self.lines.append(self._begin())

    def _begin(self) -> str:
        return ">" * self.depth + " " if self.depth else ""


def _is_empty(line: str) -> bool:
    """Whether a line holds nothing but the marks of quotations; what is longer than those get is not looked through."""
    return len(line) < 80 and not line.strip("> ")


def _same(said: str, address: str) -> bool:
    """Whether the words of a link are its address."""
    return re.sub(r"^https?://", "", said).rstrip("/") == re.sub(r"^https?://", "", address).rstrip("/")

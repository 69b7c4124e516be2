"""Pictures in Markdown, `![what is in it](file:name)`: how a text names them and the HTML that they become.

Only pictures that were looked up before become one; everything else that looks like a picture stays the text that it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

PICTURES = "pictures"  # what the pictures that may be shown are called in the parser's environment
ADDRESS = "talkoot:files/"  # begins with what stands for the address of the site (rendering.SITE)
# Ends where another one begins: a text of nothing but `![` would else be read to its end from each of them.
NAMED = re.compile(r"!\[((?:[^\]\\\n!]|!(?!\[)|\\[^\n])*+)\]\(file:([0-9a-z]{12})\)")
ESCAPED = re.compile(r"\\([\\\[\]])")
SHOWN = re.compile(r'<img src="talkoot:files/[^"]*" alt="([^"]*)"[^>]*>')


class Picture(NamedTuple):
    """A picture as a text shows it: what its addresses end with, and the size in which it stands there."""

    kind: str
    width: int
    height: int


def markdown(name: str, words: str) -> str:
    """How a text names a picture; `words` tell what is in it, and are empty for one that only decorates."""
    told = re.sub(r"([\\\[\]])", r"\\\1", " ".join(words.split()))
    return f"![{told}](file:{name})"


def named(source: str) -> list[str]:
    """The names of the pictures in a text, each once."""
    return list(dict.fromkeys(name for _, name in NAMED.findall(source))) if "](file:" in source else []


def in_words(source: str) -> str:
    """The text with what is in its pictures told in their place: whoever quotes it may not use them."""
    return NAMED.sub(lambda found: f"[{found[1]}]" if found[1].strip() else "", source)


def words_of(html: str) -> str:
    """The HTML with what is in its pictures told in their place."""
    return SHOWN.sub(lambda found: f" {found[1]} ", html) if ADDRESS in html else html


def add_to(parser: MarkdownIt) -> None:
    """Teach the parser to know a picture; it must be given `PICTURES` with each text."""
    parser.inline.ruler.before("link", "picture", _parse)
    parser.add_render_rule("picture", _render)


def _parse(state: StateInline, silent: bool) -> bool:
    shown: Mapping[str, Picture] = state.env.get(PICTURES, {})
    found = NAMED.match(state.src, state.pos, state.posMax) if shown and state.src[state.pos] == "!" else None
    if found is None or found[2] not in shown:
        return False
    if not silent:
        token = state.push("picture", "img", 0)
        token.content = ESCAPED.sub(r"\1", found[1]).strip()
        token.meta = {"name": found[2], "picture": shown[found[2]], "linked": state.linkLevel > 0}
    state.pos = found.end()
    return True


def _render(_renderer: Any, tokens: Any, index: int, _options: Any, _env: Any) -> str:
    """The smaller picture inside a link to the larger one; none around what only decorates, which would have no words."""
    token = tokens[index]
    name, picture, linked = (token.meta[key] for key in ("name", "picture", "linked"))
    image = (
        f'<img src="{ADDRESS}{name}-small.{picture.kind}" alt="{escape(token.content)}" '
        f'width="{picture.width}" height="{picture.height}" loading="lazy">'
    )
    return f'<a href="{ADDRESS}{name}.{picture.kind}">{image}</a>' if token.content and not linked else image

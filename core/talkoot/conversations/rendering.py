"""Markdown to safe HTML, once, when a text is saved.

markdown-it parses (no raw HTML), nh3 sanitises with an explicit list. Each outer block says `dir="auto"`, so that a Finnish and
an Arabic paragraph each run their own way.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from html import unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

from talkoot.errors import InvalidError
from talkoot.i18n import format_number, gettext

# Stored with the HTML; raise it when the output changes, then `talkoot db render` renders older posts anew.
RENDERER = 1
LONGEST = 30_000
LONGEST_LINE = 10_000

TAGS = {
    "p",
    "br",
    "hr",
    "strong",
    "em",
    "s",
    "code",
    "pre",
    "blockquote",
    "ul",
    "ol",
    "li",
    "a",
    "h4",
    "table",
    "thead",
    "tbody",
    "tr",
    "th",
    "td",
}
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "*": {"dir"}}
BLOCKS = (
    "paragraph_open",
    "heading_open",
    "bullet_list_open",
    "ordered_list_open",
    "blockquote_open",
    "table_open",
)
# Control characters (but tab and line feed), what XML and so a feed cannot hold, and characters that change the direction
# of everything after them: text is isolated by `dir="auto"` instead.
UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\u202a-\u202e\u2066-\u2069]")


MARKUP = re.compile("<[^>]*>")
_sanitiser = nh3.Cleaner(
    tags=TAGS,
    attributes=ATTRIBUTES,
    link_rel="nofollow ugc noopener",
    url_schemes={"http", "https", "mailto", "tel"},
)


def clean(text: str) -> str:
    """The text as it is stored: NFC, Unix lines, without control characters and direction overrides.

    Raises InvalidError when it is empty or too long, saying by how much.
    """
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = UNWANTED.sub("", text).strip()
    if not text:
        raise InvalidError(gettext("Write something first."), "text")
    if len(text) > LONGEST:
        raise InvalidError(
            gettext(
                "The text has %(n)s characters, at most %(most)s fit. Divide it into several posts.",
                n=format_number(len(text)),
                most=format_number(LONGEST),
            ),
            "text",
        )
    if max(map(len, text.split("\n"))) > LONGEST_LINE:
        raise InvalidError(gettext("A line of the text is too long. Divide it into paragraphs."), "text")
    return text


def render(source: str) -> str:
    """Safe HTML of a cleaned Markdown text."""
    return _sanitiser.clean(_markdown().render(source))


def rendered(source: str) -> str:
    """As `render`, of a new text; raises InvalidError when nothing of it would be seen: `> `, `[]()`, a space without width."""
    html = render(source)
    if not any(character.isprintable() and not character.isspace() for character in MARKUP.sub("", html)):
        raise InvalidError(gettext("Write something first."), "text")
    return html


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"linkify": True, "breaks": True}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough", "linkify"]).disable(["image", "html_block", "html_inline"])
    return parser


class _Renderer(RendererHTML):
    """Outer blocks get `dir="auto"`, headings become h4 (a page has one h1 and its own h2), tables may scroll."""

    def renderToken(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:  # noqa: N802
        token = tokens[idx]
        if token.type in BLOCKS and token.level == 0:  # a list's items run as the list: browsers pass over inner `dir`
            token.attrSet("dir", "auto")
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h4"
        return super().renderToken(tokens, idx, options, env)


def quoted(source: str) -> str:
    """A post's text as a Markdown quotation; nested quotations are left out.

    Whose words they are is not in it: the page tells it, as long as the quoted post is to be seen and under the name of today.
    """
    lines = [line for line in source.split("\n") if not line.startswith(">")]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:1500]
    return "\n".join(f"> {line}" for line in body.split("\n")) + "\n\n"


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of a rendered text without its markup, at a word's end."""
    text = re.sub(r"\s+", " ", nh3.clean(html.replace("<", " <"), tags=set())).strip()
    text = unescape(text)
    return text if len(text) <= length else text[: length + 1].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + " …"

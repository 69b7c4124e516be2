"""Markdown to safe HTML, once, when a text is saved.

markdown-it parses (no raw HTML), nh3 sanitises with an explicit list. Each outer block says `dir="auto"`, so that a Finnish and
an Arabic paragraph each run their own way. What a text may lead to inside the site (pictures) is looked up before and given
as `Known`; the pictures themselves are put in by images.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import unescape
from typing import Any
from uuid import UUID

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from talkoot.conversations import images
from talkoot.conversations.images import Picture
from talkoot.errors import InvalidError
from talkoot.i18n import format_number, gettext

# Stored with the HTML; raise it when the output changes, then `talkoot db render` renders older posts anew.
RENDERER = 2
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
BLOCK = re.compile(r"(?=<(?!/?(?:a|strong|em|s|code)\b))")  # where a tag stands that is not within words
# Stands in stored HTML for the address of the tenant's site, which has two: `placed` puts the right one in. People cannot
# write it.
SITE = "talkoot:"
LINK, PICTURE = f'<a href="{SITE}', f'<img src="{SITE}'
SCHEMES = {"http", "https", "mailto", "tel", SITE.rstrip(":")}
REL = "nofollow ugc noopener"
CLASSES = {"a": {"mention"}}
_sanitiser = nh3.Cleaner(tags=TAGS, attributes=ATTRIBUTES, link_rel=REL, url_schemes=SCHEMES, allowed_classes=CLASSES)
# Only for texts in which a picture was found: no other has an <img>, whatever the parser may be brought to.
_sanitiser_of_pictures = nh3.Cleaner(
    tags=TAGS | {"img"},
    attributes=ATTRIBUTES | {"img": {"src", "alt", "width", "height", "loading"}},
    attribute_filter=lambda tag, name, value: (
        None if (tag, name) == ("img", "src") and not value.startswith(images.ADDRESS) else value
    ),
    link_rel=REL,
    url_schemes=SCHEMES,
    allowed_classes=CLASSES,
)
Find = Callable[
    [str, int], tuple[int, UUID] | None
]  # whom the `@` at a place of a text means: where the name ends, and who


def nobody(_text: str, _at: int) -> None:
    """Of a text in which nobody is mentioned."""


def tidy(text: str) -> str:
    """NFC, Unix lines, nothing that cannot be stored or that turns the direction of what follows."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return UNWANTED.sub("", text)


@dataclass(frozen=True)
class Known:
    """What a text may lead to inside the site, looked up before it is rendered: who is called in it, pictures by their names."""

    called: Find = nobody
    pictures: Mapping[str, Picture] = field(default_factory=dict)


NOTHING = Known()


def clean(text: str) -> str:
    """The text as it is stored: NFC, Unix lines, without control characters and direction overrides.

    Raises InvalidError when it is empty or too long, saying by how much.
    """
    text = tidy(text).strip()
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


def render(source: str, known: Known = NOTHING) -> str:
    """Safe HTML of a cleaned Markdown text."""
    sanitiser = _sanitiser_of_pictures if known.pictures else _sanitiser
    return sanitiser.clean(_markdown().render(source, {"called": known.called, images.PICTURES: known.pictures}))


def rendered(source: str, known: Known = NOTHING) -> str:
    """As `render`, of a new text; raises InvalidError when nothing of it would be seen: `> `, `[]()`, a space without width."""
    html = render(source, known)
    seen = any(character.isprintable() and not character.isspace() for character in MARKUP.sub("", html))
    if not seen and PICTURE not in html:
        raise InvalidError(gettext("Write something first."), "text")
    return html


def placed(html: str, root: str) -> str:
    """Stored HTML as it is shown on a page: its links into the site begin with `root` ("" by host, "/kokkola" by path)."""
    for tag in (LINK, PICTURE):  # the whole beginning of a tag, which no text has: `<` is `&lt;` there
        html = html.replace(tag, f"{tag.removesuffix(SITE)}{root}/")
    return html


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"linkify": True, "breaks": True}, renderer_cls=_Renderer)
    parser.enable(["table", "strikethrough", "linkify"]).disable(["image", "html_block", "html_inline"])
    images.add_to(parser)
    allowed = parser.validateLink
    parser.validateLink = lambda url: allowed(url) and not url.lower().startswith(SITE)  # type: ignore[method-assign]
    parser.inline.ruler.push("mention", _mention)
    return parser


def _mention(state: StateInline, silent: bool) -> bool:
    """`@Name` of somebody here; code, links and addresses never come here or are left alone."""
    if state.src[state.pos] != "@" or state.linkLevel or not (found := state.env["called"](state.src, state.pos)):
        return False
    end, who = found
    if not silent:
        state.push("link_open", "a", 1).attrs = {"href": f"{SITE}people/{who}", "class": "mention"}
        state.push("text", "", 0).content = state.src[state.pos : end]
        state.push("link_close", "a", -1)
    state.pos = end
    return True


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
    """A post's text as a Markdown quotation; nested quotations are left out, and of pictures what is in them is told.

    Whose words they are is not in it: the page tells it, as long as the quoted post is to be seen and under the name of today.
    """
    lines = [line for line in images.in_words(source).split("\n") if not line.startswith(">")]
    body = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()[:1500]
    return "\n".join(f"> {line}" for line in body.split("\n")) + "\n\n"


def excerpt(html: str, length: int = 200) -> str:
    """The beginning of a rendered text without its markup, at a word's end: its own words, where it does not only quote."""
    apart = BLOCK.sub(" ", images.words_of(html))
    own = nh3.clean(apart, tags=set(), attributes={}, clean_content_tags={"blockquote"})
    text = unescape(" ".join((own if own.strip() else nh3.clean(apart, tags=set())).split()))
    return text if len(text) <= length else text[: length + 1].rsplit(" ", 1)[0].rstrip(" ,.;:–-") + " …"

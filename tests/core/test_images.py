"""Pictures in Markdown: which become pictures, which stay text, and nothing else becomes an image ever."""

from __future__ import annotations

import time

import pytest

from talkoot.conversations import images
from talkoot.conversations.images import Picture
from talkoot.conversations.rendering import Known, clean, excerpt, placed, quoted, render, rendered
from talkoot.errors import InvalidError

NAME, OTHER = "0123456789ab", "ba9876543210"
KNOWN = Known(pictures={NAME: Picture("webp", 960, 720)})
SHOWN = f'src="talkoot:files/{NAME}-small.webp" alt="{{}}" width="960" height="720" loading="lazy">'


def made(source, known=KNOWN):
    return render(clean(source), known)


def test_a_known_picture_is_shown_inside_a_link_to_the_larger_one():
    html = made(f"See ![a lamp](file:{NAME}) here")
    link = f'<a href="talkoot:files/{NAME}.webp" rel="nofollow ugc noopener"><img {SHOWN.format("a lamp")}</a>'
    assert html == f'<p dir="auto">See {link} here</p>\n'


@pytest.mark.parametrize("root", ["", "/kokkola"])
def test_its_addresses_are_those_of_the_site(root):
    shown = placed(made(f"![a lamp](file:{NAME})"), root)
    assert f'<a href="{root}/files/{NAME}.webp"' in shown
    assert f'<img src="{root}/files/{NAME}-small.webp"' in shown
    assert "talkoot:" not in shown


@pytest.mark.parametrize(
    "words",
    ['a "lamp"', "<b>bold</b> & more", "[a] lamp", "a \\ b", "x](file:ba9876543210)", "onload=alert(1)", "مصباح", "a'b", "`x`",
     "*x*", "Help!", "x ![y"],
)  # fmt: skip
def test_whatever_is_told_of_it_stands_in_alt_as_it_was_told(words):
    from html import unescape

    html = made(images.markdown(NAME, words))
    assert html.count("<img") == 1
    assert unescape(html.partition('alt="')[2].partition('"')[0]) == words
    assert html.count("<") == 5, "p, a, img, and the ends of two"


STAY_TEXT = [
    f"![x](file:{OTHER})",
    f"`![x](file:{NAME})`",
    f"Code:\n\n    ![x](file:{NAME})",
    f"\\![x](file:{NAME})",
    f"![x](file:{NAME.upper()})",
    f"![x](file:{NAME}-small)",
    f"![x](file:{NAME} 'title')",
    f"![x](files/{NAME}.webp)",
    f"![x](talkoot:files/{NAME}-small.webp)",
    f"![x](/files/{NAME}-small.webp)",
    "![x](https://elsewhere.example/x.png)",
    "![x](//elsewhere.example/x.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    "![x](javascript:alert(1))",
    "![x][1]\n\n[1]: https://elsewhere.example/x.png",
    f'<img src="talkoot:files/{NAME}-small.webp">',
    "<img src=x onerror=alert(1)>",
]


@pytest.mark.parametrize("source", STAY_TEXT)
def test_everything_else_stays_text(source):
    assert "<img" not in made(source)
    assert "<img" not in made(f"{source} ![known](file:{NAME})").replace(f"<img {SHOWN.format('known')}", "")
    assert "<img" not in render(clean(source))


def test_a_picture_in_somebodys_link_is_not_a_link_in_a_link():
    html = made(f"[![a lamp](file:{NAME})](https://example.fi)")
    assert html.count("<a ") == 1
    assert f"<img {SHOWN.format('a lamp')}</a>" in html


def test_a_post_may_be_a_picture_alone():
    assert "<img" in rendered(f"![](file:{NAME})", KNOWN)
    with pytest.raises(InvalidError):
        rendered("[]()", KNOWN)


def test_the_names_in_a_text_are_found_each_once():
    assert images.named(f"![a](file:{NAME}) ![b](file:{OTHER}) ![c](file:{NAME}) [d](file:cccccccccccc)") == [
        NAME,
        OTHER,
    ]
    assert images.named("no picture") == []


def test_where_only_words_are_shown_what_is_in_it_is_told():
    assert excerpt(made(f"See ![a &amp; lamp](file:{NAME}) here")) == "See a &amp; lamp here"


def test_who_quotes_it_tells_what_is_in_it():
    assert quoted(f"See ![a lamp](file:{NAME}) and ![](file:{OTHER})").strip() == "> See [a lamp] and"


def test_no_text_with_pictures_takes_long():
    began = time.process_time()
    for part in ("![", "![a](file:", f"![x](file:{NAME})", "!\\[", "![\\"):
        line = part * (9_900 // len(part))
        made("\n".join([line] * 3))
    assert time.process_time() - began < 5

"""Markdown to HTML: what people write, what others send to break things, and how long it may take."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest

from talkoot.conversations.rendering import (
    ATTRIBUTES,
    LONGEST,
    LONGEST_LINE,
    TAGS,
    clean,
    excerpt,
    placed,
    quoted,
    render,
)
from talkoot.errors import InvalidError

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<iframe src=//evil.test>",
    "<style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](vbscript:x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](&#106;avascript:alert(1))",
    "[x](javascript&colon;alert(1))",
    "<javascript:alert(1)>",
    "![x](https://evil.test/pixel.png)",
    "![x](javascript:alert(1))",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x](<javascript:alert(1)>)",
    '[a](https://ok.fi "onmouseover=alert(1)")',
    "[a](https://ok.fi '\"><img src=x onerror=alert(1)>')",
    "**<b onclick=alert(1)>x</b>**",
    "<div hx-get='/x' hx-trigger='load'>x</div>",
    "<p data-hx-post='/x'>x</p>",
    "<form action=/x><input name=csrf_token>",
    "<base href=//evil.test>",
    "<meta http-equiv=refresh content=0>",
    "<object data=x>",
    "<math><mtext></p><style><img src=x onerror=alert(1)></style>",
    "<!--><script>x</script>-->",
    "<p id=main class=btn style=position:fixed>x</p>",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>x</script>\n```",
    '```html" onload="x\nx\n```',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<x/onclick=alert(1)>",
    "<<script>script>alert(1)<</script>/script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "[x](//evil.test)",
    '<https://evil.test/"onmouseover=alert(1)>',
    "| a |\n|---|\n| <img src=x onerror=x> |",
    'http://x.fi/"><script>alert(1)</script>',
    "[![x](y)](javascript:z)",
    "\u2028<script>x</script>",
    "<ScRiPt>x</sCrIpT>",
    '<a href="x" target=_blank>x</a>',
]


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {(tag, name, value) for name, value in attrs}


def seen(html):
    reader = Seen()
    reader.feed(html)
    return reader


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_comes_out_as_harmless_text(attack):
    found = seen(render(clean(attack)))
    assert found.tags <= TAGS
    for tag, name, value in found.attributes:
        assert name in ATTRIBUTES.get(tag, set()) | ATTRIBUTES["*"] | {"rel"}, (tag, name)
        if name == "href":
            assert re.match(r"(https?:|mailto:|tel:|/|#|\?)", value) or ":" not in value, value


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_through_the_page(as_role, client, world, attack):
    """Posted and read again: no tag of the attack is in the page, in the feed or in the home page's excerpt."""
    topic = world.things["kokkola", "topic"]
    assert as_role("resident").submit(f"/topics/{topic}/reply", text=attack).status_code == 303
    for path in (f"/topics/{topic}", f"/topics/{topic}/feed.atom", "/"):
        page = client.get(path).text
        assert not re.search(
            r"<(script>|img|svg|iframe|object|math|base href=//|x/)|\son\w+=(?![^<]*&)[a-z]*alert", page, re.I
        ), path


@pytest.mark.parametrize(
    ("source", "html"),
    [
        ("Hei **maailma**", '<p dir="auto">Hei <strong>maailma</strong></p>'),
        ("# Otsikko", '<h4 dir="auto">Otsikko</h4>'),
        ("rivi\ntoinen", '<p dir="auto">rivi<br>\ntoinen</p>'),
        ("~~vanha~~", '<p dir="auto"><s>vanha</s></p>'),
        ("3. kolmas", '<ol start="3" dir="auto">'),
        ("https://kokkola.fi", '<a href="https://kokkola.fi" rel="nofollow ugc noopener">https://kokkola.fi</a>'),
        ("a@b.fi", 'href="mailto:a@b.fi"'),
        ("> lainaus", '<blockquote dir="auto">'),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
    ],
)
def test_what_people_write(source, html):
    assert html in render(clean(source))


def test_each_paragraph_runs_its_own_way():
    assert render("Suomeksi\n\nبالعربية").count('dir="auto"') == 2


@pytest.mark.parametrize(
    "source", ["1. أول\n2. ثان", "- أول\n\n- ثان", "> مرحبا\n>\n> شكرا", "| أ | ب |\n|---|---|\n| ت | ث |"]
)
def test_a_list_and_a_quotation_run_as_what_is_in_them(source):
    """What has a `dir` of its own says nothing for what is around it (HTML, "the dir attribute"): only the outer one has it."""
    html = render(source)
    assert html.count("dir=") == 1
    assert re.match(r'<(ol|ul|blockquote|table) dir="auto">', html)


# --- what is stored ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\x00b\x08c\x1b[31m", "abc[31m"),
        ("\u202eoikealta\u202c", "oikealta"),
        ("\u2066x\u2069", "x"),
        ("a\u0308", "ä"),
        ("  x \n", "x"),
        ("👩\u200d👩\u200d👧", "👩\u200d👩\u200d👧"),
        ("\ud800x", "x"),
        ("\tx\ty", "x\ty"),
    ],
)
def test_a_text_is_cleaned(given, kept):
    assert clean(given) == kept


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\x00", "\u202e"])
def test_nothing_is_refused(app, text):
    with app.app_context(), pytest.raises(InvalidError):
        clean(text)


@pytest.mark.parametrize("text", ["x " * (LONGEST // 2 + 1), "x" * 100_000, "x" * (LONGEST_LINE + 1), "ä" * 1_000_000])
def test_a_text_that_is_too_long_is_refused_quickly(app, text):
    started = time.perf_counter()
    with app.app_context(), pytest.raises(InvalidError):
        clean(text)
    assert time.perf_counter() - started < 2


SLOW = {
    "stars": "*" * 9_000,
    "stars and words": "*a" * 4_500,
    "brackets": "[" * 9_000,
    "brackets, closed": "[" * 4_500 + "]" * 4_500,
    "quotes": "> " * 4_500,
    "quotes, many lines": "\n".join(">" * n + " x" for n in range(1, 240)),
    "backticks": "`" * 9_000,
    "backticks, stepped": " ".join("`" * n for n in range(1, 130)),
    "lists": "\n".join(" " * n + "- x" for n in range(200)),
    "links": "[a](" * 2_500,
    "autolinks": "<" * 9_000,
    "table": "|" * 9_000 + "\n" + "|-" * 4_000,
    "tildes": "~~a" * 3_000,
    "entities": "&" * 9_000,
    "underscores": "_a_" * 3_000,
    "urls": "http://a.fi/" * 750,
    "references": "[a]: b\n" * 4_000,
    "mixed": "*_[`<" * 1_800,
    "nested links": "[a[" * 3_000,
    "emails": "a@" * 4_500,
    "longest": ("sana " * 1_900 + "\n") * 3,
}


@pytest.mark.parametrize("name", SLOW)
def test_no_text_takes_long(name):
    """A post of the largest size is rendered in a blink, however it is made; the machine may be ten times busier than usual."""
    source = clean(SLOW[name][:LONGEST])
    started = time.process_time()
    render(source)
    assert time.process_time() - started < 2


# --- around a post ----------------------------------------------------------------------------------------------------


def test_a_quotation_names_nobody_and_leaves_older_ones_out():
    text = quoted("> vanhaa\n\nuutta")
    assert text == "> uutta\n\n"
    assert render(text).startswith('<blockquote dir="auto">')
    assert quoted("eka\n\n> vanhaa\n\ntoka") == "> eka\n> \n> toka\n\n"


@pytest.mark.parametrize("html", ["<p>yksi</p><p>kaksi</p>", "<p>a &lt;b&gt; c</p>", "<ul><li>yksi</li></ul>"])
def test_an_excerpt_has_no_markup(html):
    assert "<p" not in excerpt(html)
    assert len(excerpt("<p>" + "sana " * 200 + "</p>", 80)) <= 83


def test_an_excerpt_parts_blocks_and_leaves_words_whole():
    mention, words = '<a class="mention" href="talkoot:people/1">@Aino</a>', "<strong>lumi</strong>työt <em>ja</em>!"
    html = f"<p>Kiitos, {mention}, {words}</p><ul><li>yksi</li><li>kaksi<br>kolme</li></ul>"
    assert excerpt(html) == "Kiitos, @Aino, lumityöt ja! yksi kaksi kolme"
    assert excerpt("<table><tr><td>1</td><td>2</td></tr></table><h4>a</h4><p>b</p>") == "1 2 a b"


@pytest.mark.parametrize(
    ("source", "seen"),
    [
        ("Kiitos, **Anna**! Nähdään.", "Kiitos, Anna! Nähdään."),
        ("Ensin\n\n- maito\n- leipä", "Ensin maito leipä"),
        ("> Mitä [he](https://example.fi) sanoivat\n\nMinun sanani", "Minun sanani"),
        ("> > Vanhempi\n>\n> vanha\n\nUusi", "Uusi"),
        ("> Vain *lainaus*.", "Vain lainaus."),
    ],
)
def test_an_excerpt_is_the_writers_own_words(source, seen):
    assert excerpt(render(source)) == seen


def test_the_page_of_a_text_with_mixed_directions(as_role, client, world):
    topic = world.things["kokkola", "topic"]
    text = "Tervetuloa \u202eمرحبا\u202c maailma\n\nשלום עולם"
    as_role("resident").submit(f"/topics/{topic}/reply", text=text)
    page = client.get(f"/topics/{topic}").text
    assert "\u202e" not in page
    assert "مرحبا" in page


def test_nobody_can_write_the_address_that_stands_for_the_site():
    """Only what the renderer itself makes leads there: who wrote it could lead out of the site (`talkoot://elsewhere`)."""
    for text in ("[here](talkoot:people/1)", "[here](TALKOOT://elsewhere.example/)", "<talkoot:people/1>"):
        assert "href" not in render(text), text
    assert 'href="https://elsewhere.example"' in render("[here](https://elsewhere.example)")


def test_links_into_the_site_begin_with_its_address():
    words = '<p>a href="talkoot: is "talkoot:"</p>'
    html = '<a href="talkoot:people/1">M</a><img src="talkoot:files/1">'
    assert placed(html + words, "/kokkola") == '<a href="/kokkola/people/1">M</a><img src="/kokkola/files/1">' + words
    assert placed(html, "").count('"/') == 2

"""Words in another language than the page's say in which, so that a screen reader does not speak Finnish as if it were English."""

from __future__ import annotations

import pickle
import re

import pytest
from markupsafe import Markup

from talkoot import i18n
from talkoot.i18n import Text, text_in, written
from talkoot.site import summaries
from talkoot.tenants import areas, organisations
from talkoot_forums import forums, topics

WORDS = {
    "area": {"fi": "Rannan kylä", "sv": "Stranden"},
    "area's text": {"fi": "Meren rannalla.", "sv": "Vid havet."},
    "forum": {"fi": "Satama", "sv": "Hamnen"},
    "forum's text": {"fi": "Laivoista.", "sv": "Om båtar."},
    "body": {"fi": "Lautakunta", "sv": "Nämnden"},
}
ON_PAGES = {  # what stands on which of the site's pages
    "/": ("site", "area", "forum", "forum's text"),
    "/areas/{area}/": ("site", "area", "area's text", "forum", "forum's text"),
    "/forums/": ("site", "forum", "forum's text"),
    "/forums/{forum}/": ("site", "area", "forum", "forum's text", "body"),
    "/topics/{topic}": ("site", "forum"),
    "/promises/": ("site", "body"),
    "/promises/{promise}": ("site", "body"),
}


@pytest.fixture(params=["fi", "sv"])
def first(request):
    """The language that the site begins in."""
    return request.param


@pytest.fixture
def site(first, town, neighbour):
    return {"fi": town, "sv": neighbour}[first]


@pytest.fixture
def places(site, first, writing, world):
    """The site with an area, forum and body named in both its languages, the other one written down first."""
    other = "sv" if first == "fi" else "fi"
    words = {what: {other: texts[other], first: texts[first]} for what, texts in WORDS.items()}
    with writing(site) as db:
        area = areas.row_of(db, areas.add(db, words["area"]).slug)
        area.about = words["area's text"]
        found = forums.get(db, world.things[site.slug, "forum"])
        organisations.get(db, found.body_id).names = words["body"]
        forums.save(
            db, found.id, names=words["forum"], about=words["forum's text"], standing=found.standing,
            area_id=area.id, body_id=found.body_id, shared=True,
        )  # fmt: skip
        topic = topics.get(db, world.things[site.slug, "topic"])
        return {"area": area.slug, "forum": found.slug, "topic": topic.number, "promise": topic.promise_number}


def marked(page):
    """Every `<bdi>` of a page: (language, or "" for the page's own, words)."""
    return set(re.findall(r'<bdi(?: lang="([^"]*)")?>([^<]*)</bdi>', page))


def names_of(site, what):
    return site.names if what == "site" else WORDS[what]


@pytest.mark.parametrize("path", ON_PAGES)
def test_an_english_page_says_that_words_are_not_english(path, first, site, places, visitor):
    page = visitor(tenant=site).get(path.format(**places) + "?lang=en").text
    assert {(first, names_of(site, what)[first]) for what in ON_PAGES[path]} <= marked(page)
    everything = {name for what in ("site", *WORDS) for name in names_of(site, what).values()}
    assert not {words for language, words in marked(page) if words in everything and language != first}


@pytest.mark.parametrize("language", ["fi", "sv"])
@pytest.mark.parametrize("path", ON_PAGES)
def test_words_in_the_pages_language_need_not_say_so(path, language, site, places, visitor):
    page = visitor(tenant=site).get(path.format(**places) + f"?lang={language}").text
    assert {("", names_of(site, what)[language]) for what in ON_PAGES[path]} <= marked(page)
    assert not {code for code, _ in marked(page)} - {""}


def test_a_name_that_only_the_other_language_has(first, site, places, writing, visitor):
    """A Finnish page of a Swedish-first site, and the other way round: the name's language, not the site's first."""
    only = {"fi": {"fi": "Vain suomeksi"}, "sv": {"sv": "Bara på svenska"}}[first]
    with writing(site) as db:
        slug = areas.add(db, only).slug
    for language in {"fi", "sv", "en"}:
        expected = ("" if language == first else first, only[first])
        guest = visitor(tenant=site)
        assert expected in marked(guest.get(f"/?lang={language}").text)
        assert expected in marked(guest.get(f"/areas/{slug}/?lang={language}").text.partition("<h1>")[2])


def test_the_front_page_names_each_site_in_its_own_language(app, town, neighbour, region, visitor):
    for site in (town, neighbour):
        summaries.refresh(app, site, always=True)
    app.directory.renew()
    guest = visitor(tenant=None)
    page = guest.get("/?lang=en").text
    assert {("fi", "Kokkola"), ("sv", "Kronoby"), ("fi", "Keski-Pohjanmaa")} <= marked(page)
    news = page.partition('id="news-title"')[2].partition("</section>")[0]
    assert {("fi", "Kokkola"), ("sv", "Kronoby")} <= marked(news)
    swedish = guest.get("/?lang=sv").text
    assert {("", "Karleby"), ("", "Kronoby"), ("", "Mellersta Österbotten")} <= marked(swedish)
    assert not {code for code, _ in marked(swedish)} - {""}


def test_the_region_names_its_municipalities_and_they_it(town, neighbour, region, visitor):
    assert {("fi", "Kokkola"), ("sv", "Kronoby")} <= marked(visitor(tenant=region).get("/?lang=en").text)
    for site in (town, neighbour):
        page = visitor(tenant=site).get("/?lang=en").text.partition('id="wholes-title"')[2]
        assert ("fi", "Keski-Pohjanmaa") in marked(page)


def test_a_shared_forum_within_a_sentence(town, neighbour, region, visitor):
    for site in (town, neighbour):
        page = visitor(tenant=site).get(f"/shared/{region.slug}/?lang=en").text
        assert 'These forums belong to <bdi lang="fi">Keski-Pohjanmaa</bdi> and' in page
        assert ("fi", "Kylät") in marked(page)


def test_titles_and_attributes_hold_the_bare_name(first, site, places, visitor):
    page = visitor(tenant=site).get(f"/forums/{places['forum']}/?lang=en").text
    name = WORDS["forum"][first]
    assert f"<title>{name} –" in page
    assert f'title="{name}"' in page
    assert "&lt;bdi" not in page


def test_a_name_is_text_and_not_html(site, places, writing, visitor):
    with writing(site) as db:
        slug = areas.add(db, {"et": '<script>alert("x")</script>'}).slug
    page = visitor(tenant=site).get(f"/areas/{slug}/?lang=en").text
    shown = "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt;"
    assert f'<h1><bdi lang="et">{shown}</bdi></h1>' in page
    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("text", "html"),
    [
        (Text("Ranta", "fi"), '<bdi lang="fi">Ranta</bdi>'),
        (Text("Shore", "en"), "<bdi>Shore</bdi>"),
        (Text("Shore"), "<bdi>Shore</bdi>"),
        ("Somebody", "<bdi>Somebody</bdi>"),
        (Text("A & B", 'fi"><b'), '<bdi lang="fi&#34;&gt;&lt;b">A &amp; B</bdi>'),
        (text_in({}, "en", "fi"), "<bdi></bdi>"),
        (text_in({"fi": "", "et": "Rand"}, "en", "fi"), '<bdi lang="et">Rand</bdi>'),
    ],
)
def test_the_filter(text, html):
    with i18n.speaking("en"):
        assert written(text) == html
        assert isinstance(written(text), Markup)


def test_a_text_is_a_string_that_keeps_its_language_when_it_is_stored():
    text = text_in({"sv": "Stranden", "fi": "Ranta"}, "en", "fi", "sv")
    assert (text, text.language, {text: 1}["Ranta"]) == ("Ranta", "fi", 1)
    again = pickle.loads(pickle.dumps(text))
    assert (again, again.language) == (text, "fi")

"""Names and texts kept by language: a reader of another language gets the site's first, whatever was written down first."""

from __future__ import annotations

import re

import pytest

from talkoot.followup import promises
from talkoot.followup.models import FollowUp
from talkoot.i18n import text_in
from talkoot.tenants import areas, organisations

BOTH_WAYS = pytest.mark.parametrize("first", ["fi", "sv"])


@pytest.fixture
def site(first, town, neighbour):
    """A Finnish-first or a Swedish-first site; what is English on neither has no English name."""
    return {"fi": town, "sv": neighbour}[first]


def named(first: str, fi: str, sv: str) -> tuple[dict[str, str], str]:
    """Names with the other language written down before the site's own, and the one that an English page shows."""
    return ({"sv": sv, "fi": fi}, fi) if first == "fi" else ({"fi": fi, "sv": sv}, sv)


@pytest.mark.parametrize(
    ("texts", "languages", "picked"),
    [
        ({"fi": "Ranta", "sv": "Stranden"}, ("sv", "fi"), "Stranden"),
        ({"fi": "Ranta", "sv": "Stranden"}, ("en", "sv", "fi"), "Stranden"),
        ({"sv": "Stranden", "fi": "Ranta"}, ("en", "fi", "sv"), "Ranta"),
        ({"fi": "", "sv": "Stranden"}, ("fi", "fi", "sv"), "Stranden"),
        ({"fi": "", "et": "Rand"}, ("en", "fi", "sv"), "Rand"),
        ({"fi": ""}, ("en", "fi"), ""),
        ({}, ("en", "fi"), ""),
    ],
)
def test_the_first_language_that_has_words_else_any(texts, languages, picked):
    assert text_in(texts, *languages) == picked


def test_the_sites_own_name(town, neighbour):
    assert (town.name("en"), town.name("sv")) == ("Kokkola", "Karleby")
    assert (neighbour.name("en"), neighbour.name("fi")) == ("Kronoby", "Kruunupyy")


@BOTH_WAYS
def test_an_area_on_an_english_page(first, site, visitor, writing):
    names, shown = named(first, "Ranta", "Stranden")
    with writing(site) as db:
        slug = areas.add(db, names).slug
    assert slug == shown.lower()
    guest = visitor(tenant=site)
    home = guest.get("/?lang=en").text
    chips = re.findall(r'<a class="chip" href="[^"]*/areas/[^"]*"><bdi[^>]*>([^<]*)</bdi></a>', home)
    assert shown in chips
    assert not {"Ranta", "Stranden"} - {shown} & set(chips)
    page = guest.get(f"/areas/{slug}/?lang=en").text
    assert f'<h1><bdi lang="{first}">{shown}</bdi></h1>' in page
    assert f"<title>{shown}" in page
    assert names["sv"] in guest.get(f"/areas/{slug}/?lang=sv").text


@BOTH_WAYS
def test_who_owes_an_answer_in_english(first, site, as_role, writing, reading, visitor):
    names, shown = named(first, "Lautakunta", "Nämnden")
    with writing(site) as db:
        promise = db.find(FollowUp, public=True)
        number = promise.number
        owner = organisations.save(db, None, names=names, kind="office", body=True, contact="")
        promise.owner_id = owner.id
        assert organisations.name(db, owner, "en") == shown
    with reading(site) as db:
        assert promises.shown(db, promises.get(db, number), "en").owner == shown
    guest = visitor(tenant=site)
    assert f'<dd><bdi lang="{first}">{shown}</bdi></dd>' in guest.get(f"/promises/{number}?lang=en").text
    assert shown in guest.get("/promises/?lang=en").text
    assert f">{shown}</a>" in as_role("admin", site).get("/staff/bodies?lang=en").text


@BOTH_WAYS
def test_a_new_sites_address_and_what_the_command_says_of_it(first, run, app):
    names, shown = named(first, "Ranta", "Stranden")
    given = [part for code, name in names.items() for part in ("--name", f"{code}={name}")]
    languages = ",".join(dict.fromkeys((first, "fi", "sv")))
    said = run("tenant", "add", "--kind", "cooperation", *given, "--languages", languages).output
    assert f"{shown} is at " in said
    assert f"/{shown.lower()}/" in said
    app.directory.forget()
    assert app.directory.current().by_slug[shown.lower()].languages[0] == first


@BOTH_WAYS
def test_the_areas_that_staff_see_are_sorted_by_the_names_they_read(first, site, as_role, reading, writing):
    with writing(site) as db:
        slugs = {}
        for fi, sv in (("Xa", "Xz"), ("Xm", "Xb")):
            names, shown = named(first, fi, sv)
            slugs[shown] = areas.add(db, names).slug
    in_order = [slugs[shown] for shown in sorted(slugs)]
    with reading(site) as db:
        assert [row.slug for row in areas.every(db) if row.slug in in_order] == in_order
    page = as_role("admin", site).get("/staff/areas?lang=en").text
    assert [slug for slug in re.findall(r'href="[^"]*/staff/areas/([^"]*)"', page) if slug in in_order] == in_order


def test_a_taken_address_is_marked_at_the_name_it_comes_from(as_role, town, neighbour, writing):
    """The Finnish-first site has no Finnish name for it, the Swedish-first one no Swedish one."""
    for site, names, field in ((town, {"sv": "Stranden"}, "name_sv"), (neighbour, {"fi": "Ranta"}, "name_fi")):
        with writing(site) as db:
            areas.add(db, names)
        sent = {"name_fi": "", "name_sv": ""} | {f"name_{code}": name for code, name in names.items()}
        page = as_role("admin", site).submit("/staff/areas/new", **sent)
        assert page.status_code == 422
        assert f'<a href="#{field}">' in page.text
        assert re.findall(r'<input [^>]*id="(\w+)"[^>]*aria-invalid="true"', page.text) == [field]

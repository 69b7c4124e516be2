"""A phone puts a tenant's site on its home screen: its own name, colours and icon, in each language, and nobody else's."""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest
from PIL import Image
from tests.core.test_logos import picture, upload

from talkoot.site import homescreen
from talkoot.tenants import registering

FOR_EVER = "public, max-age=31536000, immutable"


def linked(visitor, path="/"):
    """The addresses of the manifest and of the icon of iPhones that a page names."""
    page = visitor.get(path).text
    named = {rel: re.search(rf'<link rel="{rel}" href="([^"]+)"', page) for rel in ("manifest", "apple-touch-icon")}
    return {rel: found and found[1].removeprefix(visitor.prefix) for rel, found in named.items()}


def manifest(visitor, path="/"):
    answer = visitor.get(linked(visitor, path)["manifest"])
    assert answer.status_code == 200
    assert answer.mimetype == "application/manifest+json"
    assert answer.headers["Cache-Control"] == FOR_EVER
    assert "Set-Cookie" not in answer.headers
    return json.loads(answer.get_data())


def icon(visitor, address):
    answer = visitor.get(address)
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.headers["Cache-Control"] == FOR_EVER
    return Image.open(BytesIO(answer.get_data())).convert("RGB")


@pytest.fixture
def two(visitor, writing, town, neighbour, address):
    """The town and its neighbour, each with a colour of its own."""
    with writing(None) as db:
        registering.set_setting(db, town.id, {"site.brand": "#7a1f2b"})
        registering.set_setting(db, neighbour.id, {"site.brand": "#1d6b3a"})
    return visitor(by=address), visitor(neighbour, by=address)


def test_each_site_is_itself(two):
    for site, name, brand in zip(two, ("Kokkola", "Kruunupyy"), ("#7a1f2b", "#1d6b3a"), strict=True):
        told = manifest(site, "/?lang=fi")
        top = site.path_of("/")
        assert (told["name"], told["short_name"], told["lang"], told["dir"]) == (name, name, "fi", "ltr")
        assert (told["id"], told["start_url"], told["scope"]) == (top, top, top), "no other tenant's pages"
        assert (told["theme_color"], told["display"]) == (brand, "standalone")
        assert {(one["sizes"], one["purpose"]) for one in told["icons"]} == {
            (size, purpose) for size in ("192x192", "512x512") for purpose in ("any", "maskable")
        }
        for one in told["icons"]:
            drawn = icon(site, one["src"].removeprefix(site.prefix))
            assert one["sizes"] == f"{drawn.width}x{drawn.height}"
            assert drawn.getpixel((2, 2)) == tuple(bytes.fromhex(brand[1:])), "the colour reaches the edges"
        assert icon(site, linked(site)["apple-touch-icon"]).size == (180, 180)


def test_what_is_one_sites_is_not_anothers(two):
    for site, other in (two, two[::-1]):
        told = manifest(other)
        for address in (*linked(other).values(), *(one["src"].removeprefix(other.prefix) for one in told["icons"])):
            assert site.get(address).status_code == 404
    for name in ("x.webmanifest", "x.png", "..%2fsettings.toml", "0" * 20 + ".webmanifest"):
        assert two[0].get(f"/app/{name}").status_code == 404


def test_the_installation_has_none(visitor):
    assert linked(visitor(None)) == {"manifest": None, "apple-touch-icon": None}


def test_it_speaks_the_pages_language(two):
    site = two[0]
    assert [manifest(site, f"/?lang={code}")["name"] for code in ("fi", "sv")] == ["Kokkola", "Karleby"]
    assert manifest(site, "/forums/?lang=sv")["lang"] == "sv"


def test_a_new_look_has_new_addresses(two, writing, town, as_role):
    site, before = two[0], linked(two[0])
    others = linked(two[1])
    upload(as_role("admin"), picture(colour=(20, 60, 120, 255), size=(900, 300)))
    after = linked(site)
    assert all(before[rel] != after[rel] for rel in before)
    assert all(site.get(address).status_code == 404 for address in before.values())
    drawn = icon(site, after["apple-touch-icon"])
    assert drawn.getpixel((2, 2)) == (255, 255, 255), "a dark logo stands on white"
    assert (20, 60, 120) in {colour for _, colour in drawn.getcolors(180 * 180)}
    assert linked(two[1]) == others


@pytest.mark.parametrize("letter", ["K", "Ä", "Å", "ك", "Ш", ""])
def test_the_shield_carries_the_letter(letter):
    """One that the font does not have is left out, not drawn as an empty box."""
    drawn = homescreen._shield("#000000", letter, 192)
    bare = homescreen._shield("#000000", "", 192)
    middle = (60, 20, 132, 150)
    assert (drawn.crop(middle).tobytes() != bare.crop(middle).tobytes()) == (letter in ("K", "Ä", "Å"))

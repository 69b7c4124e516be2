"""The main menu tells where one is: on a page of its own, or on one that belongs to it."""

from __future__ import annotations

import re

import pytest


def marked(page):
    menu = page.text.partition('<nav class="site-nav"')[2].partition("</nav>")[0]
    return re.findall(r'href="([^"]+)" aria-current="(\w+)"', menu)


@pytest.mark.parametrize(
    ("path", "mark"),
    [
        ("/", ("/kokkola/", "page")),
        ("/areas/keskusta/", None),
        ("/forums/", ("/kokkola/forums/", "page")),
        ("/forums/{forum}/", ("/kokkola/forums/", "true")),
        ("/topics/{topic}", ("/kokkola/forums/", "true")),
        ("/promises/", ("/kokkola/promises/", "page")),
        ("/promises/1", ("/kokkola/promises/", "true")),
        ("/staff/", ("/kokkola/staff/", "page")),
        ("/staff/reports", ("/kokkola/staff/", "true")),
        ("/account", None),
    ],
)
def test_one_entry_is_marked_at_most(as_role, world, path, mark):
    things = {name: thing for (slug, name), thing in world.things.items() if slug == "kokkola" and " " not in name}
    page = as_role("admin").get(path.format(**things))
    assert page.status_code == 200
    assert marked(page) == ([mark] if mark else [])


def test_each_municipality_has_its_own(as_role, neighbour, world):
    page = as_role("resident", tenant=neighbour).get(f"/topics/{world.things[neighbour.slug, 'topic']}")
    assert marked(page) == [(f"/{neighbour.slug}/forums/", "true")]


def test_an_address_that_leads_nowhere_signs_nobody_out(as_role, client, query_budget):
    admin = as_role("admin").get("/no-such-page")
    assert admin.status_code == 404
    assert "Admin Testinen" in admin.text
    assert 'href="/kokkola/staff/"' in admin.text
    stranger = as_role("stranger").get("/no-such-page").text
    assert 'href="/kokkola/staff/"' not in stranger
    assert "sign-in" not in stranger
    with query_budget(0):
        guest = client.get("/no-such-page")
    assert (guest.status_code, "sign-in" in guest.text) == (404, True)

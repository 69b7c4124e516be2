"""The link to the page that feedback was given on: anybody can write it, and it never leads staff off the site."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest


@pytest.fixture
def led_to(as_role, visitor, town, neighbour, address):
    """Give feedback about this page on both sites; returns where the link in the town's list leads."""

    def give(about):
        for site in (town, neighbour):
            told = visitor(site, by=address).submit(f"/feedback?about={quote(about)}", text="The lamp is dark.")
            assert told.status_code == 200
        page = as_role("admin", by=address).get("/staff/feedback?lang=en")
        assert page.status_code == 200
        return re.findall(r'Given on the page <a href="([^"]*)"><bdi dir="ltr">' + re.escape(about), page.text)

    return give


def test_it_is_the_page(led_to, client, address, world):
    page = f"/forums/{world.things['kokkola', 'forum']}/"
    home = {"path": "/kokkola", "host": ""}[address]
    assert led_to(page) == [f"{home}{page}"]
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("about", ["//evil.example", "/../kronoby/", "/%2e%2e/kronoby/", "https://evil.example/"])
def test_whatever_leads_elsewhere_is_the_sites_home(led_to, address, about):
    (link,) = led_to(about)
    home = {"path": "/kokkola/", "host": "/"}[address]
    if (address, about) == ("path", "//evil.example"):  # below the site's own path it is a page that is not there
        assert link == "/kokkola//evil.example"
    else:
        assert link == home

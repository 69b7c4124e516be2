"""The texts of the footer and the welcome: rendered once, however often they are looked at."""

from __future__ import annotations

import pytest

from talkoot.site import texts
from talkoot.tenants import registering


@pytest.fixture
def rendered(monkeypatch):
    """The texts that were rendered during the test."""
    seen, original = [], texts.render
    texts.as_html.cache_clear()
    monkeypatch.setattr(texts, "render", lambda source: seen.append(source) or original(source))
    yield seen
    texts.as_html.cache_clear()


def test_a_default_text_is_rendered_once_for_each_site(visitor, town, neighbour, rendered):
    for _ in range(3):
        for tenant in (town, neighbour, None):
            assert visitor(tenant).get("/about/terms").status_code == 200
    assert len(rendered) == len(set(rendered)) == 3


def test_a_welcome_is_rendered_once_and_anew_when_it_changes(client, visitor, neighbour, writing, town, rendered):
    with writing(None) as db:
        registering.set_setting(db, neighbour.id, {"site.welcome_sv": "CANARY-B-Hej"})
    for words in ("Tervetuloa **torille**", "## Tervetuloa\n\n**toreille**"):
        with writing(None) as db:
            registering.set_setting(db, town.id, {"site.welcome_fi": words})
        for _ in range(2):
            page = client.get("/").text
            assert "<strong>tor" in page
            assert "CANARY-B-Hej" not in page
            assert "CANARY-B-Hej" in visitor(neighbour).get("/").text
    assert sorted(rendered) == sorted({*rendered})
    assert len(rendered) == 3
    assert '<h2 dir="auto">Tervetuloa</h2>' in page, "a heading of the text follows the page's h1"

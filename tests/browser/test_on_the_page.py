"""Things that are seen only in a browser: the shield beside a long name, lists in cards, equal widths."""

from __future__ import annotations

import dataclasses

import pytest
from tests.browser.conftest import Look

from talkoot.tenants import registering

pytestmark = pytest.mark.database("sqlite")
LONG = "Pedersören kunnan asukkaiden yhteinen"


def box(page, selector):
    return page.locator(selector).first.bounding_box()


def test_the_shield_keeps_its_shape_beside_a_long_name(visitor, writing, town, look_at):
    with writing(None) as db:
        registering.change(db, town.id, names={"fi": LONG, "sv": LONG})
    with look_at(visitor(), Look(width=390)) as page:
        page.goto(page.address("/"))
        shield = box(page, ".site-mark")
        assert shield["width"] == pytest.approx(2.4 * 16, abs=0.5)


def test_the_demonstrations_accounts_stand_inside_their_card(app, visitor, look_at, monkeypatch):
    monkeypatch.setattr(app, "settings", dataclasses.replace(app.settings, demo=True))
    with look_at(visitor(), Look(width=390)) as page:
        page.goto(page.address("/sign-in"))
        card, line = box(page, ".card.aside"), box(page, ".card.aside li")
        assert line["x"] - card["x"] > 30, "the sign before the line is in the card as well"


def test_both_texts_of_a_conflict_are_of_the_same_width(as_role, look_at, world):
    path = f"/posts/{world.things['kokkola', 'post']}/edit"
    who = as_role("resident")
    with look_at(who, Look(language="en")) as page:
        page.goto(page.address(path))
        assert who.submit(path, text="Saved elsewhere").status_code == 303
        page.get_by_label("Your text").fill("Mine")
        page.get_by_role("button", name="Save").click()
        page.get_by_label("Saved text").wait_for()
        assert box(page, "#theirs")["width"] == box(page, ".editor-box")["width"]

"""What another secret key ends, and what it does not: links and open forms die, nobody is signed out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from talkoot.people import links

ANOTHER = "another key of at least 32 characters"


@pytest.fixture
def new_key(app, monkeypatch):
    """`new_key()`: the installation is started again under another key; `new_key(keep=True)`: the old one is a fallback."""

    def change(keep: bool = False) -> None:
        earlier = (app.settings.secret_key,) if keep else ()
        settings = replace(app.settings, secret_key=ANOTHER, secret_key_fallbacks=earlier)
        monkeypatch.setattr(app, "settings", settings)
        monkeypatch.setitem(app.config, "SECRET_KEY", ANOTHER)
        monkeypatch.setitem(app.config, "SECRET_KEY_FALLBACKS", list(earlier))

    return change


def test_nobody_is_signed_out(as_role, new_key, address):
    resident = as_role("resident", by=address)
    assert resident.get("/account").status_code == 200
    new_key()
    assert "Resident Testinen" in resident.get("/account").text


def test_an_open_form_gives_the_text_back_and_goes_through_the_second_time(as_role, world, new_key):
    resident, path = as_role("resident"), f"/topics/{world.things['kokkola', 'topic']}/reply"
    token = resident.token_of(path)
    new_key()
    refused = resident.post(path, data={"csrf_token": token, "text": "Written under the old key."})
    assert refused.status_code == 400
    assert "Written under the old key." in refused.text
    assert resident.submit(path, text="Written under the old key.").status_code == 303


@pytest.mark.parametrize(("keep", "lives"), [(False, False), (True, True)])
def test_mailed_links_die_unless_the_old_key_is_kept(app, town, neighbour, new_key, keep, lives):
    token = links.sign(app.settings, "confirm", town, person="somebody")
    new_key(keep)
    assert (links.read(app.settings, "confirm", town, token) is not None) == lives
    assert links.read(app.settings, "confirm", neighbour, token) is None

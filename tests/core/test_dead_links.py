"""Mailed links that lead nowhere any more: a page in the site's look that says so and how to go on, and nothing about anybody."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from talkoot.people import invitations, links
from talkoot.testing.rows import differences, every_row

NEW = {"email": "newcomer@example.fi", "password": "seven green herons", "name": "Uusi Asukas", "terms": "on"}
DEAD = "This link does not work"
ON = {  # kind of link → where the page's main part leads on
    "confirm": ["/sign-up", "/sign-in"],
    "new-password": ["/forgotten", "/sign-in"],
    "invitation": ["/sign-in", "/about/contact"],
}
KINDS = tuple(ON)


@pytest.fixture
def mailed(visitor, mails, writing, town, neighbour):
    """`mailed(kind)`: the path of a link that has just arrived, in the town's mails."""

    def send(kind):
        if kind == "confirm":
            visitor().submit("/sign-up", **NEW)
        elif kind == "new-password":
            visitor().submit("/forgotten", email="resident@kokkola.example")
        else:
            with writing(town) as db:
                invitations.invite(db, "planner@example.fi", ["official"])
        with writing(neighbour) as db:  # noise
            invitations.invite(db, "other@example.fi", ["official"])
        found = [mail.get_body(("plain",)).get_content() for mail in mails()]
        (link,) = [link for text in found for link in re.findall(r"https?://\S+", text) if f"/kokkola/{kind}/" in link]
        return urlsplit(link).path.removeprefix("/kokkola")

    return send


def use(visitor, kind, path):
    fields = {
        "confirm": {"password": NEW["password"]},
        "new-password": {"password": "nine grey geese fly"},
        "invitation": {"name": "Planner", "password": "nine grey geese fly", "terms": "on"},
    }
    assert visitor().submit(path, **fields[kind]).status_code == 303


def main_part(response):
    return re.sub(r'value="[^"]*"', "", response.text.partition("<main")[2].partition("</main>")[0])


def is_dead(response, kind, root="/kokkola"):
    """The page that says so, at the status it had, kept by no cache, with the ways on."""
    assert response.status_code == 404
    assert response.headers["Cache-Control"] == "no-store"
    assert DEAD in response.text
    leads = re.findall(r'href="([^"]*)"', main_part(response))
    assert leads == [root + place for place in ON[kind]]
    return True


def dead_page(visitor, kind, token, **where):
    return visitor(**where).get(f"/{kind}/{token}?lang=en")


@pytest.mark.parametrize("kind", KINDS)
def test_a_link_too_old(visitor, mailed, clock, kind):
    path = mailed(kind)
    assert visitor().get(path).status_code == 200
    clock.shift(timedelta(days=15))
    assert is_dead(visitor().get(f"{path}?lang=en"), kind)


@pytest.mark.parametrize("kind", ["new-password", "invitation"])
def test_a_link_that_was_used(visitor, mailed, kind):
    """One that confirmed an address says that instead (test_confirming.py)."""
    path = mailed(kind)
    use(visitor, kind, path)
    assert is_dead(visitor().get(f"{path}?lang=en"), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_sending_the_form_of_a_link_that_died_meanwhile(app, visitor, mailed, clock, kind):
    path, who = mailed(kind), visitor()
    token = who.token_of(path)
    clock.shift(timedelta(hours=7) if kind == "new-password" else timedelta(0))
    if kind != "new-password":
        path = path[:-3] + ("AAA" if path[-3:] != "AAA" else "BBB")
    before = every_row(app.settings)
    fields = {"csrf_token": token, "password": "nine grey geese fly", "name": "Planner", "terms": "on"}
    assert is_dead(who.post(f"{path}?lang=en", data=fields), kind)
    assert differences(before, every_row(app.settings)) == {}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("cut", [1, 20, 10_000])
def test_a_link_that_the_mail_program_cut_off(visitor, mailed, kind, cut):
    path = mailed(kind)
    token = path.rpartition("/")[2][:-cut]
    assert is_dead(dead_page(visitor, kind, token), kind)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_so_at_both_kinds_of_address_and_on_the_right_site_only(visitor, mailed, neighbour, kind):
    token = mailed(kind).rpartition("/")[2]
    assert is_dead(dead_page(visitor, kind, "x", by="host"), kind, root="")
    theirs = dead_page(visitor, kind, token, tenant=neighbour)
    assert is_dead(theirs, kind, root="/kronoby")
    assert "Kronoby" in theirs.text
    assert "Kokkola" not in main_part(theirs)


def test_a_withdrawn_invitation(visitor, mailed, writing, town):
    path = mailed("invitation")
    with writing(town) as db:
        (waiting,) = invitations.waiting(db)
        invitations.withdraw(db, waiting.id)
    assert is_dead(visitor().get(f"{path}?lang=en"), "invitation")


@pytest.mark.parametrize("kind", KINDS)
def test_it_tells_nothing_about_who_has_an_account(app, visitor, town, world, kind):
    """Made up, cut off, or signed and of somebody: byte for byte the same page."""
    purpose = {"confirm": "confirm", "new-password": "reset", "invitation": "invite"}[kind]
    person = str(world.people["kokkola", "resident"])
    claims = {"invitation": person} if purpose == "invite" else {"person": person, "nonce": "an old one"}
    signed = links.sign(app.settings, purpose, town, **claims)
    pages = [main_part(dead_page(visitor, kind, token)) for token in ("x", signed[:-4], "a" * 300)]
    if kind != "confirm":  # its owner is told that the address is confirmed
        pages.append(main_part(dead_page(visitor, kind, signed)))
    assert len(set(pages)) == 1
    assert "@" not in pages[0]


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_signed_in_is_not_asked_to_sign_in(as_role, kind):
    page = main_part(as_role("resident").get(f"/{kind}/x?lang=en"))
    assert "/sign-in" not in page
    assert 'href="/kokkola/account"' in page


@pytest.mark.parametrize("kind", ["confirm", "new-password"])
def test_on_the_installations_own_site_it_asks_for_a_new_password(visitor, kind):
    """Nobody signs up there."""
    assert is_dead(dead_page(visitor, kind, "x", tenant=None), "new-password", root="")


def test_the_way_on_leads_on(visitor, mailed, mails, clock):
    """An address that was not confirmed in time: signing up once more brings a link that works."""
    path = mailed("confirm")
    clock.shift(timedelta(days=3, minutes=1))
    who = visitor()
    assert is_dead(who.get(f"{path}?lang=en"), "confirm")
    who.submit("/sign-up", **NEW)
    fresh = re.search(r"https?://\S+/confirm/\S+", mails()[-1].get_body(("plain",)).get_content())[0]
    assert who.submit(urlsplit(fresh).path.removeprefix("/kokkola")).status_code == 303
    assert "Uusi Asukas" in who.get("/account").text

"""Choosing when mail comes, and ending it by the link in the mail, which mail programs press themselves (RFC 8058)."""

from __future__ import annotations

import re

import pytest

from talkoot.notices import choices
from talkoot.notices.choices import Choice
from talkoot.people import links


@pytest.fixture
def chosen(noticing, reading, town):
    def of(role="clerk"):
        with reading(town) as db:
            return choices.of(db, noticing.member(role))

    return of


@pytest.fixture
def link(app, town, noticing):
    def made(what="all", tenant=town, role="clerk"):
        token = links.sign(app.settings, "unsubscribe", tenant, member=str(noticing.member(role)), what=what)
        return f"/unsubscribe/{token}"

    return made


def test_a_choice_is_kept(as_role, chosen):
    sent = {"direct": "daily", "rest": "weekly", "quiet_from": "20", "quiet_to": "6", "follow_own": None}
    assert as_role("clerk").submit("/my/mail", action="/my/mail", **sent).status_code == 303
    assert chosen() == Choice("daily", "weekly", 20, 6, follow_own=False)
    assert chosen("editor") == Choice("never", "never")


@pytest.mark.parametrize(
    "wrong", [{"direct": "hourly"}, {"rest": ""}, {"quiet_from": "24"}, {"quiet_to": "x"}, {"quiet_to": "-1"}]
)
def test_what_cannot_be_chosen_is_refused(as_role, chosen, wrong):
    visitor, before = as_role("clerk"), chosen()
    right = {"direct": "now", "rest": "now", "quiet_from": "1", "quiet_to": "2"}
    sent = {"csrf_token": visitor.token_of("/my/mail"), **right, **wrong}
    assert visitor.post("/my/mail", data=sent).status_code == 422
    assert chosen() == before


def test_a_mail_program_ends_the_mails_without_session_or_token(client, noticing, chosen, link):
    noticing.choose("clerk", direct="now", rest="daily")
    answer = client.post(link(), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers or "__Host-talkoot=" not in answer.headers["Set-Cookie"]
    assert (chosen().direct, chosen().rest) == ("never", "never")


def test_from_a_mail_about_what_is_followed_only_that_ends(client, noticing, chosen, link):
    noticing.choose("clerk", direct="now", rest="daily")
    client.post(link("rest"), data={"List-Unsubscribe": "One-Click"})
    assert (chosen().direct, chosen().rest) == ("now", "never")


def test_opening_the_link_changes_nothing_and_its_button_does(client, noticing, chosen, link):
    noticing.choose("clerk", direct="now", rest="daily")
    assert client.get(link()).status_code == 200
    assert chosen().direct == "now"
    assert client.submit(link(), action="unsubscribe").status_code == 200
    assert chosen().direct == "never"


def test_a_link_works_once_more_and_after_years(client, noticing, chosen, link, clock):
    from datetime import timedelta

    address = link()
    clock.shift(timedelta(days=800))
    for _ in range(2):
        assert client.post(address).status_code == 200
    assert chosen().direct == "never"


def test_a_link_of_another_town_purpose_or_hand_is_none(client, noticing, chosen, link, neighbour, app, town):
    noticing.choose("clerk", direct="now", rest="daily")
    other = links.sign(app.settings, "confirm", town, member=str(noticing.member("clerk")), what="all")
    forged = re.sub(r".$", "x", link())
    for address in (link(tenant=neighbour), f"/unsubscribe/{other}", f"{forged}y", "/unsubscribe/kylat"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 404
    assert chosen().direct == "now"


def test_who_has_left_has_no_link_any_more(client, noticing, link, writing, town):
    from talkoot.people import memberships, privacy

    address = link()
    with writing(town) as db:
        privacy.erase(db, noticing.app.registry, memberships.get(db, noticing.member("clerk")))
    assert client.post(address).status_code == 404


def test_a_blocked_member_can_still_end_the_mails(client, noticing, link, writing, town, chosen):
    from talkoot.people import memberships

    with writing(town) as db:
        memberships.block(db, memberships.get(db, noticing.member("clerk")), True)
    assert client.post(link()).status_code == 200
    assert chosen().direct == "never"

"""Choosing when mail comes, and ending it by the link in the mail, which mail programs press themselves (RFC 8058)."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import and_, select

from talkoot.clock import now
from talkoot.notices import choices
from talkoot.notices import reading as notices_read
from talkoot.notices.choices import Choice
from talkoot.notices.models import MailChoice, Notice
from talkoot.people import links
from talkoot.people.models import Membership


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


def test_the_language_of_the_mails_is_chosen(as_role, noticing, mails, reading, town, neighbour, world):
    def of(tenant):
        with reading(tenant) as db:
            return db.find(Membership, id=world.members[tenant.slug, "resident"]).language

    before = of(neighbour)
    noticing.choose("resident", direct="now", quiet_from=0, quiet_to=0)
    for language, words in (("sv", "Öppna diskussionen"), ("en", "Open the discussion")):
        assert as_role("resident").submit("/my/mail", action="/my/mail", language=language).status_code == 303
        assert f'value="{language}" selected' in as_role("resident").get("/my/mail").text
        noticing.say("official", f"Something new, in {language}.")
        mail = mails()[-1]
        assert words in mail.get_body(("html",)).get_content()
    assert (of(town), of(neighbour)) == ("en", before)


@pytest.mark.parametrize(
    "wrong",
    [
        *({"direct": "hourly"}, {"rest": ""}, {"quiet_from": "24"}, {"quiet_to": "x"}, {"quiet_to": "-1"}),
        *({"language": "de"}, {"language": ""}),
    ],
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


def helsinki(day, hour, minute=0):
    return datetime(2031, 5, day, hour, minute, tzinfo=ZoneInfo("Europe/Helsinki"))


@pytest.mark.parametrize(
    ("quiet", "hours"),
    [((21, 7), range(7, 21)), ((1, 5), [0, *range(5, 24)]), ((9, 9), range(24)), ((0, 23), [23]), ((23, 0), range(23))],
)
def test_quiet_hours_begin_with_the_first_and_end_with_the_last(quiet, hours, clock, noticing, writing, town):
    has_chosen = and_(MailChoice.tenant_id == Membership.tenant_id, MailChoice.membership_id == Membership.id)
    awake = []
    with writing(town) as db:
        choices.save(db, noticing.member("clerk"), Choice(quiet_from=quiet[0], quiet_to=quiet[1]))
        for hour in range(24):
            clock.move_to(helsinki(14, hour))
            query = select(choices.is_awake(db)).select_from(Membership).outerjoin(MailChoice, has_chosen)
            own = (Membership.tenant_id == town.id, Membership.id == noticing.member("clerk"))
            awake += [hour] * bool(db.execute(query.where(*own)).scalar_one())
    assert awake == list(hours)


@pytest.mark.parametrize(
    ("at", "daily", "weekly"),
    [
        (helsinki(14, 7, 59), helsinki(14, 8), helsinki(15, 8)),  # a Wednesday
        (helsinki(15, 7, 59), helsinki(15, 8), helsinki(15, 8)),
        (helsinki(15, 8), helsinki(16, 8), helsinki(22, 8)),
    ],
)
def test_what_happens_at_eight_waits_for_the_next_morning(at, daily, weekly, clock, reading, town):
    clock.move_to(at)
    with reading(town) as db:
        assert choices.moments(db) == (at, daily, weekly)


def test_a_new_choice_moves_what_waits_and_nothing_else(noticing, writing, reading, town):
    """What was read stays read, and what no mail was wanted of is not mailed after all."""
    member = noticing.member("clerk")
    noticing.follow("clerk")

    def due():
        own = (Notice.tenant_id == town.id, Notice.membership_id == member)
        with reading(town) as db:
            return list(db.scalars(select(Notice.due_at).where(*own).order_by(Notice.at)))

    noticing.choose("clerk", rest="daily")
    noticing.say("admin", "Read.")
    with writing(town) as db:
        notices_read.read_until(db, member, now())
    noticing.say("admin", "Waits.")
    read, tomorrow = due()
    noticing.choose("clerk", rest="now")
    assert read is None
    assert due()[0] is None
    assert due()[1] < tomorrow
    for often in ("never", "daily"):
        noticing.choose("clerk", rest=often)
        assert due() == [None, None], often

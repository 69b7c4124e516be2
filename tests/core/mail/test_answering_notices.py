"""From the notice in somebody's mailbox to their answer in the discussion, and no notice to where mail comes back from."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, update
from tests.core.mail import clients

from talkoot import clock as now
from talkoot.incoming import bounces, receiving
from talkoot.incoming.letters import Envelope
from talkoot.incoming.models import MailBounce
from talkoot.incoming.phrases import mark
from talkoot_forums.models import Topic


@pytest.fixture
def notice(mail_app, noticing, clock, mails):
    """The mail that tells the resident of the official's reply."""
    clock.move_to(datetime(2027, 3, 2, 10, tzinfo=UTC))
    noticing.choose("resident", direct="now")

    def arrive(text="Milloin sinulle sopii?"):
        noticing.say("official", text)
        return mails()

    return arrive


def text_of(mail):
    return mail.get_body(("plain",)).get_content()


def test_a_notice_is_answered_by_answering_the_mail(notice, mail_app, shown):
    (mail,) = notice()
    language = "fi"
    assert text_of(mail).startswith(mark(language))
    assert mail["Reply-To"].startswith("reply+r")
    quoted = "".join(f"> {line}\n" for line in text_of(mail).splitlines())
    raw = clients.message(f"Huomenna kello kuusi.\n\nti 2. maaliskuuta 2027 klo 12.00 Kokkola kirjoitti:\n\n{quoted}")
    receiving.receive(mail_app, raw, Envelope((str(mail["Reply-To"]),), clients.SENDER))
    assert shown()[-1] == '<p dir="auto">Huomenna kello kuusi.</p>\n'
    assert sum("Milloin sinulle sopii?" in html for html in shown()) == 1, "what was quoted is not published again"


def test_only_who_was_told_can_use_the_address(notice, mail_app, shown):
    (mail,) = notice()
    before = shown()
    for sender in ("official@kokkola.example", "resident@kronoby.example", "nobody@elsewhere.example"):
        raw = clients.message("Minäkin vastaan.").replace(clients.SENDER.encode(), sender.encode())
        receiving.receive(mail_app, raw, Envelope((str(mail["Reply-To"]),), sender))
    assert shown() == before


def test_a_notice_of_a_closed_discussion_asks_for_no_answer(noticing, notice, mails, writing, town, world):
    assert len(notice()) == 1
    noticing.say("official", "Vielä yksi asia.", work=False)
    with writing(town) as db:
        closed = update(Topic).where(
            Topic.tenant_id == town.id, Topic.conversation_id == world.things["kokkola", "conversation"]
        )
        db.execute(closed.values(closed_at=now.now()))
    _, last = mails()
    assert "Vielä yksi asia." in text_of(last)
    assert mark("fi") not in text_of(last)
    assert last["Reply-To"] is None


def test_who_cannot_be_reached_gets_no_notices(notice, writing, world):
    """Three came back; somebody next door whose mail came back changes nothing here."""
    said = {"at": now.now(), "said": "550 no such user"}
    with writing(None) as db:
        for role, count in (("resident", bounces.MOST), ("official", 1)):
            db.execute(insert(MailBounce).values(person_id=world.people["kokkola", role], count=count, **said))
    assert notice() == []
    with writing(None) as db:
        bounces.forget(db, world.people["kokkola", "resident"])
        db.execute(insert(MailBounce).values(person_id=world.people["kronoby", "resident"], count=9, **said))
    assert len(notice("Entä nyt?")) == 1

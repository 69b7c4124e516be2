"""The door over https: what is not signed by the service, or is old, or came before, has no effect (security.md row 23)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.core.mail import clients

from talkoot import clock as now
from talkoot.incoming import receiving, signatures
from talkoot.incoming.letters import Envelope
from talkoot.testing.rows import differences, every_row

SECRET = "a secret that the mail service and we share"


@pytest.fixture
def door(mail_app, monkeypatch, visitor, reply_to):
    """`door(raw, **changes)`: post a signed mail to the installation's site, with headers changed afterwards."""
    monkeypatch.setattr(mail_app, "settings", replace(mail_app.settings, mail_in_secret=SECRET))

    def post(raw=None, *, at=None, secret=SECRET, recipient=None, path="/mail/incoming", tenant=None, **changed):
        body = clients.gmail("fi") if raw is None else raw
        moment = str(int((at or now.now()).timestamp()))
        envelope = Envelope((recipient or reply_to(),), clients.SENDER)
        headers = {
            "X-Talkoot-Timestamp": moment,
            "X-Talkoot-Recipient": envelope.recipients[0],
            "X-Talkoot-Sender": clients.SENDER,
            "X-Talkoot-Signature": signatures.sign(secret, moment, envelope, body),
        }
        given = headers | {f"X-Talkoot-{name.title()}": value for name, value in changed.items()}
        return visitor(tenant=tenant).post(path, data=body, headers=given, content_type="message/rfc822")

    return post


def test_a_signed_mail_is_posted(door, shown):
    answer = door()
    assert (answer.status_code, answer.text) == (200, "posted\n")
    assert "kerron täällä" in shown()[-1]


FORGED = {
    "no signature": {"signature": ""},
    "made up": {"signature": "0" * 64},
    "not of letters that headers have": {"signature": "ä" * 64},
    "another time": {"timestamp": "1700000000"},
    "no time": {"timestamp": ""},
    "a time that is none": {"timestamp": "9" * 400},
    "another sender": {"sender": "official@kokkola.example"},
    "another secret": {"secret": "a secret that somebody else made up"},
    "an empty secret": {"secret": ""},
}


@pytest.mark.parametrize("name", FORGED)
def test_what_is_not_signed_has_no_effect(door, mail_app, name):
    before = every_row(mail_app.settings)
    assert door(**FORGED[name]).status_code == 401
    assert differences(before, every_row(mail_app.settings)) == {}


def test_a_signature_for_one_address_is_none_for_another(door, mail_app, reply_to, neighbour, world):
    from talkoot.incoming import addresses

    before = every_row(mail_app.settings)
    person, conversation = world.people["kronoby", "resident"], world.things["kronoby", "conversation"]
    other = addresses.reply_address(mail_app.settings, neighbour, person, conversation)
    assert other
    moment = str(int(now.now().timestamp()))
    signature = signatures.sign(SECRET, moment, Envelope((reply_to(),), clients.SENDER), clients.gmail("fi"))
    assert door(recipient=other, signature=signature, timestamp=moment).status_code == 401
    assert differences(before, every_row(mail_app.settings)) == {}


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_is_old_or_of_the_future_has_no_effect(door, mail_app, minutes):
    from datetime import timedelta

    before = every_row(mail_app.settings)
    assert door(at=now.now() + timedelta(minutes=minutes)).status_code == 401
    assert differences(before, every_row(mail_app.settings)) == {}


def test_a_copy_has_no_effect(door, mail_app, clock):
    body = clients.gmail("fi")
    assert door(body).status_code == 200
    before = every_row(mail_app.settings)
    assert door(body).status_code == 409
    assert differences(before, every_row(mail_app.settings)) == {}


def test_what_failed_may_be_sent_again_as_it_is(door, mail_app, monkeypatch, clock, shown):
    before, body = len(shown()), clients.gmail("fi")

    def fails(*_):
        raise OSError("the database is away")

    right = receiving.receive
    monkeypatch.setattr(receiving, "receive", fails)
    mail_app.testing = False
    monkeypatch.setitem(mail_app.config, "PROPAGATE_EXCEPTIONS", False)
    assert door(body).status_code >= 500
    mail_app.testing = True
    monkeypatch.setattr(receiving, "receive", right)
    assert door(body).status_code == 200
    assert len(shown()) == before + 1


def test_it_is_not_there_unless_it_was_set_up(door, mail_app, monkeypatch, town):
    assert door(tenant=town).status_code == 404, "it is the installation's, not a municipality's"
    monkeypatch.setattr(mail_app, "settings", replace(mail_app.settings, mail_in_secret=""))
    assert door().status_code == 404


def test_no_form_and_no_cookie_opens_it(door, as_role, mail_app, visitor, world):
    """It takes no token; so it takes nothing else either that a browser sends by itself."""
    before = every_row(mail_app.settings)
    operator = visitor(tenant=None).sign_in_as(world.people["kokkola", "operator"])
    mine = every_row(mail_app.settings)
    assert operator.post("/mail/incoming", data={"csrf_token": "x"}).status_code == 401
    assert differences(mine, every_row(mail_app.settings)) == {}
    assert before.keys() == mine.keys()


def test_rubbish_is_answered(door):
    assert door(b"\0" * 1000).status_code == 200
    assert door(b"x" * 27_000_000).status_code == 413

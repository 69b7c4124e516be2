"""What programs write becomes no post and gets no answer, so that no loop can begin; mail that comes back is counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from tests.core.mail import clients

from talkoot.incoming import addresses, answers, bounces
from talkoot.incoming.models import MailBounce
from talkoot.mail import messages
from talkoot.people.models import Person

AUTOMATIC = {
    "RFC 3834": {"Auto-Submitted": "auto-replied"},
    "RFC 3834 with more": {"Auto-Submitted": "auto-generated; owner-email=x@kokkola.example"},
    "precedence": {"Precedence": "bulk"},
    "junk": {"Precedence": "junk"},
    "older": {"X-Autoreply": "yes"},
    "oldest": {"X-Autorespond": "Poissa"},
    "Finnish": {"Subject": "Automaattinen vastaus: Katuvalot"},
    "Finnish, away": {"Subject": "Poissaoloviesti Re: Katuvalot"},
    "Finnish, holiday": {"Subject": "Olen lomalla: Katuvalot"},
    "Swedish": {"Subject": "Automatiskt svar: Gatljus"},
    "Swedish, away": {"Subject": "=?utf-8?q?Fr=C3=A5nvaromeddelande?="},
    "Swedish, short": {"Subject": "Autosvar: Gatljus"},
    "English": {"Subject": "Out of Office: Street lights"},
    "English, Exchange": {"Subject": "Automatic reply: Street lights"},
}
LISTS = {
    "List-Id": "<kylat.example.fi>",
    "List-Post": "<mailto:kylat@example.fi>",
    "Mailing-List": "contact x@example.fi",
}


def with_headers(raw: bytes, headers: dict[str, str]) -> bytes:
    lines = [line for line in raw.split(b"\r\n") if not any(line.startswith(f"{n}:".encode()) for n in headers)]
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n".join(lines)


@pytest.mark.parametrize("name", AUTOMATIC)
def test_an_automatic_answer_is_left_alone(take, shown, mails, name):
    before = shown()
    assert take(with_headers(clients.gmail("fi"), AUTOMATIC[name])).kind == "automatic"
    assert shown() == before
    assert mails() == []


@pytest.mark.parametrize("name", LISTS)
def test_a_lists_mail_is_left_alone(take, shown, mails, name):
    before = shown()
    assert take(with_headers(clients.gmail("fi"), {name: LISTS[name]})).kind == "list"
    assert shown() == before
    assert mails() == []


def test_mail_about_mail_is_left_alone(take, mails):
    assert take(sender="").kind == "automatic"
    assert (
        take(with_headers(clients.gmail("fi"), {"From": "MAILER-DAEMON@mx.example"}), sender="x@mx.example").kind
        == "automatic"
    )
    assert mails() == []


@pytest.mark.parametrize(
    "subject", ["Re: Automaattinen valaistus", "Katuvalot ja poissaolot", "VS: Out of office hours?"]
)
def test_a_person_may_write_about_absence(take, subject):
    assert take(with_headers(clients.gmail("fi"), {"Subject": subject})).kind == "posted"


def test_our_own_mails_sent_back_change_nothing(take, mail_app, town, world, writing, mails):
    """A mailbox that forwards everything to the reply address, and one that does so without the headers."""
    with writing(town) as db:
        answers.owe(
            db, world.members["kokkola", "resident"], world.members["kokkola", "resident"], "closed",
            detail="", subject="x", text="Omat sanani.", path="topics/1",
        )  # fmt: skip
    [own] = mails()
    del own["From"]
    own["From"] = clients.SENDER
    assert take(own.as_bytes()).kind == "own"
    for name in ("Auto-Submitted", messages.LOOP):
        del own[name]
    assert take(own.as_bytes()).kind == "own", "by its Message-ID alone"
    assert len(mails()) == 1


# --- mail that comes back ---------------------------------------------------------------------------------------------


def report(email: str, *, action: str = "failed", status: str = "5.1.1", recipient: str = "Final-Recipient") -> bytes:
    """As postfix writes it (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.kokkola.example (Mail Delivery System)\r\nTo: reply@talkoot.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nAuto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nI'm sorry to have to inform you.\r\n\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.kokkola.example\r\n\r\n"
        f"{recipient}: rfc822; {email}\r\nAction: {action}\r\nStatus: {status}\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such mailbox\r\n\r\n"
        "--b\r\nContent-Type: text/rfc822-headers\r\n\r\nTo: somebody@kokkola.example\r\n\r\n--b--\r\n"
    ).encode()


@pytest.fixture
def bounce(take, mail_app):
    """`bounce()`: a mail to the resident came back to its own address."""

    def come_back(raw: bytes = b"", of: str = clients.SENDER):
        return take(raw or report(clients.SENDER), to=addresses.return_address(mail_app.settings, of), sender="")

    return come_back


def count(app) -> int:
    with app.database.session(None) as db:
        return sum(row.count for row in db.query(MailBounce))


def silenced(app, world) -> bool:
    person = world.people["kokkola", "resident"]
    with app.database.session(None) as db:
        return bool(db.scalar(select(Person.id).where(Person.id == person, bounces.silenced(Person.__table__.c.id))))


def test_a_mailbox_that_is_gone_gets_no_more_notices_after_some_days(bounce, mail_app, world, clock, mails):
    for day in range(1, bounces.MOST + 1):
        assert not silenced(mail_app, world)
        assert bounce().detail == "counted"
        assert bounce().kind == "bounce"
        assert count(mail_app) == day, "once a day"
        clock.shift(timedelta(days=1))
    assert silenced(mail_app, world)
    assert mails() == []


OTHERS = {
    "late": report(clients.SENDER, action="delayed", status="4.2.2"),
    "delivered": report(clients.SENDER, action="delivered", status="2.0.0"),
    "another's": report("other@kokkola.example"),
}


@pytest.mark.parametrize("raw", OTHERS.values(), ids=OTHERS)
def test_what_is_only_late_or_another_persons_does_not_count(bounce, mail_app, raw):
    assert bounce(raw).detail == ""
    assert count(mail_app) == 0


def test_nobody_can_silence_another_by_a_made_up_report(take, bounce, mail_app, reply_to):
    assert bounce(of="other@kokkola.example").detail == ""
    assert take(report(clients.SENDER), to="reply@talkoot.example", sender="").kind == "bounce"
    assert take(report(clients.SENDER), to=reply_to(), sender="").kind == "bounce"
    assert count(mail_app) == 0


def test_a_forwarded_mail_is_known_by_whom_it_was_for(bounce, mail_app):
    """The report names the mailbox that the mail was forwarded to; what it sends back of the mail names ours."""
    raw = report("old@elsewhere.example").replace(b"somebody@kokkola.example", clients.SENDER.encode())
    assert bounce(raw).detail == "counted"


def test_who_writes_can_be_reached_again(bounce, take, mail_app, world, clock):
    for _ in range(bounces.MOST):
        bounce()
        clock.shift(timedelta(days=1))
    assert silenced(mail_app, world)
    assert take().kind == "posted"
    assert not silenced(mail_app, world)


def test_the_account_page_says_so_and_starts_notices_again(bounce, mail_app, world, as_role, clock):
    assert "no such mailbox" not in as_role("resident").get("/account?lang=en").text
    for _ in range(bounces.MOST):
        bounce()
        clock.shift(timedelta(days=1))
    resident = as_role("resident")
    page = resident.get("/account?lang=en").text
    assert "no such mailbox" in page
    assert "no such mailbox" in resident.get("/account/data.json").text
    assert resident.submit("/account", action="mail-works").status_code == 303
    assert not silenced(mail_app, world)
    assert "no such mailbox" not in resident.get("/account").text


def test_a_deleted_account_leaves_no_count(bounce, mail_app, world, writing):
    bounce()
    with writing(None) as db:
        from talkoot.people import accounts

        person = accounts.create(db, "new@kokkola.example", None, "fi")
        bounces._count(db, person.id, "gone")
        db.flush()
        db.delete(db.get(Person, person.id))
    assert count(mail_app) == 1


def test_outgoing_mail_comes_back_to_an_address_of_its_own(mail_app, monkeypatch, world, town, writing, mails):
    sent = {}

    class Server:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

        def send_message(self, message, from_addr):
            sent[message["Auto-Submitted"]] = from_addr

    monkeypatch.setattr(messages, "_connected", lambda url: Server())
    from dataclasses import replace

    monkeypatch.setattr(mail_app, "settings", replace(mail_app.settings, mail_url="smtp://localhost"))
    job = world.members["kokkola", "resident"]
    with mail_app.app_context():
        for replied in (True, False):
            mail = messages.compose(
                mail_app, town, to=clients.SENDER, language="fi", template="reset", job=job, link="x", replied=replied
            )
            messages.send(mail_app, mail)
    assert sent["auto-replied"] == ""
    returned = addresses.read(mail_app.settings, sent["auto-generated"])
    assert returned.is_of(mail_app.settings, clients.SENDER)
    assert not returned.is_of(mail_app.settings, "other@kokkola.example")

"""Whatever comes is read as far as it goes: never an exception, never a long wait."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.core.mail import clients

from talkoot.incoming import attached, bounces, cutting, letters, plain, recognising, sealed
from talkoot.incoming.letters import Envelope

FROM = f"From: {clients.SENDER}\r\nMessage-ID: <x@y>\r\n".encode()
REPORT = FROM + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: "


def nested(depth: int, kind: str = "mixed") -> bytes:
    head = b"".join(
        b"Content-Type: multipart/%s; boundary=b%d\r\n\r\n--b%d\r\n" % (kind.encode(), i, i) for i in range(depth)
    )
    return FROM + head + b"Content-Type: text/plain\r\n\r\nHei"


RUBBISH = {
    "nothing": b"",
    "a line": b"Hei",
    "NULs": FROM + b"\r\n" + b"Hei\0\0\0\r\n" * 1000,
    "NULs in headers": b"From: a\0b@c\0d\r\nSubject: \0\r\n\r\nHei",
    "random bytes": random.Random(3).randbytes(200_000),
    "random bytes as a body": FROM + b"Content-Transfer-Encoding: base64\r\n\r\n" + random.Random(4).randbytes(200_000),
    "30 MB": FROM + b"\r\n" + b"x" * 30_000_000,
    "a line of 20 MB": FROM + b"\r\n" + b"a " * 10_000_000,
    "many headers": FROM + b"X-A: b\r\n" * 200_000 + b"\r\nHei",
    "a long header": FROM + b"To: " + b"a@b.example, " * 100_000 + b"\r\n\r\nHei",
    "a header of brackets": b"From: " + b"(" * 200_000 + b"\r\n\r\nHei",
    "a header of quotes": b"From: " + b'"\\' * 100_000 + b"\r\n\r\nHei",
    "encoded words without end": FROM + b"Subject: " + b"=?utf-8?q?a?= " * 10_000 + b"\r\n\r\nHei",
    "deep": nested(5_000),
    "deep alternatives": nested(20, "alternative"),
    "lines": FROM + b"\r\n" + b"\n" * 25_000_000,
    "lines in many parts": nested(100) + b"\r\n" * 5_000_000,
    "deep related": nested(19, "related"),
    "many parts": FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nHei\r\n" * 50_000,
    "no boundary": FROM + b"Content-Type: multipart/mixed\r\n\r\nHei",
    "a boundary of nothing": FROM + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\nHei\r\n--\r\n',
    "unknown charset": FROM + b"Content-Type: text/plain; charset=klingon\r\n\r\nHei \xe4",
    "a charset that is a program": FROM + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + b"a-b" * 100_000,
    "unknown encoding": FROM + b"Content-Transfer-Encoding: rot13\r\n\r\nHei",
    "broken uuencode": FROM + b"Content-Transfer-Encoding: uuencode\r\n\r\nbegin 644 x\r\n\xff\xfe\r\n",
    "deep HTML": FROM + b"Content-Type: text/html\r\n\r\n" + b"<div><blockquote>" * 50_000 + b"Hei",
    "deep HTML of other elements": FROM + b"Content-Type: text/html\r\n\r\n" + b"<article><em>" * 50_000 + b"Hei",
    "unclosed HTML": FROM + b"Content-Type: text/html\r\n\r\n" + b"<a href='x" * 20_000,
    "an element without end": FROM + b"Content-Type: text/html\r\n\r\n<" + b"a" * 200_000,
    "HTML of quotation marks": FROM + b"Content-Type: text/html\r\n\r\n" + b"<p>&gt; " * 25_000,
    "HTML of entities": FROM + b"Content-Type: text/html\r\n\r\n" + b"&nbsp;&#0;&#x110000;" * 20_000,
    "a million quotations": FROM + b"\r\n" + b"> a\r\nb\r\n" * 100_000,
    "a million leads": FROM + b"\r\n" + b"On 3.6.2026 x@y.example\r\n" * 50_000,
    "leads and nothing": FROM + b"\r\n" + b"On 3.6.2026 x@y.example wrote:\r\n" * 2_500 + b"\r\n" * 120_000,
    "a signature's headers": FROM + b"\r\n-----BEGIN PGP SIGNED MESSAGE-----\r\n" + b"A: \r\n" * 40_000,
    "beginnings of signatures": FROM + b"\r\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\r\n\r\n" * 5_000,
    "a million marks": FROM + b"\r\n" + b"Reply above this\r\n" * 50_000,
    "a million headers below": FROM + b"\r\n" + b"From: a\r\n" * 100_000,
    "spaces": FROM + b"\r\n" + b" \t" * 200_000,
    "a charset with a NUL": FROM + b"Content-Type: text/plain; charset*=a\0b''c\r\n\r\nHei",
    "a name in no charset": FROM + b"Content-Disposition: attachment; filename*=a\0b''c.png\r\n\r\nHei",
    "a name in a charset that is a program": FROM + b"Content-Type: image/png; name*=punycode''%ff\r\n\r\nHei",
    "what no database takes": FROM + b"Subject: \xe4\0 =?utf-7?q?+2AA-?=\r\nContent-Type: text/plain; charset=utf-7\r\n\r\nHei +2AA-\0",
    "surrogates": FROM + b"Content-Type: text/plain; charset=utf-16\r\n\r\n\x00\xd8\x00\xdc",
    "a report of a million mails": REPORT + b"message/delivery-status\r\n\r\n" + b"Final-Recipient: x; a@b\r\n\r\n" * 200_000,
    "a report of a million addresses": REPORT + b"message/rfc822\r\n\r\n" + (b"To: " + b"a@b," * 900 + b"\r\n") * 1_500,
    "a report of headers": REPORT + b"text/rfc822-headers\r\n\r\n" + (b"To: " + b"a@b," * 900 + b"\r\n") * 1_500,
    "mails in mails": REPORT + b"message/rfc822\r\n\r\nContent-Type: " * 900,
    "two senders": b"From: a@b.example, c@d.example\r\n\r\nHei",
    "a report of nothing": FROM + b"Content-Type: multipart/report; report-type=delivery-status\r\n\r\n",
    "a report of rubbish": FROM
    + b"Content-Type: multipart/report; boundary=b\r\n\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n\xff\r\n--b--",
}  # fmt: skip


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_is_read_as_far_as_it_goes(name):
    began = time.process_time()
    handle(RUBBISH[name])
    assert time.process_time() - began < 8, "bounded, on the slowest machine"


def handle(raw: bytes) -> None:
    letter = letters.read(raw, Envelope())
    if letter:
        recognising.nature(letter, "talkoot.example")
        assert len(list(bounces._recipients(letter.message))) <= bounces.MOST_NAMED
        bounces._gone_for_good(letter.message)
        text = letters.text_of(letter)
        plain.unwrapped(cutting.cut(sealed.unsigned(text.words)))
        assert not letters.UNSTORABLE.search(text.words + letter.subject)
        attached.of(letter)
        assert (letter.sender, letter.recipients, letter.subject, letter.envelope_sender) is not None


PIECES = st.lists(
    st.sampled_from(
        [b"\r\n", b"\r\n\r\n", b"> ", b"--b", b"--b--", b"Content-Type: ", b"multipart/alternative; boundary=b", b"text/html",
         b"From: ", b"a@b.example", b"=?utf-8?b?", b"?=", b"<div>", b"<blockquote>", b"</p>", b"&amp;", b"wrote:", b"3.6.2026",
         b"\x00", b"\xff\xe4", b"Lahetetty", "Lähettäjä: ".encode(), b"-- ", b"; charset=", b"format=flowed", b" ", b"\t"]
    ) | st.binary(max_size=12),
    max_size=60,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(PIECES)
def test_no_mail_put_together_of_pieces_raises(pieces):
    handle(b"".join(pieces))


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab >|:-_*\n\r.@<>kirjotskevw"), max_size=300))
def test_cutting_never_raises_nor_adds_words(text):
    assert words(cutting.cut(text)) <= words(text)


def words(text: str) -> set[str]:
    return set(text.replace(">", " ").replace("|", " ").split())


@pytest.mark.parametrize("name", ["NULs", "30 MB", "deep", "random bytes", "a report of rubbish", "two senders"])
def test_the_door_says_what_became_of_it(take, shown, name):
    before = shown()
    assert take(RUBBISH[name]).kind in ("posted", "unreadable", "stranger", "bounce", "automatic", "refused")
    assert len(shown()) <= len(before) + 1


CHARSETS = {
    "iso-8859-1": ("Tämä on åäö.", "iso-8859-1", "iso-8859-1"),
    "windows-1252 called iso-8859-1": ("”Tämä” – on 5 €.", "windows-1252", "iso-8859-1"),
    "utf-8 called us-ascii": ("Tämä on åäö.", "utf-8", "us-ascii"),
    "utf-8 called iso-8859-1": ("Tämä on åäö.", "utf-8", "iso-8859-1"),
    "windows-1252 called utf-8": ("Tämä on åäö.", "windows-1252", "utf-8"),
    "nothing said": ("Tämä on åäö.", "utf-8", ""),
    "Cyrillic": ("Это фонарь.", "koi8-r", "koi8-r"),
    "Arabic": ("المصباح مظلم.", "windows-1256", "windows-1256"),
}


@pytest.mark.parametrize("name", CHARSETS)
def test_letters_are_what_they_were(name):
    text, charset, called = CHARSETS[name]
    kind = f"Content-Type: text/plain{f'; charset={called}' if called else ''}\r\n".encode()
    letter = letters.read(FROM + kind + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + text.encode(charset), Envelope())
    assert letters.text_of(letter).words.strip() == text


def test_a_mail_of_what_no_database_takes_is_refused_with_an_answer(take, english, shown, mails):
    before = shown()
    raw = f"{FROM.decode()}Subject: Valot päällä\0\r\n\r\n> Hei\0\r\n".encode()
    assert take(raw).detail == "empty"
    assert shown() == before
    assert [mail["Subject"] for mail in mails()] == ["Your reply was not published: Valot päällä"]


def test_an_address_that_is_longer_in_small_letters_than_any_may_be_is_none():
    assert letters.normalised("a@example.fi")
    assert letters.normalised("ΐ" * 32 + "@" + "a" * 60 + ("." + "b" * 60) * 2 + ".fi") == ""

"""Mails under a seal: what is encrypted is not published, and a signature is no part of the words."""

from __future__ import annotations

import pytest
from tests.core.mail import carrying, clients
from tests.core.mail.carrying import file

PGP = "-----BEGIN PGP MESSAGE-----\n\nhQEMA0\n=x\n-----END PGP MESSAGE-----\n"


@pytest.mark.parametrize(
    "raw",
    [
        carrying.headed("mixed", file(b"0\x80sealed", "smime.p7m", "pkcs7-mime")),
        carrying.headed("encrypted", file(b"Version: 1", "", "pgp-encrypted"), file(PGP.encode(), "encrypted.asc")),
        clients.message(PGP),
    ],
    ids=["S/MIME", "PGP/MIME", "PGP"],
)
def test_an_encrypted_mail_is_not_published_and_its_writer_told_so(take, english, shown, told, raw):
    before = shown()
    assert take(raw).detail == "sealed"
    assert shown() == before
    assert "The mail is encrypted" in told()


def test_a_signature_around_the_words_is_taken_off(take, newest, mails):
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nHei kaikki.\n\n- -- kaksi viivaa\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----\n"
    )
    assert take(clients.message(signed)).kind == "posted"
    assert newest().source.startswith("Hei kaikki.")
    assert "PGP" not in newest().source
    assert mails() == []

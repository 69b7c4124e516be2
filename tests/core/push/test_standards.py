"""Encryption and signature as the RFCs of web push write them, by their own examples."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from tests.core.push.browsers import SECRET, Browser, opened

from talkoot import clock
from talkoot.errors import SetupError
from talkoot.push import keys, sealing


def test_the_example_of_rfc_8291_is_opened():
    """Section 5 and Appendix A: what the tests open our messages with reads the standard's own."""
    browser, auth = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94", keys.decoded("BTBZMqHH6r4Tts7J_aSIgg")
    key = ec.derive_private_key(int.from_bytes(keys.decoded(browser), "big"), ec.SECP256R1())
    body = keys.decoded(
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )
    assert opened(body, key, auth) == b"When I grow up, I want to be a watermelon"


@pytest.mark.parametrize("words", ["", "Katuvalot", "ä" * 800])
def test_the_browser_opens_it_and_its_length_tells_little(words):
    browser = Browser()
    given = browser.given
    body = sealing.sealed(json.dumps({"title": words}, ensure_ascii=False).encode(), given.p256dh, given.auth)
    assert browser.opened(body) == {"title": words}
    assert (len(body) - 86 - 1 - 16) % 256 == 0, "padded"
    assert len(body) <= 4096


def test_no_message_is_encrypted_like_another():
    given = Browser().given
    assert len({sealing.sealed(b"{}", given.p256dh, given.auth) for _ in range(3)}) == 3


@pytest.mark.parametrize("host", ["https://fcm.googleapis.com", "https://web.push.apple.com"])
def test_the_signed_note_is_for_one_service_and_some_hours(push_app, host):
    """RFC 8292: an ES256 token with audience, end and contact, and the public key that browsers were given."""
    said = keys.authorization(push_app.settings, f"{host}:443/send/abc?x=1")
    assert said.startswith("vapid t=")
    token, key = said.removeprefix("vapid t=").split(",k=")
    signed, _, signature = token.rpartition(".")
    head, claims = (json.loads(keys.decoded(part)) for part in signed.split("."))
    assert head == {"typ": "JWT", "alg": "ES256"}
    assert claims["aud"] == host
    assert 0 < claims["exp"] - clock.now().timestamp() < 24 * 3600
    assert claims["sub"] == "https://forum.example"
    raw = keys.decoded(signature)
    assert len(raw) == 64
    r, s = (int.from_bytes(part, "big") for part in (raw[:32], raw[32:]))
    point = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), keys.decoded(key))
    point.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(SHA256()))  # raises when it is another's
    assert key == keys.public(SECRET)


def test_while_the_address_is_on_this_machine_the_contact_is_the_mail_domains_keeper(push_app):
    settings = replace(push_app.settings, public_url="http://localhost:8000", mail_domain="example.fi")
    token = keys.authorization(settings, "https://fcm.googleapis.com/x").removeprefix("vapid t=")
    assert json.loads(keys.decoded(token.split(".")[1]))["sub"] == "mailto:postmaster@example.fi"


def test_new_keys_are_keys_and_what_is_none_is_said_plainly():
    assert len(keys.public(keys.new_secret())) == 87
    for wrong in ("AA", "A" * 60, "not a key", "ä"):
        with pytest.raises(SetupError, match="talkoot push key"):
            keys.signer(wrong)

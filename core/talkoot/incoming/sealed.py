"""Mails that are signed or encrypted (RFC 8551, RFC 3156, RFC 9580): signatures are passed over, what is encrypted is not read."""

from __future__ import annotations

import re
from email.message import Message

from talkoot.incoming.letters import Letter, name_of, parts

SIGNATURES = ("pkcs7-signature", "x-pkcs7-signature", "pgp-signature", "pgp-keys")
ENCRYPTED = ("pkcs7-mime", "x-pkcs7-mime", "pgp-encrypted")
NAMED = re.compile(r"(smime\.p7[ms]|signature\.asc|encrypted\.asc|OpenPGP_.*\.asc)", re.IGNORECASE)
ARMOUR = "-----BEGIN PGP MESSAGE-----"
SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[A-Za-z]+: [^\n]*\n)*+\n?((?:(?!\n-----BEGIN PGP ).)*+)\n"
    r"-----BEGIN PGP SIGNATURE-----.*?(?:-----END PGP SIGNATURE-----|\Z)",
    re.DOTALL,
)


def belongs_to(part: Message) -> bool:
    """Whether a part is a signature, a key, or the mail itself under a seal: nothing that somebody has attached."""
    return part.get_content_subtype() in SIGNATURES + ENCRYPTED or bool(NAMED.fullmatch(name_of(part)))


def is_encrypted(letter: Letter, text: str) -> bool:
    """Whether the words of the mail are under a seal; they may be signed only, which cannot be told without opening it."""
    return ARMOUR in text or any(part.get_content_subtype() in ENCRYPTED for part in parts(letter.message))


def unsigned(text: str) -> str:
    """The text without the lines that a signature puts around it."""
    return SIGNED.sub(lambda found: re.sub(r"(?m)^- (?=-)", "", found[1]), text.replace("\r\n", "\n"))

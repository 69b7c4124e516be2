"""Mail that no person has just written to us: bounces, automatic answers, lists, and our own. None of it is answered (RFC 3834)."""

from __future__ import annotations

import re
from email.message import Message

from talkoot.incoming.letters import Letter, addresses_in, header
from talkoot.mail.messages import LOOP

BOUNCE, AUTOMATIC, LIST, OWN = "bounce", "automatic", "list", "own"
OWN_ID = re.compile(r"<[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@")  # as mail/messages.py makes them
ABSENT = re.compile(
    r"\s*(automaattinen (vastaus|vastausviesti)|automaattivastaus|poissaolo\w*|poissa (toimistosta|töistä)|olen (lomalla|poissa)"
    r"|lomavastaus|autosvar|automatiskt svar|frånvaro\w*|frånvarande|semestersvar|jag är på semester"
    r"|auto(matic)?[- ]?(reply|response)|out of (the )?office|on vacation|vacation reply)\b",
    re.IGNORECASE,
)
FAILED = re.compile(
    r"\s*(undeliver(ed|able)|delivery (status notification|failure|has failed)|mail delivery failed|returned mail|failure notice"
    r"|viestiä ei voitu toimittaa|toimittamaton|det gick inte att leverera|kan inte levereras)",
    re.IGNORECASE,
)


def nature(letter: Letter, mail_domain: str) -> str:
    """BOUNCE, AUTOMATIC, LIST or OWN; "" when somebody seems to have written it."""
    message = letter.message
    if _is_own(message, letter.identity, mail_domain):
        return OWN
    if _is_report(message) or (_from_a_daemon(message, letter.envelope_sender) and FAILED.match(letter.subject)):
        return BOUNCE
    if (
        letter.envelope_sender == ""
        or _from_a_daemon(message, None)
        or _says_so(message)
        or ABSENT.match(letter.subject)
    ):
        return AUTOMATIC
    return LIST if any(header(message, name) for name in ("list-id", "list-post", "mailing-list")) else ""


def _is_own(message: Message, identity: str, mail_domain: str) -> bool:
    own_id = bool(OWN_ID.match(identity.lower())) and identity.lower().endswith(f"@{mail_domain.lower()}>")
    return own_id or bool(header(message, LOOP.lower()))


def _is_report(message: Message) -> bool:
    """RFC 3462: a report about a mail, of any kind."""
    return message.get_content_type() == "multipart/report"


def _from_a_daemon(message: Message, envelope_sender: str | None) -> bool:
    local = [address.partition("@")[0].lower() for address in addresses_in(message, "from")]
    return envelope_sender == "" or any(name in ("mailer-daemon", "postmaster", "mail-daemon") for name in local)


def _says_so(message: Message) -> bool:
    """Headers by which programs say that they wrote it: RFC 3834, and what came before it."""
    submitted = header(message, "auto-submitted").partition(";")[0].strip().lower()
    precedence = header(message, "precedence").lower()
    marked = any(header(message, name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"))
    return (submitted not in ("", "no")) or precedence in ("bulk", "junk", "list", "auto_reply") or marked

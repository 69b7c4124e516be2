"""A mail as it came: its headers decoded, its readable text, what hangs on it. Rubbish is read as far as it goes.

The older of the standard library's two ways to read mail: the newer one raises on headers that are not well-formed, and
takes minutes for one that is long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from itertools import islice

from talkoot.errors import InvalidError
from talkoot.incoming import plain
from talkoot.people.accounts import normalise_email

LARGEST = 25 * 1024 * 1024  # what the largest mail services let through
LARGEST_HEAD, LONGEST_HEADER, MOST_HEADERS = 256 * 1024, 4_000, 500
LONGEST_TEXT = 200_000  # characters looked at: a correspondence of years hangs below some answers
MOST_PARTS, DEEPEST = 200, 20
MOST_STEPS = 10_000_000  # lines, ten times each and once more for each multipart: every one's boundary is looked for in every line
MULTIPART = re.compile(rb"multipart/", re.IGNORECASE)
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # no database takes them
UNTOLD = ("text/calendar", "message/delivery-status")  # an invitation and a report, beside the same in words
CHARSETS = re.compile(
    r"(us-?ascii|utf-?(7|8|16|32)|iso-?8859|latin|windows-?125|cp125|koi8|gb|big5|euc-|shift_jis|iso-2022)"
)


@dataclass(frozen=True)
class Envelope:
    """What the mail server said: `sender` is "" for mail about mail and None when it did not say."""

    recipients: tuple[str, ...] = ()
    sender: str | None = None


@dataclass(frozen=True)
class Text:
    """The readable part. `wrapped`: its lines were broken where they were full."""

    words: str
    wrapped: bool = False


@dataclass(frozen=True)
class Letter:
    """A mail that could be read."""

    message: Message
    envelope: Envelope

    @property
    def sender(self) -> str:
        """The one address in From, normalised; "" when there is none or more than one."""
        found = addresses_in(self.message, "from")
        return normalised(found[0]) if len(found) == 1 else ""

    @property
    def envelope_sender(self) -> str | None:
        """Where mail about this mail goes: "" nowhere, None when nobody said."""
        if self.envelope.sender is not None:
            return normalised(self.envelope.sender)
        path = header(self.message, "return-path")
        return normalised(path.strip("<> ")) if path else None

    @property
    def recipients(self) -> tuple[str, ...]:
        """Whom it was delivered to, as far as the mail server or the headers tell."""
        names = ("delivered-to", "x-original-to", "envelope-to", "to", "cc")
        return self.envelope.recipients or tuple(a for name in names for a in addresses_in(self.message, name))

    @property
    def subject(self) -> str:
        return header(self.message, "subject")[:200]

    @property
    def identity(self) -> str:
        """Its Message-ID; "" when the sender's program gave none."""
        return header(self.message, "message-id").strip()


def read(raw: bytes, envelope: Envelope) -> Letter | None:
    """The mail; None when it is too large or cannot be a mail."""
    head = re.split(rb"\r?\n\r?\n", raw[: LARGEST_HEAD + 4], maxsplit=1)[0]
    if len(raw) > LARGEST or len(head) > LARGEST_HEAD or head.count(b"\n") > MOST_HEADERS:
        return None
    if max(raw.count(b"\n"), raw.count(b"\r")) * (10 + len(MULTIPART.findall(raw))) > MOST_STEPS:
        return None
    try:
        message = message_from_bytes(raw)
        return Letter(message, envelope) if sum(1 for _ in parts(message)) <= MOST_PARTS else None
    except (RecursionError, ValueError, LookupError, TypeError):  # parts in parts in parts
        return None


def text_of(letter: Letter) -> Text:
    """What the writer and their mail program wrote, quotations included; HTML is turned into text."""
    found = [text for _, text in _bodies(letter.message, 0)]
    return Text("\n".join(text.words for text in found)[:LONGEST_TEXT], any(text.wrapped for text in found))


def name_of(part: Message) -> str:
    """What the sender's program calls an attachment, in one line; "" when it has no name."""
    return "".join(c for c in " ".join(_decoded(_asked(part.get_filename)).split()) if c.isprintable())[:60].strip()


def header(message: Message, name: str) -> str:
    """The first header of this name, decoded; "" when there is none."""
    return next(headers(message, name), "")


def headers(message: Message, name: str) -> Iterator[str]:
    """Every header of this name, decoded and in one line, each cut where no honest one is so long."""
    for given, value in message.raw_items():
        if given.lower() == name:
            yield " ".join(_decoded(str(value)[:LONGEST_HEADER]).split())


def addresses_in(message: Message, name: str) -> list[str]:
    """The addresses in the headers of this name. Decoded after they are found, so that no name can pose as one."""
    looked_at = islice(message.raw_items(), MOST_HEADERS)  # a mail that hangs on this one may have more
    values = [str(value)[:LONGEST_HEADER] for given, value in looked_at if given.lower() == name]
    try:
        return [address for _, address in getaddresses(values) if "@" in address]
    except RecursionError:  # comments in comments in comments
        return []


def normalised(address: str) -> str:
    """The address as accounts have it; "" when it cannot be one."""
    try:
        return normalise_email(address)
    except InvalidError:
        return ""


def _asked(parameter: Callable[[], str | None]) -> str:
    """A parameter of a header; "" when there is none, or it is written in what is no charset (RFC 2231)."""
    try:
        return UNSTORABLE.sub("", parameter() or "")
    except ValueError:
        return ""


def _decoded(value: str) -> str:
    value = decoded(value.encode("utf-8", "surrogateescape"), "")  # bytes as they came: some programs encode nothing
    try:
        pieces = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return value
    return "".join(piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces)


def decoded(data: bytes, charset: str) -> str:
    """Text of bytes: as declared, else UTF-8, else what old Windows programs write. Never raises, and can be stored.

    What is called ISO 8859-1 is read as Windows-1252, as browsers do: the characters it adds have no other use.
    """
    declared = charset.strip().strip("\"'").lower()
    if re.fullmatch(r"(iso-?8859-?1|latin-?1|us-?ascii)", declared):
        declared = "utf-8" if _is_utf8(data) else "windows-1252"
    for name in (declared, "utf-8"):
        if CHARSETS.match(name):
            try:
                return UNSTORABLE.sub("", data.decode(name))
            except (UnicodeError, LookupError):
                continue
    return data.decode("windows-1252", errors="replace").replace("\0", "")


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def parts(message: Message) -> Iterator[Message]:
    """All parts, those of mails that hang on it left out; raises ValueError when they lie too deep."""
    waiting = [(message, 0)]
    while waiting:
        part, depth = waiting.pop(0)
        if depth > DEEPEST:
            raise ValueError("parts lie too deep")
        yield part
        if part.get_content_maintype() == "multipart" and part.is_multipart():
            waiting += [(inner, depth + 1) for inner in part.get_payload() if isinstance(inner, Message)]


def _bodies(part: Message, depth: int) -> Iterator[tuple[str, Text]]:
    """What a mail program would show as the mail itself, each way of saying it once and by its kind; nothing that is empty."""
    kind = part.get_content_type()
    if part.is_multipart() and kind.startswith("multipart/") and depth < DEEPEST:
        inner = [p for p in part.get_payload() if isinstance(p, Message)]
        if kind == "multipart/alternative":
            yield from _best([list(_bodies(one, depth + 1)) for one in inner])
            return
        if kind in ("multipart/signed", "multipart/related"):
            inner = inner[:1]
        for one in inner:
            yield from _bodies(one, depth + 1)
    elif kind in ("text/plain", "text/html") and not hangs_on(part) and (text := _text(part)).words.strip():
        yield kind, text


def _best(versions: list[list[tuple[str, Text]]]) -> list[tuple[str, Text]]:
    """Plain text when it says anything, else the first that does."""
    said = [version for version in versions if version]
    plainly = [version for version in said if all(kind == "text/plain" for kind, _ in version)]
    return next(iter(plainly or said), [])


def source_of(part: Message) -> str:
    """What stands in a text part, in whatever markup."""
    return decoded(content_of(part), _asked(part.get_content_charset))[:LONGEST_TEXT]


def content_of(part: Message) -> bytes:
    """The bytes of a part, as they were before they were written for the way; b"" for one that holds other parts."""
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _text(part: Message) -> Text:
    words = source_of(part)
    if part.get_content_type() == "text/html":
        return Text(plain.from_html(words))
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        return Text(plain.unflowed(words, del_sp=str(part.get_param("delsp", "")).lower() == "yes"))
    return Text(words, wrapped=True)


def hangs_on(part: Message) -> bool:
    """Whether a part is something beside the text of the mail: an attachment, or a picture that its text shows."""
    if part.get_content_maintype() == "multipart" or part.get_content_type() in UNTOLD:
        return False
    if part.get_content_maintype() != "text" or part.get_content_disposition() == "attachment":
        return True
    return part.get_content_type() in ("text/plain", "text/html") and bool(_asked(part.get_filename))

"""Composing and sending one mail: text and HTML parts, the tenant's name as sender, a Message-ID that a retry repeats."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Mapping
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import css_inline
from jinja2 import Environment

from talkoot import clock, i18n
from talkoot.config import Settings
from talkoot.incoming.addresses import return_address
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

SMTP_SECONDS = 20
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
REPLIED = "auto-replied"
LOOP = "X-Talkoot-Loop"  # a mail that has it is no reply, whoever sends it on


class HeaderKinds(HeaderRegistry):
    """Python's kinds of headers, each made once: it makes a class at every look, twenty of them for a mail."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[str, Any] = {}
        self.read = lru_cache(maxsize=64)(super().__call__)

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = super().__getitem__(name)
        return self._made[name]

    def __call__(self, name: str, value: Any) -> Any:
        """Those that tell of a part's content are the same in every mail, and are read six times while one is put together."""
        return self.read(name, value) if name.lower().startswith("content-") else super().__call__(name, value)


class AsWritten(EmailPolicy):
    """Keeps a header that is a line of ASCII as it was given: to take it apart only to write it again is a tenth of a mail.

    But for those that tell of the content, which are read again and again while a mail is put together.
    """

    def header_store_parse(self, name: str, value: Any) -> tuple[str, Any]:
        plain = isinstance(value, str) and value.isascii() and value.isprintable()
        if plain and not name.lower().startswith("content-"):
            return name, value
        return super().header_store_parse(name, value)


# Python's default writes what is longer than 78 characters and cannot be divided, such as the address that unsubscribes,
# as an encoded word, which no mail program reads as an address. The limit of RFC 5322 is 998.
LONG_LINES = AsWritten(max_line_length=900, header_factory=HeaderKinds())


def compose(
    app: Talkoot,
    tenant: Tenant | None,
    *,
    to: str,
    language: str,
    template: str,
    job: UUID,
    headers: Mapping[str, str] | None = None,
    replied: bool = False,
    **context: Any,
) -> EmailMessage:
    """The mail of `templates/mail/<template>.txt` and `.html`; its first line is the subject. `headers`: further ones.

    `replied`: it answers a mail by itself, so nothing may answer it (RFC 3834).
    Names that hold addresses or line breaks cannot become links or headers: they are cleaned, and autoescaped in HTML.
    """
    with i18n.speaking(language):
        everything = {
            "tenant": tenant,
            "site": tenant.name(language) if tenant else app.settings.installation_name,
            "language": language,
            "direction": i18n.direction(language),
            **context,
        }
        plain = _environment(app).get_template(f"mail/{template}.txt").render(everything)
        html = _environment(app).get_template(f"mail/{template}.html").render(everything)
    subject, _, body = plain.partition("\n")
    message = EmailMessage(policy=LONG_LINES)
    message["Subject"] = CONTROL.sub(" ", subject).strip()
    message["From"] = Address(CONTROL.sub(" ", everything["site"]), "noreply", app.settings.mail_domain)
    message["To"] = to
    for name, value in (headers or {}).items():
        message[name] = CONTROL.sub(" ", value)
    if "Reply-To" not in message and tenant and (reply_to := tenant.setting("mail.reply_to")):
        message["Reply-To"] = reply_to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{job}@{app.settings.mail_domain}>"
    message["Auto-Submitted"] = REPLIED if replied else "auto-generated"
    message[LOOP] = app.settings.mail_domain
    message.set_content(body.strip() + "\n")
    message.make_alternative(boundary=f"={job.hex}=")  # else one is looked for that is in no part
    message.add_alternative(css_inline.inline(html) if "<style" in html else html, subtype="html")
    return message


def send(app: Talkoot, message: EmailMessage) -> None:
    """Hand the mail to the server of `mail_url`, or keep it in the instance folder (`mailbox:`). Raises on failure."""
    url = urlsplit(app.settings.mail_url)
    if url.scheme == "mailbox":
        folder = mailbox(app)
        folder.mkdir(parents=True, exist_ok=True)
        name = re.sub(r"[^0-9a-f-]", "", str(message["Message-ID"]).partition("@")[0])
        (folder / f"{name}.eml").write_bytes(message.as_bytes())
        return
    with _connected(url) as server:
        server.send_message(message, from_addr=_envelope_sender(app.settings, message))


def _envelope_sender(settings: Settings, message: EmailMessage) -> str | None:
    """Where the mail comes back to if nobody takes it: nowhere for an automatic reply (RFC 3834), else where it is counted."""
    if message["Auto-Submitted"] == REPLIED:
        return ""
    return return_address(settings, str(message["To"]))


def _connected(url: SplitResult) -> smtplib.SMTP:
    """The mail server: `smtps:` speaks TLS from the start, `smtp+starttls:` from the greeting on, `smtp:` not at all."""
    host, secure = url.hostname or "localhost", ssl.create_default_context()
    if url.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, url.port or 465, timeout=SMTP_SECONDS, context=secure)
    else:
        server = smtplib.SMTP(host, url.port or (587 if url.scheme == "smtp+starttls" else 25), timeout=SMTP_SECONDS)
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=secure)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
    except (OSError, smtplib.SMTPException):
        server.close()
        raise
    return server


def mailbox(app: Talkoot) -> Path:
    """Where mail is kept when there is no mail server: the demo's mailbox page reads it."""
    return app.settings.instance / "mailbox"


def _environment(app: Talkoot) -> Environment:
    return app.jinja_env

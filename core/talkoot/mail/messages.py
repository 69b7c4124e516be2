"""Composing and sending one mail: text and HTML parts, the tenant's name as sender, a Message-ID that a retry repeats."""

from __future__ import annotations

import re
import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, unquote, urlsplit
from uuid import UUID

import css_inline
from jinja2 import Environment

from talkoot import clock, i18n
from talkoot.tenants.tenant import Tenant

if TYPE_CHECKING:
    from talkoot.app import Talkoot

SMTP_SECONDS = 20
CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def compose(
    app: Talkoot, tenant: Tenant | None, *, to: str, language: str, template: str, job: UUID, **context: Any
) -> EmailMessage:
    """The mail of `templates/mail/<template>.txt` and `.html`; its first line is the subject.

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
    message = EmailMessage()
    message["Subject"] = CONTROL.sub(" ", subject).strip()
    message["From"] = Address(CONTROL.sub(" ", everything["site"]), "noreply", app.settings.mail_domain)
    message["To"] = to
    if tenant and (reply_to := tenant.setting("mail.reply_to")):
        message["Reply-To"] = reply_to
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{job}@{app.settings.mail_domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body.strip() + "\n")
    message.add_alternative(css_inline.inline(html), subtype="html")
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
        server.send_message(message)


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

"""Replies with files, as common mail programs put them together. The pictures are ours."""

from __future__ import annotations

import io
import random
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from functools import lru_cache

from PIL import Image
from tests.core.mail import clients


@lru_cache(maxsize=16)
def photo(kind: str = "JPEG", size: tuple[int, int] = (640, 480), seed: int = 1) -> bytes:
    """A picture of fields in many colours: like a photograph it cannot be packed into a few bytes."""
    fields = Image.frombytes("RGB", (40, 30), random.Random(seed).randbytes(40 * 30 * 3))
    out = io.BytesIO()
    fields.resize(size, Image.Resampling.BICUBIC).save(out, kind)
    return out.getvalue()


def image(data: bytes, name: str = "", cid: str = "", disposition: str = "attachment", kind: str = "jpeg") -> MIMEImage:
    part = MIMEImage(data, kind, name=name) if name else MIMEImage(data, kind)
    if disposition:
        part.add_header("Content-Disposition", disposition, **({"filename": name} if name else {}))
    if cid:
        part.add_header("Content-ID", f"<{cid}>")
    return part


def file(data: bytes, name: str, kind: str = "octet-stream") -> MIMEBase:
    part = MIMEApplication(data, kind)
    part.add_header("Content-Disposition", "attachment", filename=name)
    return part


def forwarded(subject: str) -> MIMEBase:
    inner = EmailMessage()
    inner["Subject"] = subject
    inner.set_content("Inside.")
    inner.add_attachment(photo(), "image", "jpeg", filename="inside.jpg")
    part = MIMEBase("message", "rfc822")
    part.attach(inner)
    return part


def mixed(text: str, *parts: MIMEBase | MIMEText, identity: str = "answer-2", kind: str = "mixed") -> bytes:
    """A text and what hangs on it."""
    return headed(kind, MIMEText(text), *parts, identity=identity)


def headed(kind: str, *parts: MIMEBase | MIMEText, identity: str = "answer-2") -> bytes:
    made = MIMEMultipart(kind)
    made["From"], made["To"] = f"Resident Testinen <{clients.SENDER}>", "reply@talkoot.example"
    made["Subject"], made["Date"] = "Re: Katuvalot", "Wed, 03 Jun 2026 12:10:00 +0300"
    made["Message-ID"] = f"<{identity}@mailer.example>"
    for part in parts:
        made.attach(part)
    return made.as_bytes()


def alternatives(plain: str, html: str) -> MIMEMultipart:
    made = MIMEMultipart("alternative")
    made.attach(MIMEText(plain))
    made.attach(MIMEText(html, "html"))
    return made


# --- programs -----------------------------------------------------------------------------------------------------------


def iphone(data: bytes, name: str = "IMG_2041.jpeg") -> bytes:
    """Words, the picture, and what stands below it, one after the other."""
    below = f"\n\n{clients.IPHONE['fi']}\n\n{clients.APPLE['fi']}\n\n{clients.quoted(clients.NOTICE['fi'])}\n"
    return mixed("Tässä lamppu:\n\n", image(data, name, disposition="inline"), MIMEText(below))


def gmail_attached(data: bytes, name: str = "20260603_120311.jpg") -> bytes:
    plain = f"{clients.ANSWER['fi']}\n\n{clients.GMAIL['fi']}\n\n{clients.quoted(clients.NOTICE['fi'])}\n"
    body = alternatives(plain, clients.gmail_html("fi"))
    return headed("mixed", body, image(data, name, cid="f_lx0a1b2c0"))


def gmail_inline(data: bytes, quoted: bytes) -> bytes:
    """A picture among the words, another one in what is quoted, and a logo that leads to a shop."""
    plain = (
        f"Tässä lamppu:\n\n[image: lamppu.jpg]\n\n{clients.GMAIL['fi']}\n\n"
        f"{clients.quoted([*clients.NOTICE['fi'], '[image: vanha.jpg]'])}\n"
    )
    html = (
        '<div dir="ltr">Tässä lamppu:<div><br></div><div><img src="cid:ii_own" alt="lamppu.jpg" width="562" height="421"></div>'
        '<a href="https://shop.example"><img src="cid:ii_shop" alt="shop.png" width="300" height="200"></a></div><br>'
        f'<div class="gmail_quote"><div class="gmail_attr">{clients.GMAIL["fi"]}</div><blockquote class="gmail_quote">'
        '<p>Koulun edessä on pimeää.</p><img src="cid:ii_old" alt="vanha.jpg" width="562"></blockquote></div>'
    )
    related = MIMEMultipart("related")
    related.attach(alternatives(plain, html))
    for part in (("lamppu.jpg", "ii_own", data), ("vanha.jpg", "ii_old", quoted), ("shop.png", "ii_shop", quoted)):
        name, cid, content = part
        related.attach(image(content, name, cid=cid, disposition="inline"))
    return headed("mixed", related)


def outlook_inline(data: bytes, logo: bytes) -> bytes:
    """A picture among the words, and one in the signature, as Outlook calls both."""
    lead = (
        '<p class="MsoNormal"><img width="640" height="480" src="cid:image001.jpg@01DCF3A1.0C5F6E10" alt="Lamppu"></p>'
        '<div id="Signature"><p>Terveisin Testinen</p>'
        '<p><img width="320" height="180" src="cid:image002.png@01DCF3A1.0C5F6E10" alt="Vaakuna"></p></div>'
    )
    related = MIMEMultipart("related")
    related.attach(
        alternatives(
            f"{clients.ANSWER['fi']}\n\n[cid:image001.jpg@01DCF3A1.0C5F6E10]\n\n", clients.outlook_html("fi", lead)
        )
    )
    related.attach(image(data, "image001.jpg", cid="image001.jpg@01DCF3A1.0C5F6E10", disposition="inline"))
    related.attach(image(logo, "image002.png", cid="image002.png@01DCF3A1.0C5F6E10", disposition="inline", kind="png"))
    return headed("mixed", related)


def signed(data: bytes) -> bytes:
    """S/MIME and PGP at once: a signature, and a key that Thunderbird sends along."""
    inner = MIMEMultipart("mixed")
    inner.attach(MIMEText("Tässä lamppu, allekirjoitettuna."))
    inner.attach(image(data, "IMG_1.jpg"))
    inner.attach(file(b"-----BEGIN PGP PUBLIC KEY BLOCK-----", "OpenPGP_0x12AB.asc", "pgp-keys"))
    return headed("signed", inner, file(b"0\x80signature", "smime.p7s", "pkcs7-signature"))

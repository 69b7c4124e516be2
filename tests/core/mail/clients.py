"""Answers to a notice as common mail programs write them, in three languages. The words are ours, the people made up."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from talkoot.incoming.phrases import mark

SENDER = "resident@kokkola.example"
SITE = {"fi": "Kokkola", "sv": "Karleby", "en": "Kokkola"}
FROM = "noreply@talkoot.example"
ANSWER = {
    "fi": "Kiitos tiedosta!\n\nKäyn katsomassa lamppua huomenna ja kerron täällä, mitä löysin.",
    "sv": "Tack för informationen!\n\nJag går och tittar på lampan i morgon och berättar här vad jag hittade.",
    "en": "Thank you for telling us!\n\nI will look at the lamp tomorrow and say here what I found.",
}
NOTICE = {
    "fi": [mark("fi"), "", "Aino Esimerkki kirjoitti aiheeseen Katuvalot:", "", "Koulun edessä on pimeää.",
           "Kuka korjaa lampun?", "", "Avaa keskustelu: https://forum.example.fi/topics/12", "--", "Kokkola"],
    "sv": [mark("sv"), "", "Aino Exempel skrev i ämnet Gatljus:", "", "Det är mörkt framför skolan.",
           "Vem reparerar lampan?", "", "Öppna diskussionen: https://forum.example.fi/topics/12", "--", "Karleby"],
    "en": [mark("en"), "", "Aino Example wrote in the topic Street lights:", "", "It is dark in front of the school.",
           "Who mends the lamp?", "", "Open the discussion: https://forum.example.fi/topics/12", "--", "Kokkola"],
}  # fmt: skip


def message(plain: str | None, html: str | None = None, *, flowed: bool = False, charset: str = "utf-8") -> bytes:
    """A mail with these bodies, as it goes over the wire."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"] = f"Resident Testinen <{SENDER}>", "reply@talkoot.example"
    made["Subject"], made["Date"] = "Re: Katuvalot", "Wed, 03 Jun 2026 12:10:00 +0300"
    made["Message-ID"] = "<answer-1@mailer.example>"
    if plain is not None:
        made.set_content(plain, charset=charset, cte="8bit" if flowed else None)
        if flowed:
            made.set_param("format", "flowed")
    if html is not None and plain is not None:
        made.add_alternative(html, subtype="html")
    elif html is not None:
        made.set_content(html, subtype="html", charset=charset)
    return made.as_bytes()


def quoted(lines: list[str], marks: str = "> ") -> str:
    return "\n".join(f"{marks}{line}".rstrip() for line in lines)


def paragraphs(text: str, tag: str = "div") -> str:
    return "".join(f"<{tag}>{escape(line) or '<br>'}</{tag}>" for line in text.split("\n"))


# --- Gmail ------------------------------------------------------------------------------------------------------------

GMAIL = {
    "fi": f"ke 3. kesäk. 2026 klo 12.00 {SITE['fi']} ({FROM})\nkirjoitti:",
    "sv": f"Den ons 3 juni 2026 kl 12:00 skrev {SITE['sv']} <\n{FROM}>:",
    "en": f"On Wed, 3 Jun 2026 at 12:00, {SITE['en']} <{FROM}>\nwrote:",
}


def gmail_html(language: str) -> str:
    lead = escape(GMAIL[language].replace("\n", " "))
    notice = "".join(f"<p>{escape(line)}</p>" for line in NOTICE[language] if line)
    return (
        f'<div dir="ltr">{paragraphs(ANSWER[language])}</div><br><div class="gmail_quote gmail_quote_container">'
        f'<div dir="ltr" class="gmail_attr">{lead}<br></div><blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex">'
        f"{notice}</blockquote></div>"
    )


def gmail(language: str) -> bytes:
    plain = f"{ANSWER[language]}\n\n{GMAIL[language]}\n\n{quoted(NOTICE[language])}\n"
    return message(plain, gmail_html(language))


def gmail_html_only(language: str) -> bytes:
    return message(None, gmail_html(language))


# --- Outlook ----------------------------------------------------------------------------------------------------------

HEADS = {
    "fi": ("Lähettäjä", "Lähetetty", "Vastaanottaja", "Aihe", "keskiviikko 3. kesäkuuta 2026 12.00"),
    "sv": ("Från", "Skickat", "Till", "Ämne", "den 3 juni 2026 12:00"),
    "en": ("From", "Sent", "To", "Subject", "Wednesday, 3 June 2026 12:00"),
}


def heads(language: str) -> list[tuple[str, str]]:
    sender, sent, to, subject, when = HEADS[language]
    return [(sender, f"{SITE[language]} <{FROM}>"), (sent, when), (to, f"Testinen <{SENDER}>"), (subject, "Katuvalot")]


def outlook_html(language: str, lead: str = "") -> str:
    head = "<br>".join(f"<b>{escape(name)}:</b> {escape(value)}" for name, value in heads(language))
    return (
        '<html><head><style>p.MsoNormal {margin:0cm}</style></head><body><div class="WordSection1">'
        f'{paragraphs(ANSWER[language], "p")}{lead}<p class="MsoNormal"><o:p>&nbsp;</o:p></p>'
        '<div><div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">'
        f'<p class="MsoNormal">{head}</p></div></div>{paragraphs(chr(10).join(NOTICE[language]), "p")}</div></body></html>'
    )


def outlook(language: str) -> bytes:
    """Its plain part has the sender in bold, between asterisks, and nothing quoted is marked."""
    head = "\n".join(f"*{name}:* {value}" for name, value in heads(language))
    plain = f"{ANSWER[language]}\n\n\n{head}\n\n" + "\n".join(NOTICE[language])
    return message(plain, outlook_html(language))


def outlook_html_only(language: str) -> bytes:
    return message(None, outlook_html(language))


def old_outlook(language: str) -> bytes:
    head = "\n".join(f"{name}: {value}" for name, value in heads(language))
    below = "\n".join(NOTICE[language][3:])  # an answer to a mail that had no line of ours, as those to a digest
    return message(f"{ANSWER[language]}\n\n________________________________\n{head}\n\n{below}")


OUTLOOK_PHONE = {"fi": "Hae Outlook for iOS", "sv": "Hämta Outlook för iOS", "en": "Get Outlook for iOS"}


def outlook_phone(language: str) -> bytes:
    head = "<br>".join(f"<b>{escape(name)}:</b> {escape(value)}" for name, value in heads(language))
    link = f'<a href="https://aka.example/o0ukef">{OUTLOOK_PHONE[language]}</a>'
    html = (
        f'{paragraphs(ANSWER[language])}<div><br></div><div id="ms-outlook-mobile-signature">{link}</div>'
        '<hr style="display:inline-block;width:98%" tabindex="-1"><div id="divRplyFwdMsg" dir="ltr">'
        f"<font>{head}</font><div>&nbsp;</div></div>{paragraphs(chr(10).join(NOTICE[language]))}"
    )
    return message(None, html)


# --- Apple ------------------------------------------------------------------------------------------------------------

APPLE = {
    "fi": f"{SITE['fi']} <{FROM}> kirjoitti 3.6.2026 kello 12.00:",
    "sv": f"3 juni 2026 kl. 12:00 skrev {SITE['sv']} <{FROM}>:",
    "en": f"On 3 Jun 2026, at 12:00, {SITE['en']} <{FROM}> wrote:",
}
IPHONE = {"fi": "Lähetetty iPhonesta", "sv": "Skickat från min iPhone", "en": "Sent from my iPhone"}


def apple_mail(language: str) -> bytes:
    return message(f"{ANSWER[language]}\n\n> {APPLE[language]}\n> \n{quoted(NOTICE[language])}\n", flowed=True)


def iphone(language: str) -> bytes:
    lead = f"{APPLE[language]}\n\n{quoted(NOTICE[language])}\n"
    return message(f"{ANSWER[language]}\n\n{IPHONE[language]}\n\n{lead}", flowed=True)


# --- Thunderbird, K-9, FairEmail, Samsung -----------------------------------------------------------------------------

THUNDERBIRD = {
    "fi": "3.6.2026 12.00, Kokkola kirjoitti:",
    "sv": "Den 2026-06-03 kl. 12:00, skrev Karleby:",
    "en": "On 03/06/2026 12:00, Kokkola wrote:",
}


def thunderbird(language: str) -> bytes:
    return message(f"{ANSWER[language]}\n\n{THUNDERBIRD[language]}\n{quoted(NOTICE[language])}\n", flowed=True)


def thunderbird_html(language: str) -> bytes:
    html = (
        f"<p>{'</p><p>'.join(escape(p) for p in ANSWER[language].split(chr(10) * 2))}</p>"
        f'<div class="moz-cite-prefix">{THUNDERBIRD[language]}<br></div>'
        f'<blockquote type="cite">{paragraphs(chr(10).join(NOTICE[language]), "p")}</blockquote>'
    )
    return message(None, html)


K9 = {
    "fi": f"{SITE['fi']} <{FROM}> kirjoitti 3. kesäkuuta 2026 12.00.00 GMT+03:00:",
    "sv": f"Den 3 juni 2026 12:00:00 EEST, {SITE['sv']} <{FROM}> skrev:",
    "en": f"On 3 June 2026 12:00:00 EEST, {SITE['en']} <{FROM}> wrote:",
}


def k9(language: str) -> bytes:
    below = quoted(NOTICE[language], ">")
    return message(f"{ANSWER[language]}\n\n-- \n{'.' * 3} K-9\n\n{K9[language]}\n{below}\n")


SAMSUNG = {
    "fi": ("Lähetetty Galaxy-laitteestani", "-------- Alkuperäinen viesti --------", "Lähettäjä", "Päivämäärä", "Saaja", "Aihe"),
    "sv": ("Skickat från min Galaxy", "-------- Originalmeddelande --------", "Från", "Datum", "Till", "Rubrik"),
    "en": ("Sent from my Galaxy", "-------- Original message --------", "From", "Date", "To", "Subject"),
}  # fmt: skip


def samsung(language: str) -> bytes:
    signature, line, sender, date, to, subject = SAMSUNG[language]
    head = (
        f"{sender}: {SITE[language]} <{FROM}>\n{date}: 3.6.2026 12.00 (GMT+02:00)\n{to}: {SENDER}\n{subject}: Katuvalot"
    )
    return message(f"{ANSWER[language]}\n\n\n{signature}\n\n\n{line}\n{head}\n\n" + "\n".join(NOTICE[language]))


# --- below and between ------------------------------------------------------------------------------------------------


def below(language: str) -> bytes:
    return message(
        f"{THUNDERBIRD[language]}\n{quoted(NOTICE[language])}\n\n{ANSWER[language]}\n\n-- \nTestinen\n", flowed=True
    )


def between(language: str) -> bytes:
    first, second = ANSWER[language].split("\n\n")
    notice = NOTICE[language]
    return message(
        f"{THUNDERBIRD[language]}\n{quoted(notice[:5])}\n\n{first}\n\n{quoted(notice[5:6])}\n\n{second}\n\n{quoted(notice[6:])}\n"
    )


def between_left(language: str) -> str:
    first, second = ANSWER[language].split("\n\n")
    return f"> {NOTICE[language][4]}\n\n{first}\n\n> {NOTICE[language][5]}\n\n{second}"


ABOVE = (
    gmail, gmail_html_only, outlook, outlook_html_only, old_outlook, outlook_phone, apple_mail, iphone, thunderbird,
    thunderbird_html, k9, samsung, below,
)  # fmt: skip

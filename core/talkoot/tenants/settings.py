"""Core's own settings, and changing one: unknown keys and wrong types are refused."""

from __future__ import annotations

from typing import Any

from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.plugin import Setting
from talkoot.web import contrast

CORE_SETTINGS = (
    Setting("site.theme", lazy("Theme"), "civic"),
    Setting("site.brand", lazy("Main colour"), "#1b5e8c"),
    Setting("site.welcome_fi", lazy("Welcome text in Finnish"), ""),
    Setting("site.welcome_sv", lazy("Welcome text in Swedish"), ""),
    Setting("site.welcome_en", lazy("Welcome text in English"), ""),
    Setting("site.contact", lazy("Contact address shown in the footer"), ""),
    Setting("people.names", lazy("Names shown"), "either", ("real", "pseudonym", "either")),
    Setting("people.erasure", lazy("Posts of people who leave"), "anonymise", ("keep", "anonymise")),
    Setting("mail.reply_to", lazy("Address that answers to mail go to"), ""),
    Setting("answers.days", lazy("Days within which an answer is promised"), 30),
)


def checked(setting: Setting, value: Any) -> Any:
    """The value in the setting's type; raises InvalidError with a sentence for the person who set it."""
    if isinstance(setting.default, bool):
        return value in (True, "1", "true", "on", "yes")
    if isinstance(setting.default, int):
        try:
            return int(value)
        except (TypeError, ValueError):
            raise InvalidError(gettext("This must be a whole number."), setting.name) from None
    text = str(value or "").strip()
    if setting.choices and text not in setting.choices:
        raise InvalidError(gettext("Choose one of the options."), setting.name)
    if setting.name == "site.brand":
        contrast.check(text, setting.name)
    return text

"""Core's own settings, and changing one: unknown keys and wrong types are refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.lengths import within
from talkoot.people.accounts import normalise_email
from talkoot.plugin import Setting
from talkoot.tenants.governance import setting_value
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
    Setting("files.pictures_per_day", lazy("Pictures that a member may add within a day"), 30),
)

CHOICE_TITLES = {
    "people.names": {
        "real": lazy("Real names"),
        "pseudonym": lazy("Pseudonyms"),
        "either": lazy("Either, as each chooses"),
    },
    "people.erasure": {"keep": lazy("Their texts stay, without a name"), "anonymise": lazy("Their texts go too")},
}
LONGEST_DAYS = 365
MULTILINE = ("site.welcome_",)
LONGEST, LONGEST_OF_LINES = 300, 5000  # characters of a text in one line, and in several


@dataclass(frozen=True)
class Decided:
    """A setting's value and who decided it: `own`, the region's `mandate`, `forbid` or `offer`, or the `default`."""

    setting: Setting
    value: Any
    by: str

    @property
    def open(self) -> bool:
        """Whether the tenant may set its own value."""
        return self.by not in ("mandate", "forbid")


def decided(
    settings: Iterable[Setting], own: Mapping[str, Any], policy: Mapping[str, Any], defaults: Mapping[str, Any]
) -> dict[str, Decided]:
    """Each setting with its value today and who decided it; `policy` is the governing region's, `defaults` the installation's."""
    found = {}
    for setting in settings:
        key = setting.name
        value = setting_value(key, own, policy, defaults.get(key, setting.default))
        rule = policy.get("settings", {}).get(key, {}).get("rule")
        by = (
            rule
            if rule in ("mandate", "forbid")
            else "own"
            if key in own
            else "offer"
            if rule == "offer"
            else "default"
        )
        found[key] = Decided(setting, value, by)
    return found


def choices(setting: Setting) -> list[tuple[str, str]]:
    """(value, title) of a setting with fixed options; a plugin's options without a title show themselves."""
    titles = CHOICE_TITLES.get(setting.name, {})
    return [(choice, str(titles.get(choice, choice))) for choice in setting.choices]


def checked(setting: Setting, value: Any) -> Any:
    """The value in the setting's type; raises InvalidError with a sentence for the person who set it."""
    if isinstance(setting.default, bool):
        return value in (True, "1", "true", "on", "yes")
    if isinstance(setting.default, int):
        return _whole_number(setting, value)
    longest = LONGEST_OF_LINES if setting.name.startswith(MULTILINE) else LONGEST
    text = within(str(value or ""), longest, setting.name)
    if setting.choices and text not in setting.choices:
        raise InvalidError(gettext("Choose one of the options."), setting.name)
    if setting.name == "site.brand":
        text = text.lower()
        contrast.check(text, setting.name)
    if setting.name == "mail.reply_to" and text:
        text = _email(setting, text)
    return text


def _email(setting: Setting, text: str) -> str:
    try:
        return normalise_email(text)
    except InvalidError as refused:
        raise InvalidError(refused.message, setting.name) from None


def _whole_number(setting: Setting, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise InvalidError(gettext("This must be a whole number."), setting.name) from None
    if number < 0:
        raise InvalidError(gettext("This must be a whole number."), setting.name)
    if setting.name == "answers.days" and not 1 <= number <= LONGEST_DAYS:
        raise InvalidError(gettext("Write a number of days from 1 to 365."), setting.name)
    return number

"""The settings page in sections: which settings belong together, and saving one section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from talkoot.config import Settings
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.i18n import gettext, lazy
from talkoot.plugin import Setting
from talkoot.registry import Registry
from talkoot.tenants import registering
from talkoot.tenants import settings as tenant_settings
from talkoot.tenants.settings import Decided
from talkoot.tenants.tenant import Tenant


@dataclass(frozen=True)
class Section:
    """Settings that are changed on one page."""

    name: str
    title: str
    keys: tuple[str, ...]
    words: str = ""


CORE = (
    Section("look", lazy("Look"), ("site.theme", "site.brand")),
    Section(
        "welcome", lazy("Welcome"), ("site.welcome_fi", "site.welcome_sv", "site.welcome_en"),
        lazy("The first words on the home page. Left empty, a general welcome is shown."),
    ),
    Section("contact", lazy("Contact and answers"), ("site.contact", "mail.reply_to", "answers.days")),
    Section("members", lazy("Members"), ("people.names", "people.erasure")),
    Section("pictures", lazy("Pictures"), ("files.pictures_per_day",)),
)  # fmt: skip
HELP = {
    "site.contact": lazy("Address, telephone and opening hours in one line, for those who would rather come or call."),
    "mail.reply_to": lazy(
        "When somebody answers a mail from this site, it goes here. Left empty, answers are not read."
    ),
    "answers.days": lazy("Whoever gives feedback is told this number, and the answer is shown as late after it."),
    "people.names": lazy("Under which name members write here. It holds for those who join from now on."),
    "files.pictures_per_day": lazy("0 means that nobody can add pictures. Those that are in posts already stay."),
    "people.erasure": lazy("What happens to the posts of a member who leaves and wants to be forgotten."),
}


def sections(registry: Registry, tenant: Tenant) -> dict[str, Section]:
    """Core's sections, then one for each plugin that is on here and has settings; by name."""
    found = list(CORE)
    for name, loaded in registry.plugins.items():
        if name in tenant.plugins and loaded.plugin.settings:
            keys = tuple(setting.name for setting in loaded.plugin.settings)
            found.append(Section(name, loaded.plugin.title, keys, loaded.plugin.summary))
    return {section.name: section for section in found}


def decided(db: TenantSession, registry: Registry, installation: Settings) -> dict[str, Decided]:
    """Every setting as the database has it now, and who decided it."""
    own = registering.row(db, db.tenant.slug).settings
    policy = registering.policy_for(db, db.tenant.id)
    return tenant_settings.decided(registry.settings.values(), own, policy, installation.defaults)


def shown(section: Section, values: Mapping[str, Decided], languages: Iterable[str]) -> list[Decided]:
    """The section's settings, without welcome texts in languages that the site does not have."""
    unused = {f"site.welcome_{code}" for code in ("fi", "sv", "en")} - {f"site.welcome_{code}" for code in languages}
    return [values[key] for key in section.keys if key not in unused]


def seen(items: Iterable[Decided]) -> list[tuple[str, Any]]:
    """What the section's form shows, to notice that somebody else saved it."""
    return [(item.setting.name, item.value) for item in items]


def save(
    db: TenantSession, registry: Registry, items: list[Decided], sent: Mapping[str, Any], back: Iterable[str]
) -> dict[str, Any]:
    """Store the section's values that differ; `back`: those to give back to their default. Returns what has changed.

    Raises InvalidError for values that cannot be, and for a setting that the region has decided meanwhile.
    """
    changed: dict[str, Any] = {}
    forgotten = set(back)
    for item in items:
        key = item.setting.name
        if key in forgotten and item.by == "own":
            registering.forget_setting(db, db.tenant.id, key)
            changed[key] = None
        elif key in sent or (item.open and isinstance(item.setting.default, bool)):
            if not item.open:
                raise InvalidError(gettext("The region has decided this."), key)
            value = checked(registry, item.setting, sent.get(key, ""))
            if value != item.value:
                changed[key] = value
    registering.set_setting(db, db.tenant.id, {key: value for key, value in changed.items() if value is not None})
    return changed


def checked(registry: Registry, setting: Setting, value: Any) -> Any:
    """The value in its type; a theme must be one that is installed."""
    found = tenant_settings.checked(setting, value)
    if setting.name == "site.theme" and found not in registry.themes:
        raise InvalidError(gettext("Choose one of the options."), "site.theme")
    return found

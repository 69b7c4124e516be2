"""The reasons of the log in words: settings, roles, plugins and pages by their titles instead of their keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from talkoot.access.policy import ROLE_TITLES
from talkoot.audit.log import Line
from talkoot.contributions.feedback import CHANNEL_TITLES
from talkoot.followup.promises import STATE_TITLES
from talkoot.i18n import gettext, lazy
from talkoot.plugin import Setting
from talkoot.registry import Registry
from talkoot.site import texts
from talkoot.tenants import settings

RULES = {"mandate": lazy("Mandated"), "offer": lazy("Offered"), "forbid": lazy("Forbidden")}


def reader(registry: Registry) -> Callable[[Line], str]:
    """A function from a line of the log to its reason as people read it; what it does not know stays as it was written."""
    plugins = {name: loaded.plugin.title for name, loaded in registry.plugins.items()}

    def words(line: Line) -> str:
        if line.action in ("setting_changed", "setting_forgotten"):
            return _setting(registry, line.reason)
        if line.action == "rules_changed":
            return _rule(registry, plugins, line.reason)
        known = {
            "role_given": ROLE_TITLES, "role_taken": ROLE_TITLES, "person_invited": ROLE_TITLES,
            "plugin_on": plugins, "plugin_off": plugins, "plugin_default": plugins, "contribution_keyed": CHANNEL_TITLES,
            "promise_moved": STATE_TITLES, "text_changed": texts.PAGES, "text_forgotten": texts.PAGES,
        }.get(line.action)  # fmt: skip
        return _titled(line.reason, known) if known else line.reason

    return words


def _titled(reason: str, titles: Mapping[str, str]) -> str:
    """`clerk, admin`, `convener · Kälviä` and `privacy (fi)` with the titles of what they begin with, each part for itself."""
    parts = []
    for part in reason.split(", "):
        key, space, rest = part.partition(" ")
        parts.append(f"{titles.get(key, key)}{space}{rest}")
    return ", ".join(parts)


def _setting(registry: Registry, reason: str) -> str:
    """`answers.days: 14` as `Days within which an answer is promised: 14`."""
    key, colon, value = reason.partition(": ")
    setting = registry.settings.get(key)
    if setting is None:
        return reason
    return f"{setting.title}{colon}{_value(registry, setting, value)}"


def _value(registry: Registry, setting: Setting, value: str) -> str:
    """`True` as `Yes`, and the key of a choice as its title."""
    if isinstance(setting.default, bool):
        return {"True": gettext("Yes"), "False": gettext("No")}.get(value, value)
    if setting.name == "site.theme" and value in registry.themes:
        return str(registry.themes[value].theme.title)
    return dict(settings.choices(setting)).get(value, value)


def _rule(registry: Registry, plugins: Mapping[str, str], reason: str) -> str:
    """`forums: mandate` as `Community forums: Mandated`, `people.names: offer real` as `Names shown: Offered Real names`."""
    key, colon, rest = reason.partition(": ")
    rule, space, value = rest.partition(" ")
    setting = registry.settings.get(key)
    title = plugins.get(key) or (setting.title if setting else key)
    told = _value(registry, setting, value) if setting else value
    return f"{title}{colon}{RULES.get(rule, rule)}{space}{told}"

"""The acts of the log in words. Plugins declare their own in `Plugin.log_titles`."""

from __future__ import annotations

from collections.abc import Callable

from talkoot.i18n import lazy
from talkoot.registry import Registry

TITLES = {
    "area_added": lazy("Added an area"),
    "area_changed": lazy("Changed an area"),
    "body_added": lazy("Added a body"),
    "body_changed": lazy("Changed a body"),
    "contribution_keyed": lazy("Keyed in a contribution"),
    "host_added": lazy("Added a host name"),
    "host_chosen": lazy("Chose the address of links and mails"),
    "host_removed": lazy("Removed a host name"),
    "invitation_sent_again": lazy("Sent an invitation again"),
    "invitation_withdrawn": lazy("Took an invitation back"),
    "logo_changed": lazy("Changed the logo"),
    "logo_removed": lazy("Removed the logo"),
    "member_added": lazy("Made somebody a member"),
    "member_left": lazy("Left and was forgotten"),
    "names_changed": lazy("Changed names, languages or time zone"),
    "person_blocked": lazy("Blocked a member"),
    "person_invited": lazy("Invited somebody"),
    "person_unblocked": lazy("Let a blocked member write again"),
    "person_unverified": lazy("Took a verified badge away"),
    "person_verified": lazy("Gave a verified badge"),
    "plugin_default": lazy("Left a plugin to its default"),
    "plugin_off": lazy("Switched a plugin off"),
    "plugin_on": lazy("Switched a plugin on"),
    "post_hide": lazy("Hid a post"),
    "post_keep": lazy("Kept a reported post"),
    "post_restore": lazy("Showed a hidden post again"),
    "promise_moved": lazy("Added a step to an answer"),
    "role_given": lazy("Gave a role"),
    "role_taken": lazy("Took a role away"),
    "rules_changed": lazy("Changed the region's rules"),
    "setting_changed": lazy("Changed a setting"),
    "setting_forgotten": lazy("Gave a setting back to its default"),
    "tenant_added": lazy("Opened the site"),
    "tenant_closed": lazy("Closed the site"),
    "tenant_reopened": lazy("Opened the site again"),
    "text_changed": lazy("Changed a text"),
    "text_forgotten": lazy("Took the standard text back"),
    "tie_added": lazy("Added an affiliation"),
    "tie_ended": lazy("Ended an affiliation"),
}


def reader(registry: Registry) -> Callable[[str], str]:
    """A function from an act's name to its words; an act of a plugin that is gone shows its name."""
    declared = {name: title for p in registry.plugins.values() for name, title in p.plugin.log_titles.items()}
    known = {**declared, **TITLES}
    return lambda action: str(known.get(action, action.replace("_", " ")))

"""Every blueprint of core and of the plugins, in one readable list."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from talkoot.app import Talkoot

# Where a blueprint of core lives: on the installation's own site, on tenants' sites, or on both.
INSTALLATION = frozenset({"front", "operators"})
BOTH = frozenset({"people"})
BOTH_ENDPOINTS = frozenset({"site.home", "front.colours"})


def init_app(app: Talkoot) -> None:
    """Register core's pages, then each plugin's under its own name."""
    from talkoot.contributions.views import contributions
    from talkoot.conversations.views import conversations
    from talkoot.followup.views import followup
    from talkoot.operators.views import operators
    from talkoot.people.views import people
    from talkoot.site.front import front
    from talkoot.site.views import site
    from talkoot.staff.views import staff

    for blueprint in (front, site, people, conversations, followup, contributions, staff, operators):
        app.register_blueprint(blueprint)
    for loaded in app.registry.plugins.values():
        for blueprint in loaded.plugin.blueprints:
            app.register_blueprint(blueprint)

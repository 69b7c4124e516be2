"""Every blueprint of core and of the plugins, in one readable list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from talkoot.errors import SetupError

if TYPE_CHECKING:
    from talkoot.app import Talkoot
    from talkoot.plugin import Plugin

# Where a blueprint of core lives: on the installation's own site, on tenants' sites, or on both.
INSTALLATION = frozenset({"front", "operators", "incoming"})
BOTH = frozenset({"people"})
BOTH_ENDPOINTS = frozenset({"site.home", "site.text", "site.robots_txt", "site.favicon", "front.colours"})


def init_app(app: Talkoot) -> None:
    """Register core's pages, then each plugin's under its own name."""
    from talkoot.contributions.views import contributions
    from talkoot.conversations.writing import conversations  # with what is in views.py
    from talkoot.files.views import files
    from talkoot.followup.views import followup
    from talkoot.incoming.views import incoming
    from talkoot.notices.views import notices
    from talkoot.operators.views import operators
    from talkoot.people.views import people
    from talkoot.push.views import push
    from talkoot.search.views import search
    from talkoot.site.front import front
    from talkoot.site.views import site
    from talkoot.staff.views import staff

    core = (
        front,
        site,
        people,
        conversations,
        followup,
        contributions,
        files,
        notices,
        push,
        incoming,
        search,
        staff,
        operators,
    )
    for blueprint in core:
        app.register_blueprint(blueprint)
    for loaded in app.registry.plugins.values():
        _register(app, loaded.plugin)
    plain = [rule.endpoint for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())]
    app.registry.endpoints = frozenset(plain)


def _register(app: Talkoot, plugin: Plugin) -> None:
    """Add a plugin's pages; refuse what would reach into pages of others, or of tenants where the plugin is off."""
    before, addresses = (
        _app_wide(app),
        {(rule.rule, m) for rule in app.url_map.iter_rules() for m in rule.methods or ()},
    )
    for blueprint in plugin.blueprints:
        app.register_blueprint(blueprint)
    if _app_wide(app) != before:
        raise SetupError(
            f"Plugin {plugin.name}: a blueprint may not act on the whole application (before_app_request and the like)"
        )
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] == plugin.name and any(
            (rule.rule, m) in addresses for m in rule.methods or () if m != "OPTIONS"
        ):
            raise SetupError(f"Plugin {plugin.name}: the address {rule.rule} belongs to another part already")


def _app_wide(app: Talkoot) -> list[int]:
    """How many functions act on every request, and how many pages belong to no blueprint."""
    everywhere = (
        app.before_request_funcs,
        app.after_request_funcs,
        app.teardown_request_funcs,
        app.template_context_processors,
    )
    counts = [len(functions.get(None, ())) for functions in everywhere]
    handlers = sum(len(by_error) for by_error in app.error_handler_spec[None].values())
    bare = sum("." not in rule.endpoint for rule in app.url_map.iter_rules())
    return [*counts, handlers, bare]

"""Rendering: one Jinja environment per theme (an overlay), and what every page knows.

A loader that chose the theme per request inside one environment served one tenant's page to another, because Jinja caches
templates by name. An overlay per theme has a cache of its own.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import Response, g, request, url_for
from flask.templating import Environment as FlaskEnvironment
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from talkoot import i18n
from talkoot.access.policy import PARTICIPANT_ROLES, ROLE_TITLES, VERIFIED
from talkoot.conversations.reactions import KINDS as REACTIONS
from talkoot.conversations.rendering import placed
from talkoot.plugin import NavItem, Section
from talkoot.push import services
from talkoot.site import homescreen
from talkoot.web import assets, csrf, frame, here, imprint, notices, pagecache
from talkoot.web.kept import kept, worded

if TYPE_CHECKING:
    from talkoot.app import Talkoot

MOST_ADDRESSES = 10_000
CORE_TEMPLATES = here.__file__.rpartition("/web/")[0] + "/templates"


class PlainEnvironment(FlaskEnvironment):
    """No template has globals of its own; with one plain dictionary for all, importing macros costs Jinja next to nothing."""

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        return {**self.globals, **d} if d else self.globals


def init_app(app: Talkoot) -> None:
    """Make the environments and their globals."""
    plugin_folders = [str(f) for p in app.registry.plugins.values() if (f := p.folder_named("templates"))]
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    base = app.jinja_env
    base.trim_blocks = base.lstrip_blocks = True
    base.globals.update(
        asset=_asset(app),
        csrf_fields=csrf.fields,
        may=lambda *a: here.actor().may(*a),
        remembered=frame.remembered,
        kept=kept,
        worded=worded,
        this_page=frame.this_page,
        THIS_PAGE=frame.THIS_PAGE,
        THIS_PLACE=frame.THIS_PLACE,
        BELL=frame.BELL,
        IMPRINT=imprint.MARK,
        said=notices.said,
        participant_roles=PARTICIPANT_ROLES,
        verified_titles=VERIFIED,
        role_titles=ROLE_TITLES,
        reaction_titles=REACTIONS,
        own_name=i18n.own_name,
        direction=i18n.direction,
        csrf_token=csrf.token,
        section_html=_section_html,
    )
    base.filters.update(day=_day, moment=_moment, number=i18n.format_number, written=i18n.written, placed=_placed)
    app.extensions["talkoot_frames"] = {}
    app.extensions["talkoot_addresses"] = {}
    base.loader = ChoiceLoader([FileSystemLoader([CORE_TEMPLATES]), FileSystemLoader(plugin_folders)])
    app.extensions["talkoot_themes"] = {
        name: base.overlay(loader=ChoiceLoader([FileSystemLoader([str(theme.folder / "templates")]), base.loader]))
        for name, theme in app.registry.themes.items()
    }


def environment() -> Environment:
    """The environment of this tenant's theme; a theme that is not installed any more reads as the first one."""
    themes: dict[str, Environment] = here.app().extensions["talkoot_themes"]
    wanted = g.tenant.setting("site.theme") if g.tenant else "civic"
    return themes.get(wanted) or next(iter(themes.values()))


def page(template: str, *, partial: str | None = None, **context: Any) -> str:
    """Render a page, or only its `partial` when htmx asked for a part of a page it already shows."""
    if partial and wants_partial():
        return environment().get_template(partial).render(frame_values(), **context)
    _offer_for_storing()
    return environment().get_template(template).render(frame_values(), **context)


def part(template: str, **context: Any) -> Markup:
    """A piece of a page that knows nothing of the page around it, so that it can be remembered."""
    return Markup(environment().get_template(template).render(context))  # noqa: S704 a template's own output


def cacheable(response: Response) -> Response:
    """An answer that `page` has not made, such as a feed, and that the page cache may keep for other guests: public things only."""
    _offer_for_storing()
    return response


def _offer_for_storing() -> None:
    if request.method == "GET" and here.actor().is_guest:
        request.environ[pagecache.STORED] = g.stamps


def wants_partial() -> bool:
    """Whether htmx asks for a part; boosted links and going back in history want the whole page."""
    headers = request.headers
    return (
        bool(headers.get("HX-Request"))
        and not headers.get("HX-Boosted")
        and not headers.get("HX-History-Restore-Request")
    )


def frame_values() -> dict[str, Any]:
    """What the frame of every page needs."""
    tenant, language = g.tenant, g.language
    values = {
        "tenant": tenant,
        "language": language,
        "page_direction": i18n.direction(language),
        "actor": here.actor(),
        "site_name": tenant.name(language) if tenant else here.app().settings.installation_name,
        "settings": here.app().settings,
        "nav": _navigation(),
        "root": request.script_root,
        "theme": tenant.setting("site.theme") if tenant else "civic",
        "brand": tenant.setting("site.brand") if tenant else "#1b5e8c",
        "languages": tenant.languages if tenant else here.app().settings.installation_languages,
        "canonical": _canonical(),
        "endpoint": request.endpoint,
        "asks": frame.asks_for_feedback(),
        "home_screen": homescreen,
        "push_offered": services.is_offered(here.app().settings),
    }
    return values | {"looks_alike": frame.looks_alike(values)}


def _navigation() -> list[tuple[str, str, str]]:
    """(title, address, its mark) of the main menu, filtered by permission and sorted."""
    if g.tenant is None:
        return []
    actor = here.actor()
    own = [
        NavItem(i18n.gettext("Home"), "site.home", 0),
        NavItem(i18n.gettext("What became of it"), "followup.promises", 60),
        NavItem(i18n.pgettext("what it is", "Search"), "search.found", 70),
        NavItem(i18n.gettext("Staff"), "staff.desk", 900, "tenant.staff_pages"),
    ]
    items = [*own, *here.registry().gather("nav_items", g.tenant, tenant=g.tenant, actor=actor)]
    shown = sorted(
        (i for i in items if i.permission is None or actor.may_somewhere(i.permission)), key=lambda i: i.order
    )
    root, here_now, part = request.script_root, request.endpoint, request.blueprint
    return [(item.title, _address(root, item.endpoint), _mark(item.endpoint, here_now, part)) for item in shown]


def _mark(endpoint: str, here_now: str | None, part: str | None) -> str:
    """What `aria-current` says of a menu's entry: "page" it is this one, "true" this one belongs to it, "" neither."""
    if endpoint == here_now:
        return "page"
    return "true" if endpoint.rpartition(".")[0] == part != "site" else ""


def _address(root: str, endpoint: str) -> str:
    """The address of a page that needs no arguments, remembered: the menu asks for the same few on every page."""
    addresses: dict[tuple[str, str], str] = here.app().extensions["talkoot_addresses"]
    key = (root, endpoint)
    if key not in addresses:
        if len(addresses) > MOST_ADDRESSES:
            addresses.clear()
        addresses[key] = url_for(endpoint)
    return addresses[key]


def _canonical() -> str:
    base = g.tenant.url if g.tenant else here.app().settings.public_url
    args = {k: v for k, v in request.args.items() if k in ("page", "before", "kind")}
    return base + request.path + (f"?{urlencode(args)}" if args else "")


def _asset(app: Talkoot) -> Any:
    places = assets.folders(app)

    def asset(place: str, name: str) -> str:
        return assets.address(places[place], place, name) if place in places else ""

    return asset


@pass_context
def _section_html(context: Context, section: Section) -> Markup:
    """A plugin's part of a page; its template is called like a hook, so one that fails is logged and left out."""

    def rendered() -> str:
        return context.environment.get_template(section.template).render({**context.get_all(), "section": section})

    plugin, guard = section.template.partition("/")[0], here.registry().guard
    html = guard.call(plugin, here.tenant(), section.template, rendered, here.db())
    return Markup(html or "")  # noqa: S704  a template's own output


def _placed(html: str) -> Markup:
    """HTML that was sanitised when it was saved (rendering.py), with this site's address in its links."""
    return Markup(placed(html, request.script_root))  # noqa: S704


def _day(day: Any, style: str = "long") -> str:
    return i18n.format_day(day, here.language(), style)


def _moment(moment: Any) -> Markup:
    """`<time>` with the moment in the tenant's zone."""
    return i18n.time_tag(moment, here.language(), g.tenant.time_zone if g.tenant else "Europe/Helsinki")

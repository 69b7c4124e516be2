"""A municipality's home, its areas, the footer's pages and the policy on one page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, redirect, request, url_for

from talkoot.access.policy import ROLE_TITLES
from talkoot.errors import NotFoundError
from talkoot.notices import following
from talkoot.site import front, homescreen, installation_texts, robots, summaries, texts
from talkoot.tenants import areas, logos, sharing
from talkoot.web import assets, here
from talkoot.web.render import page

site = Blueprint("site", __name__)


@site.get("/")
def home() -> str:
    """A tenant's home page; on the installation's own site its front page."""
    if g.tenant is None:
        return front.front_page()
    tenant, db, actor = here.tenant(), here.db(), here.actor()
    snapshot = here.app().directory.current()
    members = snapshot.members_of(tenant) if tenant.kind != "municipality" else []
    if members:
        sharing.depends_on_summaries()
    welcome = tenant.settings.get(f"site.welcome_{here.language()}", "")
    return page(
        "site/home.html",
        areas=areas.areas(db),
        wholes=snapshot.wholes_of(tenant),
        members=members,
        sections=here.registry().gather("home_sections", tenant, db=db, actor=actor),
        take_part=here.registry().gather("take_part", tenant, tenant=tenant),
        statistics=here.registry().statistics(db),
        welcome=texts.as_html(welcome) if welcome else "",
        news=summaries.news(summaries.published(db), snapshot, here.language(), only=[m.id for m in members])
        if members
        else [],
    )


@site.get("/robots.txt")
def robots_txt() -> Response:
    """What crawlers may read on this host; a demo is for nobody's search results. Only a host's root has one."""
    if request.script_root:
        raise NotFoundError
    app = here.app()
    rules = app.url_map.iter_rules()
    words = robots.NOBODY if app.settings.demo else robots.text(rules, sites_below=g.tenant is None)
    response = Response(words, mimetype="text/plain")
    response.headers["Cache-Control"] = "public, max-age=3600"
    return response


@site.get("/favicon.ico")
def favicon() -> Response:
    """Asked for beside pages that name no icon, such as feeds; browsers take the drawing that pages name."""
    response = redirect(assets.address(assets.CORE, "core", "icon.svg"), 302)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response  # type: ignore[return-value]


@site.get("/areas/<slug>/")
def area(slug: str) -> str:
    """One village, district or former municipality (domain row 118)."""
    found = areas.get(here.db(), slug)
    sections = here.registry().gather("area_sections", here.tenant(), db=here.db(), actor=here.actor(), area=found)
    follow = following.button(here.db(), here.actor(), (following.AREA, found.id))
    return page("site/area.html", area=found, sections=sections, follow=follow)


@site.get("/logo/<name>")
def logo(name: str) -> Response:
    """The tenant's logo. The address holds its hash, so browsers keep it; what was uploaded never runs here (security.md 10)."""
    if (found := logos.read(here.app().settings.instance, here.tenant().id, name)) is None:
        raise NotFoundError
    response = Response(found, mimetype=logos.TYPES[name.rpartition(".")[2]])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Content-Disposition"] = "attachment"
    return response


@site.get("/app/<name>")
def on_home_screen(name: str) -> Response:
    """The manifest with which phones put the site on their home screen, and its icons. The addresses hold hashes, as the logo's."""
    found = homescreen.found(here.tenant(), request.script_root, name, here.app().settings.instance)
    if found is None:
        raise NotFoundError
    response = Response(found[0], mimetype=found[1])
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@site.get("/about/<name>")
def text(name: str) -> str:
    """A page of the footer: the tenant's, or the installation's on its own site."""
    found = _text(name)
    return page(
        "site/text.html",
        text=found,
        titles=texts.PAGES,
        changed_by=found.changed_by,
        changed_at=found.changed_at,
        edit=_place_to_edit(name),
    )


def _text(name: str) -> texts.Text:
    if g.tenant is None:
        return installation_texts.get(here.db(), here.app().settings, name, here.language())
    return texts.get(here.db(), name, here.language())


def _place_to_edit(name: str) -> str:
    """Where who may change the text does it; empty for everybody else."""
    if g.tenant is None:
        return url_for("operators.text", name=name) if here.actor().may("installation.operate") else ""
    return url_for("staff.text", name=name) if here.actor().may("tenant.texts") else ""


@site.get("/about/rules")
def policy() -> str:
    """Who may do what here: every permission with the roles that have it."""
    plugins: dict[str, list[Any]] = {}
    for name, permission in here.registry().permissions.items():
        owner = name.partition(".")[0]
        if owner not in here.registry().plugins or owner in here.tenant().plugins:
            plugins.setdefault(owner, []).append(permission)
    return page("site/policy.html", groups=plugins, roles=("everyone", "member", *ROLE_TITLES))

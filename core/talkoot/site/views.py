"""A municipality's home, its areas, the footer's pages and the policy on one page."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, g

from talkoot.access.policy import ROLE_TITLES
from talkoot.conversations.rendering import render
from talkoot.site import front, summaries, texts
from talkoot.tenants import areas, sharing
from talkoot.web import here
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
    sharing.depends_on(*members)
    welcome = tenant.settings.get(f"site.welcome_{here.language()}", "")
    return page(
        "site/home.html",
        areas=areas.areas(db),
        wholes=snapshot.wholes_of(tenant),
        members=members,
        sections=here.registry().gather("home_sections", tenant, db=db, actor=actor),
        take_part=here.registry().gather("take_part", tenant, tenant=tenant),
        statistics=here.registry().statistics(db),
        welcome=render(welcome) if welcome else "",
        news=summaries.news(summaries.published(db), snapshot, here.language(), only=[m.id for m in members])
        if members
        else [],
    )


@site.get("/areas/<slug>/")
def area(slug: str) -> str:
    """One village, district or former municipality (domain row 118)."""
    found = areas.get(here.db(), slug)
    sections = here.registry().gather("area_sections", here.tenant(), db=here.db(), actor=here.actor(), area=found)
    return page("site/area.html", area=found, sections=sections)


@site.get("/about/<name>")
def text(name: str) -> str:
    """A page of the footer."""
    return page("site/text.html", text=texts.get(here.db(), name, here.language()), titles=texts.PAGES)


@site.get("/about/rules")
def policy() -> str:
    """Who may do what here: every permission with the roles that have it."""
    plugins: dict[str, list[Any]] = {}
    for name, permission in here.registry().permissions.items():
        owner = name.partition(".")[0]
        if owner not in here.registry().plugins or owner in here.tenant().plugins:
            plugins.setdefault(owner, []).append(permission)
    return page("site/policy.html", groups=plugins, roles=("everyone", "member", *ROLE_TITLES))

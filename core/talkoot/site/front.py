"""The installation's own front page: a map and list of regions and municipalities, search by name, what is going on."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, redirect, request

from talkoot import clock
from talkoot.errors import NotFoundError
from talkoot.people import names as people_names
from talkoot.site import finland, summaries
from talkoot.tenants import sharing
from talkoot.tenants.slugs import slug_of
from talkoot.tenants.tenant import Tenant
from talkoot.web import contrast, here
from talkoot.web.render import page

front = Blueprint("front", __name__)


def front_page() -> str:
    """`/` of the installation."""
    snapshot = here.app().directory.current()
    published = summaries.published(here.db())
    query = request.args.get("q", "").strip()
    sharing.depends_on_summaries()
    return page(
        "front/front.html",
        regions=_regions(query),
        map=finland.draw(snapshot.tenants, here.language()),
        query=query,
        municipalities=sum(tenant.kind == "municipality" for tenant in snapshot.tenants),
        news=summaries.news(published, snapshot, here.language()),
        totals=summaries.totals(published),
        today=clock.today("Europe/Helsinki"),
    )


@front.get("/find")
def find() -> Any:
    """Search by a municipality's name in either language; one exact answer is opened at once."""
    query = request.args.get("q", "").strip()
    exact = [
        t
        for t in here.app().directory.current().tenants
        if query and query.casefold() in {t.slug, *(n.casefold() for n in t.names.values())}
    ]
    if len(exact) == 1:
        return redirect(f"/{exact[0].slug}/", 303)
    return front_page()


@front.get("/find.json")
def find_json() -> Response:
    """Names, addresses and kinds of all sites, for a browser's own search."""
    return jsonify(
        [{"slug": t.slug, "names": dict(t.names), "kind": t.kind} for t in here.app().directory.current().tenants]
    )


@front.get("/colours/<brand>.css")
def colours(brand: str) -> Response:
    """The stylesheet of one brand colour, e.g. /colours/1b5e8c.css. Says nothing about a tenant, so it is kept for a year."""
    if len(brand) != 6 or any(ch not in "0123456789abcdef" for ch in brand):
        raise NotFoundError
    response = Response(contrast.stylesheet(f"#{brand}"), mimetype="text/css")
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def _regions(query: str) -> list[tuple[Tenant, list[Tenant], list[Tenant]]]:
    """(region, its co-operation areas, its municipalities) by name; with a query only what matches it."""
    snapshot, language = here.app().directory.current(), here.language()
    found = []
    for region in sorted((t for t in snapshot.tenants if t.kind == "region"), key=lambda t: t.name(language)):
        members = [
            t for t in snapshot.tenants if t.kind == "municipality" and t.region_id == region.id and _matches(t, query)
        ]
        areas = [t for t in snapshot.tenants if t.kind == "cooperation" and _matches(t, query) and _lies_in(t, region)]
        if members or areas or _matches(region, query):
            found.append((region, areas, sorted(members, key=lambda t: t.name(language))))
    return found


def _matches(tenant: Tenant, query: str) -> bool:
    """Whether a name holds what was asked for, also as addresses write it: aanekoski. Without a letter nothing does."""
    if not query:
        return True
    wanted, names = people_names.key(query), tenant.names.values()
    written = (*names, tenant.slug, *(slug_of(name) for name in names))
    return bool(wanted) and any(wanted in people_names.key(name) for name in written)


def _lies_in(cooperation: Tenant, region: Tenant) -> bool:
    members = here.app().directory.current().members_of(cooperation)
    homes = [m.region_id for m in members if m.region_id]
    return bool(homes) and max(set(homes), key=homes.count) == region.id

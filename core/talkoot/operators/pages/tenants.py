"""The list of municipalities with their activity, and the installation's facts."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.i18n import gettext
from talkoot.operators import facts, overview
from talkoot.operators.overview import Line
from talkoot.operators.pages.frame import enter, operators, show
from talkoot.site import summaries
from talkoot.tenants.models import KINDS
from talkoot.web import here, tables
from talkoot.web.tables import Column


@operators.get("/")
def tenants() -> Any:
    """All sites: members, activity, answers owed; quiet ones are marked."""
    enter()
    snapshot, language = here.app().directory.current(), here.language()
    region, kind = request.args.get("region", ""), request.args.get("kind", "")
    published = summaries.published(here.db())
    found = overview.lines(snapshot, published, language, region=region, kind=kind if kind in KINDS else "")
    return show(
        "operators/tenants.html",
        at="operators.tenants",
        table=tables.table(_columns(), found, first="name", keep=("region", "kind")),
        totals=summaries.totals(
            {line.tenant.id: published[line.tenant.id] for line in found if line.tenant.id in published}
        ),
        quiet=sum(line.quiet for line in found),
        regions=overview.regions(snapshot, language),
        region=region,
        kind=kind,
        closed=overview.closed(here.db()),
    )


def _columns() -> list[Column]:
    return [
        Column("name", gettext("Name"), _name),
        Column("region", gettext("Region"), lambda line: line.region or None),
        Column("members", gettext("Members"), lambda line: line.members, number=True),
        Column("posts", gettext("Posts in 30 days"), lambda line: line.posts_30_days, number=True),
        Column("latest", gettext("Last activity"), lambda line: line.latest_at, number=True),
        Column("open", gettext("Open answers"), lambda line: line.open, number=True),
        Column("overdue", gettext("Overdue"), lambda line: line.overdue, number=True),
    ]


def _name(line: Line) -> str:
    """Names in the order of the Finnish and Swedish alphabet: å, ä, ö last."""
    return line.name.casefold().replace("å", "{").replace("ä", "|").replace("ö", "}")


@operators.get("/installation")
def installation() -> Any:
    """Version, plugins, isolation, worker and mail."""
    enter()
    settings = here.app().settings
    return show(
        "operators/installation.html",
        at="operators.installation",
        facts=facts.read(here.db(), settings),
        plugins=[loaded.plugin for loaded in here.registry().plugins.values()],
        themes=[loaded.theme for loaded in here.registry().themes.values()],
    )

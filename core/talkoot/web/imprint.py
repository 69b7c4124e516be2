"""The line at the foot of every page: whose content it is and when it last changed (DESIGN 9).

A page that knows better than "the site, when anything on it last changed" says so with the template variables
`changed_by` and `changed_at`: `page("…", changed_at=…)` in a view, or `{% set changed_at = … %}` in a template.
"""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from flask import g
from jinja2.runtime import Context
from markupsafe import Markup, escape

from talkoot import clock, i18n
from talkoot.web import here

MARK = "\x00imprint\x00"  # stands for the line in the remembered foot of the page
ZONE = "Europe/Helsinki"  # of the installation's own pages


def line(context: Context) -> Markup:
    """ "Content by Kokkola, updated 3 March 2026": the page's own facts where it has given them, else the site's."""
    tenant = g.tenant
    by = i18n.written(context.get("changed_by") or context["site_name"])
    at = context.get("changed_at") or here.app().directory.moved.get(tenant.id if tenant else 0)
    return _line(by, at, g.language, tenant.time_zone if tenant else ZONE)


@lru_cache(maxsize=4096)  # every page has the line, and most pages have had it before
def _line(name: Markup, at: datetime | None, language: str, zone: str) -> Markup:
    with i18n.speaking(language):
        if at is None:
            return escape(i18n.gettext("Content by %(name)s")) % {"name": name}
        day = at.astimezone(clock.zone(zone)).date()
        tag = Markup('<time datetime="{}">{}</time>').format(day.isoformat(), i18n.format_day(day, language))
        return escape(i18n.gettext("Content by %(name)s, updated %(day)s")) % {"name": name, "day": tag}

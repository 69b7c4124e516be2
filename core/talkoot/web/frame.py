"""The head and foot of a page, remembered: they are the same on every page of a visitor, but for this page's own address.

A theme may write its own `_header.html` and `_footer.html`; they may use what `render.frame()` gives and nothing else, and
the marks THIS_PAGE, THIS_PLACE, BELL and IMPRINT for what is filled in page by page. A footer must have IMPRINT:
whose page it is and when it changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

from flask import g, request
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from talkoot import i18n
from talkoot.i18n import ngettext
from talkoot.notices import reading
from talkoot.tenants.resolver import PRESENT
from talkoot.web import here, imprint

THIS_PAGE = "\x00this-page\x00"  # stands for the address of the page, which differs, in what is remembered
BELL = "\x00bell\x00"  # the same for how many notices are unread
THIS_PLACE = "\x00this-place\x00"  # the same below the site's address, for feedback on it
WITHOUT_STRIP = frozenset({"contributions.give", "contributions.follow"})  # feedback's own pages do not ask for it
MOST = 500


@pass_context
def remembered(context: Context, template: str) -> Markup:
    """`{{ remembered("_header.html") }}`: the part as rendered for the first visitor to whom it looks the same."""
    key = (template, context["looks_alike"])
    parts: dict[tuple[Any, ...], str] = here.app().extensions["talkoot_frames"]
    part = parts.get(key)
    if part is None:
        part = context.environment.get_template(template).render(context.get_all())
        if len(parts) >= MOST:
            parts.clear()
        parts[key] = part
    return Markup(_filled(part, context))  # noqa: S704 a template's own output, and what is put into it is escaped


def _filled(part: str, context: Context) -> str:
    """The remembered part with what differs from page to page."""
    if imprint.MARK in part:
        part = part.replace(imprint.MARK, imprint.line(context)).replace(THIS_PLACE, quote(request.path))
    if BELL in part:
        part = part.replace(BELL, bell(context["actor"].unread, context["language"]))
    if THIS_PAGE in part:  # last: an address may hold anything, even the marks above
        part = part.replace(THIS_PAGE, escape(this_page()))
    return part


@lru_cache(maxsize=1024)
def bell(unread: int, language: str) -> Markup:
    """The count on the bell, and what a screen reader says of it; empty when nothing is unread."""
    if not unread:
        return Markup()
    shown = f"{reading.MOST_COUNTED - 1}+" if unread >= reading.MOST_COUNTED else str(unread)
    with i18n.speaking(language):
        words = ngettext("%(shown)s unread", "%(shown)s unread", unread, shown=shown)
    return Markup('<span class="count" aria-hidden="true">{}</span><span class="sr">: {}</span>').format(shown, words)


def looks_alike(values: Mapping[str, Any]) -> tuple[Any, ...]:
    """Everything that the frame of a page depends on, but for what is filled in."""
    actor, snapshot = values["actor"], request.environ[PRESENT][0]
    return (
        values["theme"], g.tenant.id if g.tenant else 0, (snapshot.stamp, snapshot.days) if snapshot else -1, values["language"],
        values["root"], actor.name, actor.is_guest, actor.operator, tuple(values["nav"]), values["asks"],
        values["push_offered"],
    )  # fmt: skip


def asks_for_feedback() -> bool:
    """Whether the strip "Give feedback" stands above the foot of this page."""
    return g.tenant is not None and request.endpoint not in WITHOUT_STRIP


def this_page() -> str:
    """The address of this page, ready for `lang=…` to be added."""
    args = {k: v for k, v in request.args.items() if k != "lang"}
    return f"{request.script_root}{request.path}?{urlencode(args) + '&' if args else ''}"

"""The page of search. Everything that was asked is in its address, so results can be kept and sent to others."""

from __future__ import annotations

import re
from collections.abc import Collection
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Blueprint, request, url_for
from markupsafe import Markup

from talkoot import clock
from talkoot.access.policy import VERIFIED
from talkoot.i18n import lazy
from talkoot.ids import parse_id
from talkoot.search import analyzers, querying
from talkoot.search.excerpts import Marker
from talkoot.search.keys import Keys
from talkoot.search.querying import Filters, Found
from talkoot.search.results import results
from talkoot.search.terms import LONGEST, parse
from talkoot.tenants import areas
from talkoot.web import here
from talkoot.web.pagecache import STORED
from talkoot.web.render import page, part, wants_partial

search = Blueprint("search", __name__)
SINCE = {"day": 1, "week": 7, "month": 31, "year": 366}
SINCE_TITLES = {
    "day": lazy("The last 24 hours"),
    "week": lazy("The last week"),
    "month": lazy("The last month"),
    "year": lazy("The last year"),
}
NARROWING = ("place", "area", "since", "role", "kind", "unanswered", "within")
AFTER = re.compile("[0-9]{1,11}")


@search.get("/search")
def found() -> str:
    """What was found, or the empty form with some help."""
    query = request.args.get("q", "")[:LONGEST].strip()
    chosen = _choices()
    keys = Keys(here.tenant().id, analyzers.of(here.app().settings.instance), _languages())
    terms, asked = parse(query), bool(query)
    filters, after = _filters(chosen), _after()
    member = here.actor().is_member
    answer = querying.find(here.db(), here.registry(), keys, terms, filters, member=member, after=after)
    marker = Marker(keys, terms, answer.bare)
    rows = part(
        "search/_results.html",
        results=results(answer.posts, marker, here.language(), here.tenant().time_zone),
        more=_more(query, chosen, answer),
        within=_address(query, chosen, within=""),
        root=request.script_root,
        verified=VERIFIED,
    )
    if after and wants_partial():
        return rows
    body = page(
        "search/search.html",
        query=query,
        asked=asked,
        found=answer,
        rows=rows,
        narrowing=_narrowing(chosen, member),
        filtered=bool(filters.given()),
        within=chosen.get("within"),
        everywhere=_address(query, chosen, within=None),
    )
    if asked:  # few search for the same, and their pages would push out those that many read
        request.environ.pop(STORED, None)
    return body


def _languages() -> tuple[str, ...]:
    """The site's languages, and the one in which the page is read."""
    return tuple(dict.fromkeys((*here.tenant().languages, here.language())))


def _choices() -> dict[str, str]:
    """The filters as they stand in the address; what is none of the choices is left out."""
    given = {name: request.args.get(name, "") for name in NARROWING}
    kinds = [name for searched in querying.searched(here.registry(), here.db()) for name in searched.kinds]
    known: dict[str, Collection[str]] = {"since": SINCE, "role": VERIFIED, "kind": kinds, "unanswered": ("1",)}
    return {name: value for name, value in given.items() if value and value in known.get(name, (value,))}


def _filters(chosen: dict[str, str]) -> Filters:
    days = SINCE.get(chosen.get("since", ""))
    return Filters(
        place=_id(chosen.get("place")),
        area=_id(chosen.get("area")),
        since=clock.now() - timedelta(days=days) if days else None,
        role=chosen.get("role", ""),
        kind=chosen.get("kind", ""),
        unanswered="unanswered" in chosen,
        within=_id(chosen.get("within")),
    )


def _id(text: str | None) -> UUID | None:
    """An id out of an address; one that is none finds nothing."""
    return (parse_id(text) or UUID(int=0)) if text else None


def _after() -> int | None:
    """Where the page before ended."""
    given = request.args.get("after", "")
    return int(given) if AFTER.fullmatch(given) else None


def _more(query: str, chosen: dict[str, str], answer: Found) -> str:
    """The address of the next page of results."""
    if answer.following is None:
        return ""
    return _address(query, chosen, after=str(answer.following))


def _address(query: str, chosen: dict[str, str], **changed: str | None) -> str:
    """The address of this search with something changed in it, which stands last; None leaves it out.

    Of this page's address it keeps what search knows.
    """
    kept = {name: value for name, value in chosen.items() if name not in changed}
    given: dict[str, Any] = {"q": query, **kept, **changed}
    return url_for("search.found", **{name: value for name, value in given.items() if value is not None})


def _narrowing(chosen: dict[str, str], member: bool) -> Markup:
    """The fields that narrow a search: as long as nothing is chosen in them, the same for all guests and for all members."""
    if chosen:
        return part("search/_narrowing.html", chosen=chosen, **_options(member))
    tenant = here.tenant()
    key = ("search.narrowing", member, here.language(), tenant.setting("site.theme"), clock.today(tenant.time_zone))
    return here.db().remembered(key, lambda: part("search/_narrowing.html", chosen={}, **_options(member)), weight=len)


def _options(member: bool) -> dict[str, list[tuple[str, str]]]:
    """What can be chosen: (value, title) by filter."""
    db, language = here.db(), here.language()
    kinds = querying.searched(here.registry(), db)
    return {
        "place": [(str(i), name) for kind in kinds for i, name in kind.places(db, member, language).items()],
        "area": [(str(area.id), area.name(language)) for area in areas.areas(db)],
        "since": [(name, str(title)) for name, title in SINCE_TITLES.items()],
        "role": [(name, str(title)) for name, title in VERIFIED.items()],
        "kind": [(name, str(title)) for kind in kinds for name, title in kind.kinds.items()],
    }

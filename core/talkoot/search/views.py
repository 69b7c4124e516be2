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
from talkoot.search.querying import Filters, Found, Place
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
AFTER = re.compile(r"([1-3])-([0-9]{1,9})")


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
        results=results(answer.posts, marker),
        more=_more(query, chosen, answer),
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
    )
    if asked:  # few search for the same, and their pages would push out those that many read
        request.environ.pop(STORED, None)
    return body


def _languages() -> tuple[str, ...]:
    """The site's languages, and the one in which the page is read."""
    return tuple(dict.fromkeys((*here.tenant().languages, here.language())))


def _choices() -> dict[str, str]:
    """The filters as they stand in the address; what is none of the choices is left out."""
    given = {name: request.args.get(name, "") for name in ("place", "area", "since", "role", "kind", "unanswered")}
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
    )


def _id(text: str | None) -> UUID | None:
    """An id out of an address; one that is none finds nothing."""
    return (parse_id(text) or UUID(int=0)) if text else None


def _after() -> Place | None:
    """Where the page before ended."""
    read = AFTER.fullmatch(request.args.get("after", ""))
    return Place(int(read[1]), int(read[2])) if read else None


def _more(query: str, chosen: dict[str, str], answer: Found) -> str:
    """The address of the next page of results; of this one's address it keeps what search knows."""
    if answer.following is None:
        return ""
    given: dict[str, Any] = {**chosen, "q": query, "after": f"{answer.following.rank}-{answer.following.number}"}
    return url_for("search.found", **given)


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

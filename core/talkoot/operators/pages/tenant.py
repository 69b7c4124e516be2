"""One site as its operator sees it: names, addresses, affiliations, plugins, first main user, closing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request

from talkoot import clock
from talkoot.errors import InvalidError, NotFoundError
from talkoot.i18n import gettext
from talkoot.ids import parse_id
from talkoot.lengths import within
from talkoot.operators import acting, overview
from talkoot.operators.pages.frame import enter, operators, show
from talkoot.people import invitations, roles
from talkoot.site import summaries
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.names import from_form, known_languages
from talkoot.tenants import affiliations, identity, registering, switches
from talkoot.tenants.affiliations import Shown
from talkoot.tenants.tenant import Tenant
from talkoot.web import here
from talkoot.web.forms import day
from talkoot.web.notices import done


@operators.route("/sites/<slug>", methods=["GET", "POST"])
def tenant(slug: str) -> Any:
    """Everything about one site on one page; each form does one thing, and it is noted in the site's log."""
    enter()
    found = acting.tenant_at(slug)
    error = None
    if request.method == "POST":
        act = ACTS.get(request.form.get("act", ""))
        if act is None:
            raise NotFoundError
        acting.step_into(found)
        try:
            act(found)
            if request.form["act"] == "close":
                return done("closed", "operators.tenants")
            return done(_said(), "operators.tenant", slug=slug, anchor=request.form["act"])
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    return show("operators/tenant.html", at="operators.tenants", error=error, **_context(found))


def _said() -> str:
    """Which sentence the page says after the act."""
    if request.form["act"] == "plugin":
        return "switched_on" if request.form.get("on") == "1" else "switched_off"
    return {"invite": "invited", "add_host": "added", "add_tie": "added", "remove_host": "removed"}.get(
        request.form["act"], "saved"
    )


def _context(found: Tenant) -> dict[str, Any]:
    db, snapshot, language = here.db(), here.app().directory.current(), here.language()
    row = registering.row(db, found.slug)
    return {
        "found": found,
        "row": row,
        "line": overview.line_of(found, snapshot, summaries.published(db).get(found.id), language),
        "known": known_languages(row.languages),
        "zones": identity.zones(),
        "hosts": found.hosts,
        "ties": _ties(found),
        "others": affiliations.possible(snapshot, found, language),
        "switches": switches.of(db, here.registry(), found.slug),
        "tie_titles": affiliations.KIND_TITLES,
        "seen": fingerprints.mark(_identity(row)),
        "acted": request.form.get("act", ""),
        "opened": request.args.get("opened") == "1",
        "invited": request.args.get("invited") == "1",
    }


def _ties(found: Tenant) -> list[Shown]:
    snapshot, today = here.app().directory.current(), clock.today(found.time_zone)
    return affiliations.of(here.db(), found.id, snapshot, here.language(), today)


def _identity(row: Any) -> list[Any]:
    return [row.names, row.languages, row.time_zone]


def _names(found: Tenant) -> None:
    row = registering.row(here.db(), found.slug)
    fingerprints.compare(request.form.get("seen", ""), _identity(row))
    values = from_form(known_languages(row.languages))
    registering.change(here.db(), found.id, **values)
    here.note("names_changed", reason=identity.in_words(values))


def _add_host(found: Tenant) -> None:
    host = request.form.get("host", "").strip().lower()
    own, canonical = here.app().settings.main_hosts, request.form.get("canonical") == "1"
    registering.add_host(here.db(), found.id, host, main_hosts=own, canonical=canonical)
    here.note("host_added", reason=host)


def _remove_host(found: Tenant) -> None:
    host = request.form.get("host", "")
    _check_host(found, host)
    registering.remove_host(here.db(), found.id, host)
    here.note("host_removed", reason=host)


def _check_host(found: Tenant, host: str) -> None:
    if host not in found.hosts:  # removed while the page was open
        raise InvalidError(gettext("The site does not have this host name any more."))


def _choose_host(found: Tenant) -> None:
    """Which address mails, feeds and links show: a host name of the site, or its path on the installation's host."""
    host = request.form.get("host", "")
    if host:
        _check_host(found, host)
    registering.change(here.db(), found.id, canonical_host=host or None)
    here.note("host_chosen", reason=host or f"/{found.slug}")


def _add_tie(found: Tenant) -> None:
    kind, other = affiliations.chosen(here.app().directory.current(), found, request.form.get("other", ""))
    first, last = day("first_day"), day("last_day")
    ends = affiliations.day_after(last) if last else None
    affiliations.add(here.db(), found, _ties(found), other, kind, first, ends, request.form.get("note", ""))
    here.note("tie_added", reason=f"{kind}: {identity.joined(other.names, other.languages)}")


def _end_tie(found: Tenant) -> None:
    tie, last = affiliations.without_end(_ties(found), parse_id(request.form.get("tie", ""))), day("last_day")
    if last is None:
        raise InvalidError(gettext("Write the last day."), "last_day")
    registering.end_tie(here.db(), found.id, tie.id, last)
    roles.end_tied(here.db(), tie.id, last)
    here.note("tie_ended", reason=last.isoformat())


def _plugin(found: Tenant) -> None:
    name, on = request.form.get("plugin", ""), request.form.get("on") == "1"
    present = switches.of(here.db(), here.registry(), found.slug)
    switches.switch(here.db(), found.id, present.get(name), on)
    here.note("plugin_on" if on else "plugin_off", reason=name)


def _invite(_found: Tenant) -> None:
    made = invitations.invite(here.db(), request.form.get("email", ""), ["admin"])
    here.note("person_invited", ("invitation", made.id), "admin")


def _close(found: Tenant) -> None:
    if request.form.get("slug", "").strip().lower() != found.slug:
        raise InvalidError(gettext("Write the address %(slug)s to close the site.", slug=found.slug), "slug")
    reason = within(request.form.get("reason", ""), 500, "reason")
    registering.change(here.db(), found.id, closed_at=clock.now())
    here.note("tenant_closed", reason=reason)


ACTS: dict[str, Callable[[Tenant], None]] = {
    "names": _names,
    "add_host": _add_host,
    "remove_host": _remove_host,
    "choose_host": _choose_host,
    "add_tie": _add_tie,
    "end_tie": _end_tie,
    "plugin": _plugin,
    "invite": _invite,
    "close": _close,
}


@operators.post("/closed/<slug>")
def reopen(slug: str) -> Any:
    """Open a closed site again; everything in it is as it was."""
    enter()
    row = registering.row(here.db(), slug)
    if row.closed_at is None:
        raise NotFoundError
    acting.step_into(here.app().directory.with_closed().by_id[row.id])
    registering.change(here.db(), row.id, closed_at=None)
    here.note("tenant_reopened")
    return done("opened", "operators.tenant", slug=slug)

"""Adding a municipality: choose it, choose languages and plugins, name its first main user."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.errors import InvalidError, NotFoundError
from talkoot.operators import acting, opening
from talkoot.operators.pages.frame import enter, operators, show
from talkoot.people import invitations
from talkoot.people.accounts import normalise_email
from talkoot.staff.pages.names import from_form, known_languages
from talkoot.tenants import identity, municipalities, registering, switches
from talkoot.tenants.municipalities import Municipality
from talkoot.web import here


@operators.get("/add")
def add() -> Any:
    """Find the municipality among the 308; those that have a site lead to it."""
    enter()
    query = request.args.get("q", "").strip()
    found = opening.choices(here.app().directory.current(), query)
    names = sorted({name for m in municipalities.key().values() for name in m.names.values()})
    return show("operators/add.html", at="operators.add", query=query, regions=found, names=names)


@operators.route("/add/<code>", methods=["GET", "POST"])
def add_one(code: str) -> Any:
    """Languages, plugins and first main user of the new site; the result page tells its address."""
    enter()
    municipality = municipalities.key().get(code)
    if municipality is None:
        raise NotFoundError
    snapshot = here.app().directory.current()
    if there := next((t for t in snapshot.tenants if t.code == code), None):
        return here.go("operators.tenant", slug=there.slug)
    rules = opening.rules_for(here.db(), snapshot, municipality).get("plugins", {})
    error = None
    if request.method == "POST":
        try:
            slug, invited = _open(municipality, rules)
            return here.go("operators.tenant", slug=slug, opened=1, invited=int(invited))
        except InvalidError as refused:
            error = refused
    return show(
        "operators/add_one.html",
        at="operators.add",
        error=error,
        municipality=municipality,
        row={"names": municipality.names, "languages": municipality.languages, "time_zone": "Europe/Helsinki"},
        known=known_languages(list(municipality.languages)),
        zones=identity.zones(),
        switches=switches.switches(here.registry(), {}, rules),
    )


def _open(municipality: Municipality, rules: dict[str, str]) -> tuple[str, bool]:
    """Make the site, begin its log and invite its first main user; returns its address and whether one was invited."""
    form = request.form
    values = from_form(known_languages(list(municipality.languages)))
    email = normalise_email(form.get("email", "")) if form.get("email", "").strip() else ""
    db = here.db()
    tenant_id = opening.open_site(db, here.registry(), municipality, values, form.getlist("plugins"), rules)
    sites = here.app().directory.within(db).by_id
    for made in registering.made(db):  # its region's site too, when it is the first one there
        with acting.entered(sites[made]):
            here.note("tenant_added", reason=identity.joined(sites[made].names, sites[made].languages))
            if email and made == tenant_id:
                invited = invitations.invite(db, email, ["admin"])
                here.note("person_invited", ("invitation", invited.id), "admin")
    return sites[tenant_id].slug, bool(email)

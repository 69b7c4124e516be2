"""Names of the site per language, its languages in their order, and its time zone."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.errors import InvalidError
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import identity, registering
from talkoot.web import here
from talkoot.web.notices import done


@staff.route("/settings/names", methods=["GET", "POST"])
def names() -> Any:
    """Change names, languages and time zone."""
    enter("staff.settings")
    row = registering.row(here.db(), here.tenant().slug)
    error = None
    if request.method == "POST":
        try:
            _save(row)
            return done("saved", "staff.settings")
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    return show(
        "staff/names.html",
        at="staff.settings",
        error=error,
        row=row,
        known=known_languages(row.languages),
        zones=identity.zones(),
        seen=fingerprints.mark(_values(row)),
    )


def known_languages(present: list[str]) -> list[str]:
    """The languages this installation serves, and those the site has already."""
    return list(dict.fromkeys((*here.app().settings.installation_languages, *present)))


def _values(row: Any) -> list[Any]:
    return [row.names, row.languages, row.time_zone]


def _save(row: Any) -> None:
    fingerprints.compare(request.form.get("seen", ""), _values(row))
    values = from_form(known_languages(row.languages))
    if values != {"names": row.names, "languages": row.languages, "time_zone": row.time_zone}:
        registering.change(here.db(), here.tenant().id, **values)
        here.note("names_changed", reason=identity.in_words(values))


def from_form(known: list[str]) -> dict[str, Any]:
    """Names, languages and time zone as the form sent them, checked."""
    form = request.form
    sent_names = {code: form.get(f"name_{code}", "") for code in known}
    languages = [form.get(f"language_{n}", "") for n in range(1, len(known) + 1)]
    return identity.checked(sent_names, languages, form.get("time_zone", ""), known=known)

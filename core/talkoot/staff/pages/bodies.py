"""Bodies and associations: those that owe answers, and others that take part."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import request

from talkoot.errors import InvalidError
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import identity, organisations
from talkoot.tenants.models import Organisation
from talkoot.web import here
from talkoot.web.notices import done


@staff.get("/bodies")
def bodies() -> Any:
    """All bodies, those that owe answers first."""
    enter("staff.bodies")
    rows = organisations.listed(here.db(), here.language())
    name_of = partial(organisations.name, here.db())
    return show("staff/bodies.html", at="staff.bodies", bodies=rows, kinds=organisations.KINDS, name_of=name_of)


@staff.route("/bodies/new", methods=["GET", "POST"])
@staff.route("/bodies/<uuid:body_id>", methods=["GET", "POST"])
def body(body_id: UUID | None = None) -> Any:
    """Add a body or change one."""
    enter("staff.bodies")
    row = organisations.get(here.db(), body_id) if body_id else None
    error = None
    if request.method == "POST":
        try:
            _save(row)
            return done("saved" if row else "added", "staff.bodies")
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    return show(
        "staff/body.html", at="staff.bodies", error=error, body=row, kinds=organisations.KINDS,
        name=organisations.name(here.db(), row, here.language()) if row else "", seen=fingerprints.mark(_values(row)),
    )  # fmt: skip


def _values(row: Organisation | None) -> list[Any]:
    return [row.names, row.kind, row.body, row.contact] if row else []


def _save(row: Organisation | None) -> None:
    fingerprints.compare(request.form.get("seen", ""), _values(row))
    form, languages = request.form, here.tenant().languages
    kept = {code: text for code, text in row.names.items() if code not in languages} if row else {}
    saved = organisations.save(
        here.db(),
        row.id if row else None,
        names={**kept, **{code: form.get(f"name_{code}", "") for code in languages}},
        kind=form.get("kind", ""),
        body=form.get("body") == "1",
        contact=form.get("contact", ""),
    )
    here.note(
        "body_changed" if row else "body_added", ("organisation", saved.id), identity.joined(saved.names, languages)
    )

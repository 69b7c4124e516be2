"""Areas of the municipality: added, renamed, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request

from talkoot import clock
from talkoot.errors import InvalidError
from talkoot.lengths import within
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.tenants import areas as subject
from talkoot.tenants import identity
from talkoot.tenants.models import AreaRow
from talkoot.web import here
from talkoot.web.forms import day
from talkoot.web.notices import done


@staff.get("/areas")
def areas() -> Any:
    """All areas, ended ones last."""
    enter("staff.areas")
    rows = subject.every(here.db())
    today = clock.today(here.tenant().time_zone)
    ended = {row.id for row in rows if subject.has_ended(row, today)}
    return show("staff/areas.html", at="staff.areas", areas=rows, ended=ended, kinds=subject.KINDS)


@staff.route("/areas/new", methods=["GET", "POST"])
@staff.route("/areas/<slug>", methods=["GET", "POST"])
def area(slug: str | None = None) -> Any:
    """Add an area, or change one: names, words about it, kind, former code, first and last day."""
    enter("staff.areas")
    row = subject.row_of(here.db(), slug) if slug else None
    error = None
    if request.method == "POST":
        try:
            _save(row)
            return done("saved" if row else "added", "staff.areas")
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    return show(
        "staff/area.html",
        at="staff.areas",
        error=error,
        area=row,
        kinds=subject.KINDS,
        last_day=row.valid_to - timedelta(days=1) if row and row.valid_to else None,
        seen=fingerprints.mark(_values(row)),
    )


def _values(row: AreaRow | None) -> list[Any]:
    return [row.names, row.about, row.kind, row.former_code, row.valid_from, row.valid_to] if row else []


def _save(row: AreaRow | None) -> None:
    fingerprints.compare(request.form.get("seen", ""), _values(row))
    db, form, languages = here.db(), request.form, here.tenant().languages
    names = {code: form.get(f"name_{code}", "") for code in languages}
    kept = {code: text for code, text in row.names.items() if code not in languages} if row else {}
    code = within(form.get("former_code", ""), 10, "former_code") or None
    slug = row.slug if row else subject.add(db, names, form.get("kind", ""), code).slug
    subject.change(
        db,
        slug,
        names={**kept, **names},
        about={code: form.get(f"about_{code}", "") for code in languages},
        kind=form.get("kind", ""),
        former_code=code,
        valid_from=day("valid_from"),
        last_day=day("last_day"),
    )
    saved = subject.row_of(db, slug)
    here.note("area_changed" if row else "area_added", ("area", saved.id), identity.joined(saved.names, languages))

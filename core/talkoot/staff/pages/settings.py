"""The settings of a site, section by section, each value with who decided it."""

from __future__ import annotations

from typing import Any

from babel.numbers import format_decimal
from flask import request

from talkoot import i18n
from talkoot.errors import InvalidError, NotFoundError
from talkoot.staff import fingerprints, preview, sections
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.staff.pages.frame import Refusal, enter, show, staff
from talkoot.staff.sections import Section
from talkoot.tenants import registering
from talkoot.tenants import settings as tenant_settings
from talkoot.tenants.settings import Decided
from talkoot.web import here
from talkoot.web.notices import done


@staff.get("/settings")
def settings() -> Any:
    """All sections with their present values."""
    enter("staff.settings")
    values = _values()
    found = sections.sections(here.registry(), here.tenant())
    shown = {s.name: sections.shown(s, values, here.tenant().languages) for s in found.values()}
    row = registering.row(here.db(), here.tenant().slug)
    return show("staff/settings.html", at="staff.settings", sections=found, shown=shown, row=row, **_words())


def _values() -> dict[str, Decided]:
    return sections.decided(here.db(), here.registry(), here.app().settings)


def _words() -> dict[str, Any]:
    """What templates need to show values in words."""
    themes = {name: str(loaded.theme.title) for name, loaded in here.registry().themes.items()}
    return {"choices": tenant_settings.choices, "themes": themes, "help": sections.HELP, "region": region_name()}


def region_name() -> str:
    region = here.app().directory.current().by_id.get(here.tenant().region_id or 0)
    return region.name(here.language()) if region else ""


@staff.route("/settings/<name>", methods=["GET", "POST"])
def section(name: str) -> Any:
    """Change one section. When somebody saved it in between, both values are shown and nothing is lost."""
    enter("staff.settings")
    found = sections.sections(here.registry(), here.tenant()).get(name)
    if found is None:
        raise NotFoundError
    items = sections.shown(found, _values(), here.tenant().languages)
    error = None
    if request.method == "POST" and request.form.get("act") != "check":
        try:
            _save(items)
            return done("saved", "staff.settings", anchor=name)
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    return _page(found, items, error)


def _save(items: list[Decided]) -> None:
    """Store what was sent, with a line in the log for each value that changed."""
    fingerprints.compare(request.form.get("seen", ""), sections.seen(items))
    changed = sections.save(here.db(), here.registry(), items, request.form, request.form.getlist("back"))
    for key, value in changed.items():
        words = key if value is None else f"{key}: {str(value)[:100]}"
        here.note("setting_forgotten" if value is None else "setting_changed", reason=words)


def _page(found: Section, items: list[Decided], error: Refusal | None) -> Any:
    checking = request.method == "POST"
    if checking and request.form.get("act") == "check":
        here.db().quiet = True
    values = {
        item.setting.name: request.form.get(item.setting.name, item.value) if checking else item.value for item in items
    }
    if found.name == "look" and not checking:
        values["site.brand"] = request.args.get("brand", values["site.brand"])
    seen_colour = preview.preview(str(values.get("site.brand", "")))
    return show(
        "staff/look.html" if found.name == "look" else "staff/section.html",
        at="staff.settings",
        section=found,
        items=items,
        values=values,
        seen=fingerprints.mark(sections.seen(items)),
        preview=seen_colour,
        contrast=format_decimal(seen_colour.ratio, locale=i18n.locale(here.language())) if seen_colour else "",
        palette=preview.PALETTE,
        multiline=tenant_settings.MULTILINE,
        error=error,
        **_words(),
    )

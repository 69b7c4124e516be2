"""The texts of the footer's pages, each in each language of the site."""

from __future__ import annotations

from typing import Any

from flask import request

from talkoot.errors import InvalidError, NotFoundError
from talkoot.site import texts as subject
from talkoot.site.texts import Text, TextConflictError
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.web import here
from talkoot.web.notices import done


@staff.get("/texts")
def texts() -> Any:
    """Which texts are the municipality's own, and which the standard ones."""
    enter("staff.texts")
    found = {
        name: [subject.get(here.db(), name, language) for language in here.tenant().languages] for name in subject.PAGES
    }
    return show("staff/texts.html", at="staff.texts", texts=found, titles=subject.PAGES)


@staff.route("/texts/<name>", methods=["GET", "POST"])
def text(name: str) -> Any:
    """Change a text. When somebody saved it in between, both texts are shown and nothing is lost."""
    enter("staff.texts")
    language = request.values.get("language", here.language())
    if language not in here.tenant().languages:
        raise NotFoundError
    now = subject.get(here.db(), name, language)
    if request.method != "POST":
        return _page(now, language, now.source)
    written = request.form.get("text", "")
    try:
        _save(now, language, written)
        return done("standard_text" if request.form.get("act") == "forget" else "saved", "staff.texts", anchor=name)
    except TextConflictError as conflict:
        return _page(now, language, written, theirs=conflict.theirs, status=409)
    except InvalidError as refused:
        return _page(now, language, written, error=refused)


def _save(now: Text, language: str, written: str) -> None:
    version = request.form.get("version", default=-1, type=int)
    if request.form.get("act") == "forget":
        if version != now.version:
            raise TextConflictError(now.source, now.version)
        subject.forget(here.db(), now.page, language)
        here.note("text_forgotten", reason=f"{now.page} ({language})")
        return
    by = here.actor().membership_id
    subject.save(here.db(), now.page, language, written, version, by)
    here.note("text_changed", reason=f"{now.page} ({language})")


def _page(now: Text, language: str, written: str, **context: Any) -> Any:
    """`language` is the one asked for; a standard text that is not there in it is shown in English to begin with."""
    return show(
        "staff/text.html",
        at="staff.texts",
        text=now,
        in_language=language,
        written=written,
        titles=subject.PAGES,
        **context,
    )

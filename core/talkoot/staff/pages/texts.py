"""The texts of the footer's pages, each in each language of the site."""

from __future__ import annotations

from functools import partial
from typing import Any

from talkoot.site import texts as subject
from talkoot.site.texts import Text
from talkoot.staff.pages import text_form
from talkoot.staff.pages.frame import enter, show, staff
from talkoot.web import here


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
    """Change a text."""
    enter("staff.texts")
    language = text_form.language(here.tenant().languages)
    now = subject.get(here.db(), name, language)
    return text_form.edit(now, language, partial(show, "staff/text.html", at="staff.texts"), _store, "staff.texts")


def _store(now: Text, language: str, written: str | None, version: int) -> None:
    if written is None:
        subject.forget(here.db(), now.page, language)
    else:
        subject.save(here.db(), now.page, language, written, version, here.actor().membership_id)
    here.note("text_forgotten" if written is None else "text_changed", reason=f"{now.page} ({language})")

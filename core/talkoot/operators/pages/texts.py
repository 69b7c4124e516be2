"""The texts of the footer's pages on the installation's own site, each in each of its languages."""

from __future__ import annotations

from functools import partial
from typing import Any

import structlog

from talkoot.operators.pages.frame import enter, operators, show
from talkoot.site import installation_texts as subject
from talkoot.site import texts as footer
from talkoot.site.texts import Text
from talkoot.staff.pages import text_form
from talkoot.web import here

log = structlog.get_logger("talkoot.operators")


@operators.get("/texts")
def texts() -> Any:
    """Which texts are the operator's own, and which the standard ones."""
    enter()
    found = {name: [_now(name, language) for language in _languages()] for name in footer.PAGES}
    return show("operators/texts.html", at="operators.texts", texts=found, titles=footer.PAGES)


@operators.route("/texts/<name>", methods=["GET", "POST"])
def text(name: str) -> Any:
    """Change a text."""
    enter()
    language = text_form.language(_languages())
    page = partial(show, "operators/text.html", at="operators.texts", languages_of_text=_languages())
    return text_form.edit(_now(name, language), language, page, _store, "operators.texts")


def _languages() -> tuple[str, ...]:
    return here.app().settings.installation_languages


def _now(name: str, language: str) -> Text:
    return subject.get(here.db(), here.app().settings, name, language)


def _store(now: Text, language: str, written: str | None, version: int) -> None:
    if written is None:
        subject.forget(here.db(), now.page, language)
    else:
        subject.save(here.db(), here.app().settings, now.page, language, written, version)
    log.info("text_changed", page=now.page, language=language, back=written is None, person=str(here.actor().person_id))

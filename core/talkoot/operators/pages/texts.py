"""The texts of the footer's pages on the installation's own site, each in each of its languages."""

from __future__ import annotations

from typing import Any

import structlog
from flask import request

from talkoot.errors import InvalidError, NotFoundError
from talkoot.operators.pages.frame import enter, operators, show
from talkoot.site import installation_texts as subject
from talkoot.site import texts as footer
from talkoot.site.texts import Text, TextConflictError
from talkoot.web import here
from talkoot.web.notices import done

log = structlog.get_logger("talkoot.operators")


@operators.get("/texts")
def texts() -> Any:
    """Which texts are the operator's own, and which the standard ones."""
    enter()
    found = {name: [_now(name, language) for language in _languages()] for name in footer.PAGES}
    return show("operators/texts.html", at="operators.texts", texts=found, titles=footer.PAGES)


@operators.route("/texts/<name>", methods=["GET", "POST"])
def text(name: str) -> Any:
    """Change a text. When somebody saved it in between, both texts are shown and nothing is lost."""
    enter()
    language = request.values.get("language", here.language())
    if language not in _languages():
        raise NotFoundError
    now = _now(name, language)
    if request.method != "POST":
        return _page(now, language, now.source)
    written = request.form.get("text", "")
    try:
        return done(_save(now, language, written), "operators.texts", anchor=name)
    except TextConflictError as conflict:
        return _page(now, language, written, theirs=conflict.theirs, status=409)
    except InvalidError as refused:
        return _page(now, language, written, error=refused)


def _languages() -> tuple[str, ...]:
    return here.app().settings.installation_languages


def _now(name: str, language: str) -> Text:
    return subject.get(here.db(), here.app().settings, name, language)


def _save(now: Text, language: str, written: str) -> str:
    """Store the text or take the standard one back; returns which sentence the next page says."""
    version = request.form.get("version", default=-1, type=int)
    back = request.form.get("act") == "forget"
    if back and version != now.version:
        raise TextConflictError(now.source, now.version)
    if back:
        subject.forget(here.db(), now.page, language)
    else:
        subject.save(here.db(), here.app().settings, now.page, language, written, version)
    log.info("text_changed", page=now.page, language=language, back=back, person=str(here.actor().person_id))
    return "standard_text" if back else "saved"


def _page(now: Text, language: str, written: str, **context: Any) -> Any:
    return show(
        "operators/text.html",
        at="operators.texts",
        text=now,
        in_language=language,
        languages_of_text=_languages(),
        written=written,
        titles=footer.PAGES,
        **context,
    )

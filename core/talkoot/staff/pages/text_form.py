"""The form of a footer's text, a municipality's or the installation's: changed, given back, or saved by two at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from flask import request

from talkoot.errors import InvalidError, NotFoundError
from talkoot.site.texts import PAGES, Text, TextConflictError
from talkoot.web import here
from talkoot.web.notices import done

Show = Callable[..., Any]  # a page with the text in its form, out of the context it is given
Store = Callable[[Text, str, str | None, int], None]  # text as it is, language, new words (None: the standard), version


def language(known: Sequence[str]) -> str:
    """The language of the text that is asked for; raises NotFoundError for one that the site does not have."""
    wanted = str(request.values.get("language", here.language()))
    if wanted not in known:
        raise NotFoundError
    return wanted


def edit(now: Text, in_language: str, show: Show, store: Store, back: str) -> Any:
    """The form, or what came of sending it. When somebody saved in between, both texts are shown and nothing is lost.

    `in_language` is the one asked for; a standard text that is not there in it is in English to begin with.
    """
    about = {"text": now, "in_language": in_language, "titles": PAGES}
    if request.method != "POST":
        return show(written=now.source, **about)
    written = request.form.get("text", "")
    forget = request.form.get("act") == "forget"
    version = request.form.get("version", default=-1, type=int)
    try:
        if forget and version != now.version:
            raise TextConflictError(now.source, now.version)
        store(now, in_language, None if forget else written, version)
    except TextConflictError as conflict:
        return show(written=written, theirs=conflict.theirs, status=409, **about)
    except InvalidError as refused:
        return show(written=written, error=refused, **about)
    return done("standard_text" if forget else "saved", back, anchor=now.page)

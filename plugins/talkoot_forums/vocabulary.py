"""The page of who keeps the tags: add, rename, put in order, merge, retire."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import make_response, request

from talkoot.db import turns
from talkoot.errors import InvalidError, NotFoundError
from talkoot.staff import fingerprints
from talkoot.staff.fingerprints import SavedMeanwhileError
from talkoot.tenants import identity
from talkoot.web import here
from talkoot.web.notices import done
from talkoot.web.render import page
from talkoot_forums import tags
from talkoot_forums.models import Tag
from talkoot_forums.places import TAG
from talkoot_forums.views import blueprint


@blueprint.route("/tags/manage", methods=["GET", "POST"])
@blueprint.route("/tags/<slug>/manage", methods=["GET", "POST"])
def manage_tags(slug: str | None = None) -> Any:
    """All tags with how many topics each has, and a form for a new one; or one tag, to change it."""
    here.require("forums.manage")
    if request.method == "POST":
        turns.take(here.db(), turns.SETTINGS)
    found = tags.get(here.db(), slug) if slug else None
    error: InvalidError | SavedMeanwhileError | None = None
    if request.method == "POST":
        try:
            return _act(slug)
        except (InvalidError, SavedMeanwhileError) as refused:
            error = refused
    meanwhile = isinstance(error, SavedMeanwhileError)
    body = page(
        "forums/tag.html" if found else "forums/tags.html",
        tag=found,
        tags=tags.vocabulary(here.db(), retired=True),
        counts=tags.counts(here.db()),
        seen=fingerprints.mark(dict(found.names) if found else None),
        meanwhile=meanwhile,
        error=error,
        form=request.form,
    )
    return make_response(body, 409 if meanwhile else 422 if error else 200)


def _act(slug: str | None) -> Any:
    act = request.form.get("act", "save")
    if act == "save":
        return _save(slug)
    if slug is None or act not in ACTS:
        raise NotFoundError
    ACTS[act](slug)
    return done("saved", "forums.manage_tags")


def _save(slug: str | None) -> Any:
    db, languages = here.db(), here.tenant().languages
    kept: dict[str, str] = {}
    if slug:
        now = tags.get(db, slug).names
        fingerprints.compare(request.form.get("seen", ""), dict(now))
        kept = {language: name for language, name in now.items() if language not in languages}
    names = {language: request.form.get(f"name_{language}", "") for language in languages}
    _note("tag_saved", tags.save(db, slug, kept | names))
    return done("saved" if slug else "added", "forums.manage_tags")


def _merge(slug: str) -> None:
    gone, target = tags.merge(here.db(), slug, request.form.get("into", ""))
    here.note("tag_merged", (TAG, gone.id), f"{_joined(gone)} → {_joined(target)}")


def _note(act: str, tag: Tag) -> None:
    here.note(act, (TAG, tag.id), _joined(tag))


def _joined(tag: Tag) -> str:
    return str(identity.joined(tag.names, here.tenant().languages))


ACTS: dict[str, Callable[[str], Any]] = {
    "up": lambda slug: tags.put_before(here.db(), slug),
    "retire": lambda slug: _note("tag_retired", tags.retire(here.db(), slug, True)),
    "offer": lambda slug: _note("tag_offered", tags.retire(here.db(), slug, False)),
    "merge": _merge,
}

"""The footer's pages: good defaults in Finnish, Swedish and English, and what a municipality has put in their place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from uuid import UUID

from talkoot import clock
from talkoot.conversations.rendering import clean, render
from talkoot.db import TenantSession
from talkoot.errors import NotFoundError, TalkootError
from talkoot.i18n import gettext, lazy, speaking
from talkoot.ids import new_id
from talkoot.people.models import Membership
from talkoot.site.models import PageText

PAGES = {
    "accessibility": lazy("Accessibility statement"),
    "privacy": lazy("Privacy notice"),
    "terms": lazy("Terms of use"),
    "contact": lazy("Contact"),
}
DEFAULTS = Path(__file__).parent / "texts"


class TextConflictError(TalkootError):
    """Somebody saved the page in between: both texts are shown."""

    def __init__(self, theirs: str, version: int) -> None:
        super().__init__("text conflict")
        self.theirs, self.version = theirs, version


@dataclass(frozen=True)
class Text:
    """A page's text in one language; `changed_by` is empty while it is the default."""

    page: str
    language: str
    html: str
    source: str
    version: int
    changed_at: datetime | None
    changed_by: str


def get(db: TenantSession, page: str, language: str) -> Text:
    """The page's text: the tenant's own in this language, else the default. Raises NotFoundError for other pages."""
    if page not in PAGES:
        raise NotFoundError
    own = db.find(PageText, page=page, language=language)
    if own is None:
        source = default(
            page,
            language,
            db.tenant.name(language),
            db.tenant.setting("site.contact"),
            db.tenant.setting("answers.days"),
        )
        return Text(page, written_in(page, language), as_html(source), source, 0, None, "")
    author = db.find(Membership, id=own.changed_by) if own.changed_by else None
    return Text(page, language, own.html, own.source, own.version, own.changed_at, author.name if author else "")


def save(db: TenantSession, page: str, language: str, source: str, version: int, by: UUID | None) -> None:
    """Put a text in place of the default; `version` is what the editor had before them."""
    text = get(db, page, language)
    if text.version != version:
        raise TextConflictError(text.source, text.version)
    cleaned = clean(source)
    own = db.find(PageText, page=page, language=language)
    if own is None:
        own = PageText(
            id=new_id(),
            tenant_id=db.tenant.id,
            page=page,
            language=language,
            version=0,
            source="",
            html="",
            changed_at=clock.now(),
        )
        db.add(own)
    own.source, own.html, own.version = cleaned, as_html(cleaned), own.version + 1
    own.changed_by, own.changed_at = by, clock.now()


def forget(db: TenantSession, page: str, language: str) -> None:
    """The standard text holds again; what stood in its place is gone."""
    own = db.find(PageText, page=page, language=language)
    if own is not None:
        db.delete(own)


def default(page: str, language: str, name: str, contact: str, days: int) -> str:
    """The default text as Markdown, in English where the language has none."""
    with speaking(written_in(page, language)):
        form = gettext("feedback form")
    return read(page, language).format(name=name, contact=contact or f"[{form}](../feedback)", days=days)


@lru_cache(maxsize=64)
def written_in(page: str, language: str) -> str:
    """The language the default text is really in: English where there is none in the one asked for."""
    return language if (DEFAULTS / f"{page}.{language}.md").exists() else "en"


@lru_cache(maxsize=64)
def read(page: str, language: str) -> str:
    """The default text with its gaps still open; `page` is one of PAGES, or `installation/` and one of them."""
    return (DEFAULTS / f"{page}.{written_in(page, language)}.md").read_text(encoding="utf-8")


@lru_cache(maxsize=128)
def as_html(source: str) -> str:
    """The text under its page's h1: the renderer makes headings h4, for posts; here they follow the h1 at once.

    Remembered, because default and welcome texts are shown as they are, without HTML in the database.
    """
    return render(source).replace("<h4", "<h2").replace("</h4>", "</h2>")

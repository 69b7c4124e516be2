"""The footer's pages of the installation's own site: good defaults, and what its operator has put in their place."""

from __future__ import annotations

from sqlalchemy import delete, select

from talkoot import clock
from talkoot.config import Settings
from talkoot.conversations.rendering import clean
from talkoot.db import TenantSession
from talkoot.errors import NotFoundError
from talkoot.i18n import gettext, speaking
from talkoot.site import texts
from talkoot.site.models import InstallationText
from talkoot.site.texts import Text, TextConflictError


def get(db: TenantSession, settings: Settings, page: str, language: str) -> Text:
    """The page's text: the operator's own in this language, else the default. Raises NotFoundError for other pages."""
    if page not in texts.PAGES:
        raise NotFoundError
    own = _own(db, page, language)
    if own is not None:
        return Text(page, language, own.html, own.source, own.version, own.changed_at, "")
    source = default(settings, page, language)
    return Text(page, texts.written_in(_file(page), language), texts.as_html(source), source, 0, None, "")


def save(db: TenantSession, settings: Settings, page: str, language: str, source: str, version: int | None) -> None:
    """Put a text in place of the default; `version` is what the editor had before them (None: whatever it was)."""
    now = get(db, settings, page, language)
    if version is not None and version != now.version:
        raise TextConflictError(now.source, now.version)
    cleaned = clean(source)
    own = _own(db, page, language) or InstallationText(page=page, language=language, version=0)
    own.source, own.html, own.changed_at = cleaned, texts.as_html(cleaned), clock.now()
    own.version += 1
    db.add(own)


def forget(db: TenantSession, page: str, language: str) -> None:
    """The standard text holds again; what stood in its place is gone."""
    if page not in texts.PAGES:
        raise NotFoundError
    mine = (InstallationText.page == page, InstallationText.language == language)
    db.execute(delete(InstallationText).where(*mine))


def default(settings: Settings, page: str, language: str) -> str:
    """The default text as Markdown, in English where the language has none."""
    file = _file(page)
    with speaking(texts.written_in(file, language)):
        contact = settings.installation_contact or gettext("your own municipality; its site tells how to reach it")
    return texts.read(file, language).format(name=settings.installation_name, contact=contact)


def _own(db: TenantSession, page: str, language: str) -> InstallationText | None:
    query = select(InstallationText).where(InstallationText.page == page, InstallationText.language == language)
    return db.scalars(query).one_or_none()


def _file(page: str) -> str:
    return f"installation/{page}"

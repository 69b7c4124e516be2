"""`talkoot text`: the footer's pages of the installation or of a site, listed, read, replaced, given back."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

import click

from talkoot import i18n
from talkoot.cli import noting, opened, terminal
from talkoot.cli.opened import Opened
from talkoot.db import TenantSession, turns
from talkoot.errors import InvalidError
from talkoot.site import installation_texts, texts
from talkoot.site.texts import Text
from talkoot.tenants.tenant import Tenant

SITE = click.option("--site", metavar="SLUG", help="Of this site. Without it: of the installation's own pages.")
LANGUAGE = click.option("--language", required=True, metavar="LANG", help="In this language, e.g. fi.")
PAGE = click.argument("page", type=click.Choice(list(texts.PAGES)))


@click.group()
def text() -> None:
    """Accessibility statement, privacy notice, terms and contact: of the installation, or of a site."""


@text.command("list")
@SITE
def show(site: str | None) -> None:
    """Which texts are the standard ones and which have been changed, and when.

    \b
    Examples:
      talkoot text list
      talkoot text list --site kokkola
    """
    app, tenant = _opened(site)
    rows = []
    with app.database.session(tenant) as db:
        for page in texts.PAGES:
            for language in _languages(app, tenant):
                found = _get(app, db, tenant, page, language)
                rows.append((page, language, f"{found.changed_at:%Y-%m-%d}" if found.changed_at else "standard text"))
    terminal.table(("Page", "Language", "Changed"), rows, nothing="")


@text.command("show")
@PAGE
@LANGUAGE
@SITE
def read(page: str, language: str, site: str | None) -> None:
    """Write the text as Markdown to standard output.

    \b
    Example:
      talkoot text show privacy --language fi > privacy.fi.md
    """
    app, tenant = _opened(site)
    _check(language, _languages(app, tenant))
    with app.database.session(tenant) as db:
        click.echo(_get(app, db, tenant, page, language).source)


@text.command("set")
@PAGE
@LANGUAGE
@SITE
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
def replace(page: str, language: str, site: str | None, file: str) -> None:
    """Put the Markdown of a file (`-`: standard input) in place of the text.

    \b
    Examples:
      talkoot text set privacy --language fi privacy.fi.md
      talkoot text set contact --language sv --site kronoby contact.sv.md
    """
    app, tenant = _opened(site)
    _check(language, _languages(app, tenant))
    try:
        source = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{file} is not text in UTF-8") from error
    with app.database.session(tenant, writing=True) as db:
        turns.take(db, turns.SETTINGS)
        if tenant is None:
            installation_texts.save(db, app.settings, page, language, source, None)
        else:
            texts.save(db, page, language, source, texts.get(db, page, language).version, None)
            noting.note(db, "text_changed", reason=f"{page} ({language})")
    terminal.done(f"{page} ({language}) is saved")


@text.command("forget")
@PAGE
@LANGUAGE
@SITE
def forget(page: str, language: str, site: str | None) -> None:
    """Give the standard text back; the one in its place is gone.

    \b
    Example:
      talkoot text forget privacy --language fi
    """
    app, tenant = _opened(site)
    with app.database.session(tenant, writing=True) as db:
        turns.take(db, turns.SETTINGS)
        if tenant is None:
            installation_texts.forget(db, page, language)
        else:
            texts.forget(db, page, language)
            noting.note(db, "text_forgotten", reason=f"{page} ({language})")
    terminal.done(f"{page} ({language}) is the standard text")


def _opened(site: str | None) -> tuple[Opened, Tenant | None]:
    app = opened.installation()
    i18n.read_catalogues([Path(i18n.__file__).parent / "translations"])  # standard texts have translated words in them
    return app, app.tenant(site) if site else None


def _languages(app: Opened, tenant: Tenant | None) -> tuple[str, ...]:
    return tenant.languages if tenant else app.settings.installation_languages


def _check(language: str, known: Iterable[str]) -> None:
    if language not in known:
        raise click.UsageError(f"Its pages are in {', '.join(known)}, not in {language}.")


def _get(app: Opened, db: TenantSession, tenant: Tenant | None, page: str, language: str) -> Text:
    if tenant is None:
        return installation_texts.get(db, app.settings, page, language)
    return texts.get(db, page, language)

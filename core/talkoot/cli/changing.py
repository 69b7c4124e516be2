"""The part of `talkoot tenant` about what a site is called and how it is set up: names, languages, settings, logo."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from talkoot import clock
from talkoot.cli import noting, opened, terminal
from talkoot.cli.opened import Opened
from talkoot.db import TenantSession, turns
from talkoot.errors import InvalidError
from talkoot.tenants import identity, logos, registering, settings
from talkoot.tenants.tenant import Tenant


@click.command("set")
@click.argument("slug")
@click.argument("values", nargs=-1, metavar="[KEY=VALUE]...")
def set_(slug: str, values: tuple[str, ...]) -> None:
    """Change a site's settings; without KEY=VALUE they are listed.

    Besides settings: `name.fi`, `name.sv`, `languages`, `time_zone`, and `logo`, a PNG, JPEG or WebP file (`logo=`: none).

    \b
    Examples:
      talkoot tenant set kokkola
      talkoot tenant set kokkola site.brand=#0b5f8a answers.days=21
      talkoot tenant set kronoby name.fi=Kruunupyy languages=sv,fi,en
      talkoot tenant set kokkola logo=kokkola.png
    """
    app = opened.installation()
    found = app.tenant(slug)
    declared = app.registry.settings
    if not values:
        rows = [(key, found.setting(key), str(setting.title)) for key, setting in sorted(declared.items())]
        terminal.table(("Setting", "Value", "Meaning"), rows, nothing="")
        return
    _change(app, found, [pair(text) for text in values])
    terminal.done(f"{found.slug}: {', '.join(text.partition('=')[0] for text in values)} changed")


def _change(app: Opened, found: Tenant, values: list[tuple[str, str]]) -> None:
    """All of it in one transaction, with its lines in the log; the file of an earlier logo goes once that is committed."""
    replaced = ""
    with app.database.session(found, writing=True) as db:
        turns.take(db, turns.SETTINGS)
        row = registering.row(db, found.slug)
        own: dict[str, Any] = {}
        columns: dict[str, Any] = {}
        for key, value in values:
            if key in app.registry.settings:
                own[key] = settings.checked(app.registry.settings[key], value)
            elif key == "logo":
                replaced = _logo(db, app.settings.instance, found.id, value)
            else:
                columns |= _column(found, columns.get("names", row.names), key, value)
        _settings(db, own)
        _identity(db, row, columns)
    logos.forget(app.settings.instance, found.id, replaced)


def _column(found: Tenant, names: Mapping[str, str], key: str, value: str) -> dict[str, Any]:
    """What `name.fi`, `languages` or `time_zone` changes in the site's row."""
    if key.startswith("name."):
        return {"names": {**names, key.removeprefix("name."): value}}
    if key == "languages":
        return {"languages": languages(value)}
    if key == "time_zone":
        return {"time_zone": _zone(value)}
    raise click.UsageError(f"There is no setting called {key}. List them with: talkoot tenant set {found.slug}")


def _settings(db: TenantSession, own: Mapping[str, Any]) -> None:
    if own:
        registering.set_setting(db, db.tenant.id, own)
    for key, value in own.items():
        noting.note(db, "setting_changed", reason=f"{key}: {str(value)[:100]}")


def _identity(db: TenantSession, row: Any, columns: Mapping[str, Any]) -> None:
    if columns:
        registering.change(db, db.tenant.id, **columns)
        before = {"names": row.names, "languages": row.languages, "time_zone": row.time_zone}
        noting.note(db, "names_changed", reason=identity.in_words({**before, **columns}))


def _logo(db: TenantSession, instance: Path, tenant_id: int, path: str) -> str:
    """Take the file as the logo, or no logo; returns the name of the stored file that is not needed any more."""
    noting.note(db, "logo_changed" if path else "logo_removed")
    if not path:
        return logos.remove(db, tenant_id)
    try:
        return logos.change(db, instance, tenant_id, Path(path).read_bytes())
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from error


def pair(text: str) -> tuple[str, str]:
    """`KEY=VALUE` as its two parts; a usage error when it is not."""
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise click.UsageError(f"{text!r} must be written as NAME=VALUE.")
    return key.strip(), value.strip()


def languages(text: str) -> list[str]:
    """`fi,sv,en` as a list; a usage error when one comes twice."""
    found = [part.strip() for part in text.split(",") if part.strip()]
    if not found or len(set(found)) < len(found):
        raise click.UsageError("Write languages like fi,sv,en; each once.")
    return found


def _zone(name: str) -> str:
    try:
        clock.zone(name)
    except (KeyError, ValueError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise InvalidError(f"There is no time zone called {name}; write one like Europe/Helsinki.") from error
    return name

"""`talkoot tenant`: sites listed, imported from the real key, added, changed, tied together, closed, taken along, deleted."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select

from talkoot import clock
from talkoot.cli import leaving, opened, terminal, tying
from talkoot.db import TenantSession
from talkoot.errors import InvalidError
from talkoot.site import summaries
from talkoot.tenants import logos, municipalities, registering, settings
from talkoot.tenants.models import KINDS, TenantRow
from talkoot.tenants.municipalities import Municipality


@click.group()
def tenant() -> None:
    """Municipalities, regions and co-operation areas: everything that has a site of its own."""


@tenant.command("list")
@click.option("--kind", type=click.Choice(KINDS), help="Only this kind.")
@click.option("--region", metavar="SLUG", help="Only the municipalities that belong to this region today.")
def show(kind: str | None, region: str | None) -> None:
    """Every site with its languages, activity and overdue answers.

    \b
    Examples:
      talkoot tenant list
      talkoot tenant list --region keski-pohjanmaa
    """
    app = opened.installation()
    snapshot = app.directory.current()
    wanted = app.tenant(region).id if region else None
    with app.database.session(None) as db:
        published = summaries.published(db)
    rows = []
    for found in sorted(snapshot.tenants, key=lambda t: (KINDS.index(t.kind), t.slug)):
        if (kind and found.kind != kind) or (wanted and found.region_id != wanted):
            continue
        its_region = snapshot.by_id.get(found.region_id or 0)
        facts = published.get(found.id)
        counts = (facts.members, facts.posts, facts.overdue_answers) if facts else (0, 0, 0)
        rows.append(
            (
                found.slug,
                found.name("en"),
                found.kind,
                " ".join(found.languages),
                its_region.slug if its_region else "",
                *counts,
            )
        )
    terminal.table(
        ("Address", "Name", "Kind", "Languages", "Region", "Members", "Posts", "Overdue"), rows,
        nothing="No sites yet. Add some with: talkoot tenant import --region 16",
    )  # fmt: skip


@tenant.command("import")
@click.option("--all", "everything", is_flag=True, help="All 308.")
@click.option(
    "--region",
    "regions",
    multiple=True,
    metavar="CODE|NAME",
    help="A region's municipalities, e.g. 16 or Keski-Pohjanmaa.",
)
@click.option("--code", "codes", multiple=True, metavar="CODE", help="A municipality by its official code, e.g. 272.")
@click.option("--name", "names", multiple=True, metavar="NAME", help="A municipality by its Finnish or Swedish name.")
def import_(everything: bool, regions: tuple[str, ...], codes: tuple[str, ...], names: tuple[str, ...]) -> None:
    """Make sites of real municipalities, with their regions, names and languages. Those that are there stay as they are.

    \b
    Examples:
      talkoot tenant import --region 16
      talkoot tenant import --name Kruunupyy --code 272
      talkoot tenant import --all
    """
    if not (everything or regions or codes or names):
        raise click.UsageError("Say which: --region 16, --code 272, --name Kokkola, or --all.")
    chosen = municipalities.chosen() if everything else _chosen(regions, codes, names)
    app = opened.installation()
    before = {found.code for found in app.directory.current().tenants}
    with app.writing() as db:
        for municipality in chosen:
            municipalities.import_one(db, municipality)
    new = [m for m in chosen if m.code not in before]
    for municipality in new:
        terminal.step(f"{municipality.code} {municipality.name_fi}")
    terminal.done(f"{len(new)} municipalities added, {len(chosen) - len(new)} were there already")


def _chosen(regions: Iterable[str], codes: Iterable[str], names: Iterable[str]) -> list[Municipality]:
    """The municipalities asked for; what is not in the key is a usage error that names it."""
    key = municipalities.key().values()
    by_region = {
        folded: m.region_code for m in key for folded in (m.region_code, m.region_fi.casefold(), m.region_sv.casefold())
    }
    known_names = {name.casefold() for m in key for name in (m.name_fi, m.name_sv)}
    unknown = [r for r in regions if r.casefold() not in by_region]
    unknown += [c for c in codes if c not in municipalities.key()]
    unknown += [n for n in names if n.casefold() not in known_names]
    if unknown:
        raise click.UsageError(f"Not in the key of municipalities: {', '.join(unknown)}")
    return municipalities.chosen(codes, [by_region[r.casefold()] for r in regions], names)


@tenant.command("add")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="What it is.")
@click.option(
    "--name",
    "names",
    multiple=True,
    required=True,
    metavar="LANG=NAME",
    help="Its name in a language, e.g. fi=Järvi-Pohjanmaa.",
)
@click.option(
    "--languages",
    default="fi,sv,en",
    show_default=True,
    metavar="LANG,…",
    help="The languages of its pages, the first is the default.",
)
@click.option("--slug", help="Its address; made from the name when missing.")
@click.option("--code", help="Its official code; a site with the code is returned unchanged.")
def add(kind: str, names: tuple[str, ...], languages: str, slug: str | None, code: str | None) -> None:
    """Make a site that is not in the key: a co-operation area, a region, a part of a municipality.

    \b
    Example:
      talkoot tenant add --kind cooperation --name fi=Järvi-Pohjanmaa --languages fi,en
    """
    given = dict(_pair(name) for name in names)
    app = opened.installation()
    with app.writing() as db:
        tenant_id = registering.add(db, kind=kind, names=given, languages=_languages(languages), slug=slug, code=code)
        address = db.execute(select(TenantRow.slug).where(TenantRow.id == tenant_id)).scalar_one()
    terminal.done(f"{next(iter(given.values()))} is at {app.settings.public_url}/{address}/")


@tenant.command("set")
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
    replaced = ""  # the file of an earlier logo
    with app.writing() as db:
        row = registering.row(db, found.slug)
        own: dict[str, Any] = {}
        columns: dict[str, Any] = {}
        for key, value in (_pair(text) for text in values):
            if key in declared:
                own[key] = settings.checked(declared[key], value)
            elif key.startswith("name."):
                columns["names"] = {**columns.get("names", row.names), key.removeprefix("name."): value}
            elif key == "languages":
                columns["languages"] = _languages(value)
            elif key == "time_zone":
                columns["time_zone"] = _zone(value)
            elif key == "logo":
                replaced = _logo(db, app.settings.instance, found.id, value)
            else:
                raise click.UsageError(f"There is no setting called {key}. List them with: talkoot tenant set {slug}")
        registering.set_setting(db, found.id, own)
        if columns:
            registering.change(db, found.id, **columns)
    logos.forget(app.settings.instance, found.id, replaced)
    terminal.done(f"{found.slug}: {', '.join(text.partition('=')[0] for text in values)} changed")


def _logo(db: TenantSession, instance: Path, tenant_id: int, path: str) -> str:
    """Take the file as the logo, or no logo; returns the name of the stored file that is not needed any more."""
    if not path:
        return logos.remove(db, tenant_id)
    try:
        return logos.change(db, instance, tenant_id, Path(path).read_bytes())
    except OSError as error:
        raise click.UsageError(f"{path} cannot be read: {error.strerror}") from error


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise click.UsageError(f"{text!r} must be written as NAME=VALUE.")
    return key.strip(), value.strip()


def _languages(text: str) -> list[str]:
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


for command in (tying.host, tying.tie, tying.plugin, tying.close, leaving.export, leaving.delete):
    tenant.add_command(command)

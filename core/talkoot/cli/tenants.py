"""`talkoot tenant`: sites listed, imported from the real key, added, changed, tied together, closed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy import select, update

from talkoot import clock
from talkoot.cli import opened, terminal
from talkoot.errors import InvalidError
from talkoot.site import summaries
from talkoot.tenants import municipalities, registering, settings
from talkoot.tenants.governance import RULES
from talkoot.tenants.models import AFFILIATION_KINDS, KINDS, Affiliation, TenantRow
from talkoot.tenants.municipalities import Municipality

DAY = click.DateTime(formats=["%Y-%m-%d"])


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

    Besides settings: `name.fi`, `name.sv`, `languages` and `time_zone`.

    \b
    Examples:
      talkoot tenant set kokkola
      talkoot tenant set kokkola site.brand=#0b5f8a answers.days=21
      talkoot tenant set kronoby name.fi=Kruunupyy languages=sv,fi,en
    """
    app = opened.installation()
    found = app.tenant(slug)
    declared = app.registry.settings
    if not values:
        rows = [(key, found.setting(key), str(setting.title)) for key, setting in sorted(declared.items())]
        terminal.table(("Setting", "Value", "Meaning"), rows, nothing="")
        return
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
            else:
                raise click.UsageError(f"There is no setting called {key}. List them with: talkoot tenant set {slug}")
        registering.set_setting(db, found.id, own)
        if columns:
            registering.change(db, found.id, **columns)
    terminal.done(f"{found.slug}: {', '.join(text.partition('=')[0] for text in values)} changed")


@tenant.command("host")
@click.argument("slug")
@click.argument("host", required=False)
@click.option("--canonical", is_flag=True, help="Mails, feeds and QR codes use this address.")
@click.option("--remove", is_flag=True, help="Stop answering under it.")
def host(slug: str, host: str | None, canonical: bool, remove: bool) -> None:
    """The host names a site is reached under; add or remove one.

    \b
    Examples:
      talkoot tenant host kokkola
      talkoot tenant host kokkola foorumi.kokkola.example --canonical
    """
    app = opened.installation()
    found = app.tenant(slug)
    if host is None:
        terminal.table(
            ("Host",), [(name,) for name in found.hosts], nothing=f"No host names. Its address is {found.url}/"
        )
        return
    with app.writing() as db:
        if remove:
            registering.remove_host(db, found.id, host.lower())
        else:
            registering.add_host(db, found.id, host, canonical=canonical)
    terminal.done(f"{found.slug} {'no longer answers' if remove else 'answers'} under {host}")


@tenant.command("tie")
@click.argument("slug")
@click.argument("other")
@click.option(
    "--kind",
    type=click.Choice(AFFILIATION_KINDS),
    required=True,
    help="What OTHER is to it: its region, its co-operation area, its host.",
)
@click.option("--from", "from_", type=DAY, help="First day, YYYY-MM-DD; none: always was.")
@click.option("--until", type=DAY, help="The day it has ended, YYYY-MM-DD; also ends a tie that is there.")
@click.option("--note", default="", help="A few words for the operators.")
def tie(slug: str, other: str, kind: str, from_: datetime | None, until: datetime | None, note: str) -> None:
    """Tie a site to its region, to a co-operation area or to its host municipality, with dates.

    \b
    Examples:
      talkoot tenant tie alajarvi jarvi-pohjanmaa --kind cooperation --from 2009-01-01
      talkoot tenant tie kronoby kokkola --kind hosted_by --until 2023-01-01
    """
    app = opened.installation()
    one, two = app.tenant(slug), app.tenant(other)
    first, last = _day(from_), _day(until)
    with app.writing() as db:
        identity = registering.tie(db, one.id, two.id, kind, first, last, note)
        began = db.execute(select(Affiliation.valid_from).where(Affiliation.id == identity)).scalar()
        if last and began and last <= began:
            raise click.UsageError("The tie must begin before it ends.")
        if last:
            db.execute(update(Affiliation).where(Affiliation.id == identity).values(valid_to=last))
            registering.moved(db)
    terminal.done(f"{one.slug} → {two.slug} ({kind}) from {first or 'always'} until {last or 'further notice'}")


@tenant.command("plugin")
@click.argument("slug")
@click.argument("name", required=False)
@click.argument("switch", type=click.Choice(["on", "off", "default"]), required=False)
@click.option("--rule", type=click.Choice([*RULES, "none"]), help="A region's decision for its municipalities.")
def plugin(slug: str, name: str | None, switch: str | None, rule: str | None) -> None:
    """Which plugins are on; switch one, or decide as a region for its municipalities. No restart is needed.

    \b
    Examples:
      talkoot tenant plugin kokkola
      talkoot tenant plugin kokkola polls on
      talkoot tenant plugin keski-pohjanmaa forums --rule mandate
    """
    app = opened.installation()
    found = app.tenant(slug)
    if name is None:
        rows = [(key, str(loaded.plugin.title), key in found.plugins) for key, loaded in app.registry.plugins.items()]
        terminal.table(("Plugin", "Title", "On"), rows, nothing="No plugins are installed.")
        return
    if name not in app.registry.plugins:
        raise click.UsageError(f"No plugin is called {name}. Installed: {', '.join(app.registry.plugins) or 'none'}")
    if (switch is None) == (rule is None):
        raise click.UsageError("Say on, off or default; or, for a region, --rule.")
    if rule and found.kind != "region":
        raise click.UsageError(f"{found.slug} is no region: only a region decides for others.")
    with app.writing() as db:
        if rule:
            registering.rule_plugin(db, found.id, name, None if rule == "none" else rule)
        else:
            registering.switch_plugin(db, found.id, name, {"on": True, "off": False}.get(switch or ""))
    app.directory.max_age = 0
    terminal.done(
        f"{name} is {'on' if name in app.directory.current().by_id[found.id].plugins else 'off'} in {found.slug}"
    )


@tenant.command("close")
@click.argument("slug")
@click.option("--reopen", is_flag=True, help="Open a closed site again.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def close(slug: str, reopen: bool, yes: bool) -> None:
    """Close a site: its address answers "not found", its data stays. Can be undone with --reopen.

    \b
    Examples:
      talkoot tenant close toholampi
      talkoot tenant close toholampi --reopen
    """
    app = opened.installation()
    with app.writing() as db:
        row = registering.row(db, slug)
        if not reopen and not yes:
            click.confirm(f"Close {row.slug} for everybody?", abort=True)
        registering.change(db, row.id, closed_at=None if reopen else clock.now())
    terminal.done(f"{row.slug} is {'open' if reopen else 'closed'}")


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


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None

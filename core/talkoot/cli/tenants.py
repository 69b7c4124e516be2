"""`talkoot tenant`: sites listed, imported from the real key, added, changed, tied together, closed, taken along, deleted."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import click
from sqlalchemy import select

from talkoot.cli import changing, leaving, noting, opened, terminal, tying
from talkoot.cli.opened import Opened
from talkoot.db import TenantSession
from talkoot.i18n import text_in
from talkoot.site import summaries
from talkoot.tenants import identity, municipalities, registering
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
                *(f"{count:,}" for count in counts),
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
    new = 0
    for municipality in chosen:
        with app.writing() as db:  # one by one: nobody who saves something meanwhile waits for all of them
            is_new = municipalities.import_one(db, municipality) in _note_made(app, db)
        if is_new:
            new += 1
            terminal.step(f"{municipality.code} {municipality.name_fi}")
    terminal.done(f"{new} municipalities added, {len(chosen) - new} were there already")


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
    given = dict(changing.pair(name) for name in names)
    app = opened.installation()
    with app.writing() as db:
        chosen = changing.languages(languages)
        tenant_id = registering.add(db, kind=kind, names=given, languages=chosen, slug=slug, code=code)
        address = db.execute(select(TenantRow.slug).where(TenantRow.id == tenant_id)).scalar_one()
        _note_made(app, db)
    terminal.done(f"{text_in(given, *chosen)} is at {app.settings.public_url}/{address}/")


def _note_made(app: Opened, db: TenantSession) -> Collection[int]:
    """The first line in the log of each site that this transaction has made; returns their ids."""
    made, known = registering.made(db), app.directory.within(db).by_id
    for site in (known[tenant_id] for tenant_id in made):
        with db.entered(site):
            noting.note(db, "tenant_added", reason=identity.joined(site.names, site.languages))
    return made


for command in (changing.set_, tying.host, tying.tie, tying.plugin, tying.close, leaving.export, leaving.delete):
    tenant.add_command(command)

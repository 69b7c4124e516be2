"""The part of `talkoot tenant` about what a site is tied to: host names, regions and co-operation areas, plugins, its end."""

from __future__ import annotations

from datetime import date, datetime

import click
from sqlalchemy import select, update

from talkoot import clock
from talkoot.cli import opened, terminal
from talkoot.tenants import registering
from talkoot.tenants.governance import RULES
from talkoot.tenants.models import AFFILIATION_KINDS, Affiliation

RULED = {"mandate": "mandates", "offer": "offers", "forbid": "forbids", "none": "leaves the choice of"}
DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command("host")
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


@click.command("tie")
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


@click.command("plugin")
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
    if rule:
        terminal.done(f"{found.slug} {RULED[rule]} {name} for its municipalities")
        return
    terminal.done(
        f"{name} is {'on' if name in app.directory.current().by_id[found.id].plugins else 'off'} in {found.slug}"
    )


@click.command("close")
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


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None

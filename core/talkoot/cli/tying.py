"""The part of `talkoot tenant` about what a site is tied to: host names, regions and co-operation areas, plugins, its end."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

import click
from sqlalchemy import select

from talkoot import clock
from talkoot.cli import noting, opened, terminal
from talkoot.cli.days import day
from talkoot.db import TenantSession
from talkoot.people import roles
from talkoot.tenants import affiliations, identity, registering
from talkoot.tenants.governance import RULES
from talkoot.tenants.models import AFFILIATION_KINDS, Affiliation

RULED = {"mandate": "mandates", "offer": "offers", "forbid": "forbids", "none": "leaves the choice of"}


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
    name = host.strip().lower()
    known = name in found.hosts
    if remove and not known:
        raise click.ClickException(
            f"{found.slug} does not answer under {name}. List its host names with: talkoot tenant host {found.slug}"
        )
    with app.database.session(found, writing=True) as db:
        if remove:
            registering.remove_host(db, found.id, name)
        else:
            registering.add_host(db, found.id, name, main_hosts=app.settings.main_hosts, canonical=canonical)
        if remove or not known:
            noting.note(db, "host_removed" if remove else "host_added", reason=name)
        if canonical and not remove:
            noting.note(db, "host_chosen", reason=name)
    terminal.done(f"{found.slug} {'no longer answers' if remove else 'answers'} under {name}")


@click.command("tie")
@click.argument("slug")
@click.argument("other")
@click.option(
    "--kind",
    type=click.Choice(AFFILIATION_KINDS),
    required=True,
    help="What OTHER is to it: its region, its co-operation area, its host.",
)
@click.option("--from", "first", type=day, help="First day, YYYY-MM-DD; none: always was.")
@click.option("--until", "last", type=day, help="The day it has ended, YYYY-MM-DD; also ends a tie that is there.")
@click.option("--note", default="", help="A few words for the operators.")
def tie(slug: str, other: str, kind: str, first: date | None, last: date | None, note: str) -> None:
    """Tie a site to its region, to a co-operation area or to its host municipality, with dates.

    \b
    Examples:
      talkoot tenant tie alajarvi jarvi-pohjanmaa --kind cooperation --from 2009-01-01
      talkoot tenant tie kronoby kokkola --kind hosted_by --until 2023-01-01
    """
    app = opened.installation()
    one, two = app.tenant(slug), app.tenant(other)
    with app.database.session(one, writing=True) as db:
        ties = affiliations.of(db, one.id, app.directory.current(), "en", clock.today(one.time_zone))
        tie_id = affiliations.add(db, one, ties, two, kind, first, last, note)
        if tie_id not in {tie.id for tie in ties}:
            noting.note(db, "tie_added", reason=f"{kind}: {identity.joined(two.names, two.languages)}")
        if last:
            _end(db, tie_id, last)
    terminal.done(f"{one.slug} → {two.slug} ({kind}) from {first or 'always'} until {last or 'further notice'}")


def _end(db: TenantSession, tie_id: UUID, ended: date) -> None:
    """The tie holds until the day before `ended`, and the roles that it gave here too."""
    began = db.execute(select(Affiliation.valid_from).where(Affiliation.id == tie_id)).scalar()
    if began and ended <= began:
        raise click.UsageError("The tie must begin before it ends.")
    last_day = ended - timedelta(days=1)
    registering.end_tie(db, db.tenant.id, tie_id, last_day)
    roles.end_tied(db, tie_id, last_day)
    noting.note(db, "tie_ended", reason=last_day.isoformat())


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
    with app.database.session(found, writing=True) as db:
        if rule:
            registering.rule_plugin(db, found.id, name, None if rule == "none" else rule)
            noting.note(db, "rules_changed", reason=f"{name}: {'–' if rule == 'none' else rule}")
        else:
            registering.switch_plugin(db, found.id, name, {"on": True, "off": False}.get(switch or ""))
            noting.note(db, f"plugin_{switch}", reason=name)
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
    found = app.directory.with_closed().by_slug.get(slug) or app.tenant(slug)
    if not reopen and not yes:
        click.confirm(f"Close {found.slug} for everybody?", abort=True)
    with app.database.session(found, writing=True) as db:
        was_closed = registering.row(db, found.slug).closed_at is not None
        if was_closed == reopen:
            registering.change(db, found.id, closed_at=None if reopen else clock.now())
            noting.note(db, "tenant_reopened" if reopen else "tenant_closed")
    terminal.done(f"{found.slug} is {'open' if reopen else 'closed'}")

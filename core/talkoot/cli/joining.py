"""The part of `talkoot person` about sites: who is asked to join one, and which roles they have there."""

from __future__ import annotations

from datetime import date, timedelta

import click

from talkoot import clock
from talkoot.access.policy import GRANTABLE
from talkoot.cli import noting, opened, terminal
from talkoot.cli.days import day
from talkoot.cli.opened import Opened
from talkoot.db import TenantSession
from talkoot.people import accounts, invitations, memberships, roles
from talkoot.people.models import Membership, Person
from talkoot.tenants import affiliations

ROLE = click.Choice(GRANTABLE)


@click.command("invite")
@click.argument("email")
@click.option("--tenant", "slug", metavar="SLUG", required=True, help="The site.")
@click.option(
    "--role", "roles", multiple=True, required=True, type=ROLE, help="A role there; may be given several times."
)
@click.option("--title", default="", help="Their office, shown beside the name.")
def invite(email: str, slug: str, roles: tuple[str, ...], title: str) -> None:
    """Ask somebody by mail to join a site with roles; they choose their own password.

    \b
    Example:
      talkoot person invite anna@example.fi --tenant kokkola --role admin --title Hallintosihteeri
    """
    app = opened.installation()
    tenant = app.tenant(slug)
    with app.database.session(tenant, writing=True) as db:
        invitation = invitations.invite(db, email, roles, title=title)
        noting.note(db, "person_invited", ("invitation", invitation.id), ", ".join(invitation.roles))
        address = invitation.email
    terminal.done(f"{address} gets a mail within a minute while the worker runs")


@click.command("role")
@click.argument("email")
@click.option("--tenant", "slug", metavar="SLUG", required=True, help="The site.")
@click.option("--grant", "granted", multiple=True, type=ROLE, help="Give this role.")
@click.option("--revoke", "revoked", multiple=True, type=ROLE, help="Take this role away.")
@click.option("--until", type=day, help="The day a given role has ended, YYYY-MM-DD.")
@click.option("--tie", "other", metavar="SLUG", help="A given role ends together with the affiliation to this site.")
def role(
    email: str,
    slug: str,
    granted: tuple[str, ...],
    revoked: tuple[str, ...],
    until: date | None,
    other: str | None,
) -> None:
    """Give and take roles in a site; without --grant and --revoke they are listed.

    \b
    Examples:
      talkoot person role pekka@example.fi --tenant kokkola
      talkoot person role pekka@example.fi --tenant kokkola --grant moderator --until 2027-01-01
      talkoot person role pekka@example.fi --tenant halsua --grant clerk --tie kokkola
      talkoot person role pekka@example.fi --tenant kokkola --revoke moderator
    """
    app = opened.installation()
    tenant = app.tenant(slug)
    with app.database.session(tenant, writing=True) as db:
        member = _member(app, db, email)
        tie = _tie(app, db, other) if other else None
        for name in granted:
            grant(db, member, name, until, tie)
        for name in revoked:
            roles.revoke(db, member, name)
            noting.note(db, "role_taken", ("membership", member.id), name)
        db.flush()
        held = memberships.roles_of(db, [member.id]).get(member.id, [])
    terminal.done(f"{member.name} in {tenant.slug}: {', '.join(sorted(set(held))) or 'no roles'}")


def account(db: TenantSession, email: str) -> Person:
    """The account with this address; ends the command with a sentence when there is none."""
    found = accounts.by_email(db, accounts.normalise_email(email))
    if found is None:
        raise click.ClickException(f"Nobody has the address {email} here. Add them with: talkoot person add {email}")
    return found


def _member(app: Opened, db: TenantSession, email: str) -> Membership:
    with app.database.session(None) as installation:
        person_id = account(installation, email).id
    member = db.find(Membership, person_id=person_id)
    if member is None:
        raise click.ClickException(
            f"{email} is not a member of {db.tenant.slug}. Add them with: talkoot person add {email} --tenant {db.tenant.slug} --name …"
        )
    return member


def grant(
    db: TenantSession, member: Membership, role: str, until: date | None, tie: affiliations.Shown | None = None
) -> None:
    """Give a role in the session's site, and write it into the site's log. `until`: the first day on which it has ended."""
    last_day = until - timedelta(days=1) if until else None
    roles.give(db, member, role, scope=None, last_day=last_day, tie=tie)
    told = (role, last_day.isoformat() if last_day else "", tie.other if tie else "")
    noting.note(db, "role_given", ("membership", member.id), " · ".join(part for part in told if part))


def _tie(app: Opened, db: TenantSession, slug: str) -> affiliations.Shown:
    """The affiliation of the session's site to another one that holds today."""
    other, today = app.tenant(slug), clock.today(db.tenant.time_zone)
    snapshot = app.directory.current()
    for tie in affiliations.of(db, db.tenant.id, snapshot, "en", today):
        if tie.holds and tie.other_id == other.id:
            return tie
    raise click.ClickException(
        f"{db.tenant.slug} has no affiliation to {slug} today. Make one with: talkoot tenant tie {db.tenant.slug} {slug}"
    )

"""`talkoot person`: accounts of the installation, and memberships and roles in its sites."""

from __future__ import annotations

import sys
from datetime import date, timedelta

import click
from sqlalchemy import delete, select

from talkoot import clock
from talkoot.access.policy import GRANTABLE
from talkoot.cli import noting, opened, terminal
from talkoot.cli.days import day
from talkoot.cli.opened import Opened
from talkoot.db import TenantSession
from talkoot.people import accounts, invitations, memberships, passwords, privacy, roles
from talkoot.people.models import Invitation, Membership, Person
from talkoot.tenants import affiliations
from talkoot.tenants.tenant import Tenant

ROLE = click.Choice(GRANTABLE)


@click.group()
def person() -> None:
    """Accounts, roles and invitations. An account belongs to the installation, a membership to one site."""


@person.command("add")
@click.argument("email")
@click.option(
    "--password", envvar="TALKOOT_PASSWORD", help="Their password (better: TALKOOT_PASSWORD). Asked for when missing."
)
@click.option("--language", default="fi", show_default=True, help="The language of mails to them.")
@click.option("--operator", is_flag=True, help="They operate the whole installation.")
@click.option("--tenant", "slug", metavar="SLUG", help="Make them a member of this site.")
@click.option("--name", help="The name shown there.")
@click.option("--role", "roles", multiple=True, type=ROLE, help="A role there; may be given several times.")
def add(
    email: str,
    password: str | None,
    language: str,
    operator: bool,
    slug: str | None,
    name: str | None,
    roles: tuple[str, ...],
) -> None:
    """Make a confirmed account, perhaps with a membership and roles. An account that is there keeps its password.

    \b
    Examples:
      talkoot person add anna@example.fi --operator
      talkoot person add pekka@example.fi --tenant kokkola --name "Pekka Esimerkki" --role moderator
    """
    if (name or roles) and not slug:
        raise click.UsageError("A name and roles belong to a site: say which with --tenant.")
    if slug and not name:
        raise click.UsageError("Say with --name under which name they are shown there.")
    app = opened.installation()
    tenant = app.tenant(slug) if slug else None
    address = accounts.normalise_email(email)
    with app.writing() as db:
        found = accounts.by_email(db, address)
        if found is None:
            found = accounts.create(
                db, address, passwords.checked(password or ask(), address), language, confirmed=True
            )
        found.operator = found.operator or operator
        person_id = found.id
    if tenant:
        with app.database.session(tenant, writing=True) as db:
            known = db.find(Membership, person_id=person_id)
            member = known or memberships.join(db, person_id, name or "", language=language, vouched=True)
            if known is None:
                noting.note(db, "member_added", ("membership", member.id))
            for role in roles:
                _grant(db, member, role, None)
    terminal.done(f"{address}{' is an operator' if operator else ''}{f' is {name} in {tenant.slug}' if tenant else ''}")


@person.command("invite")
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


@person.command("role")
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
            _grant(db, member, name, until, tie)
        for name in revoked:
            roles.revoke(db, member, name)
            noting.note(db, "role_taken", ("membership", member.id), name)
        db.flush()
        held = memberships.roles_of(db, [member.id]).get(member.id, [])
    terminal.done(f"{member.name} in {tenant.slug}: {', '.join(sorted(set(held))) or 'no roles'}")


@person.command("operator")
@click.argument("email")
@click.option("--off", is_flag=True, help="They no longer operate the installation.")
def operator(email: str, off: bool) -> None:
    """Let somebody operate the installation, or no longer. Somebody must stay operator.

    \b
    Examples:
      talkoot person operator anna@example.fi
      talkoot person operator anna@example.fi --off
    """
    app = opened.installation()
    with app.writing() as db:
        found = _person(db, email)
        others = db.scalars(select(Person.id).where(Person.operator.is_(True), Person.id != found.id)).first()
        if off and found.operator and others is None:
            raise click.ClickException("Somebody must stay operator. Make another person operator first.")
        found.operator = not off
        if off:
            accounts.end_sessions(db, found.id)
    terminal.done(f"{found.email} is {'no longer ' if off else ''}an operator")


@person.command("password")
@click.argument("email")
@click.option(
    "--password", envvar="TALKOOT_PASSWORD", help="The new one (better: TALKOOT_PASSWORD). Asked for when missing."
)
def password(email: str, password: str | None) -> None:
    """Give an account a new password. Every device is signed out and links in old mails die.

    \b
    Example:
      talkoot person password anna@example.fi
    """
    app = opened.installation()
    with app.writing() as db:
        found = _person(db, email)
        accounts.set_password(db, found, password or ask())
    terminal.done(f"{found.email} has a new password")


@person.command("erase")
@click.argument("email")
@click.confirmation_option(prompt="Everything that tells who they are is deleted and cannot be brought back. Go on?")
def erase(email: str) -> None:
    """Forget somebody in every site and delete their account (GDPR art. 17). Posts follow each site's own rule.

    \b
    Examples:
      talkoot person erase anna@example.fi
      talkoot person erase anna@example.fi --yes
    """
    app = opened.installation()
    with app.writing() as db:
        found = _person(db, email)
        person_id, address = found.id, found.email
    for tenant in app.directory.with_closed().tenants:  # closed ones too: their rows are still there
        with app.database.session(tenant, writing=True) as db:
            db.execute(delete(Invitation).where(Invitation.tenant_id == tenant.id, Invitation.email == address))
            if member := db.find(Membership, person_id=person_id):
                noting.note(db, "member_left", ("membership", member.id))
                privacy.erase(db, app.registry, member)
                terminal.step(f"Forgotten in {tenant.slug}")
    with app.writing() as db:
        accounts.erase(db, _person(db, email))
    terminal.done("The account is deleted")


@person.command("list")
@click.option("--tenant", "slug", metavar="SLUG", help="The members of this site, with their roles.")
@click.option("--limit", default=200, show_default=True, help="At most so many.")
def show(slug: str | None, limit: int) -> None:
    """The operators; with --tenant, the members of a site.

    \b
    Examples:
      talkoot person list
      talkoot person list --tenant kokkola
    """
    app = opened.installation()
    if slug:
        _list_members(app, app.tenant(slug), limit)
        return
    with app.database.session(None) as db:
        found = db.scalars(select(Person).where(Person.operator.is_(True)).order_by(Person.email).limit(limit)).all()
    rows = [(p.email, p.language, p.created_at, p.confirmed_at is not None, p.demo) for p in found]
    terminal.table(
        ("Operator", "Language", "Since", "Confirmed", "Demo"),
        rows,
        nothing="Nobody operates this installation yet. Add somebody with: talkoot person add ADDRESS --operator",
    )


def _list_members(app: Opened, tenant: Tenant, limit: int) -> None:
    with app.database.session(tenant) as db:
        members = memberships.all_members(db)[:limit]
        roles = memberships.roles_of(db, [member.id for member in members])
        found = db.execute(select(Person.id, Person.email).where(Person.id.in_([m.person_id for m in members])))
        emails = {row.id: row.email for row in found}
    rows = [
        (
            m.name,
            emails.get(m.person_id) if m.person_id else "",
            ", ".join(sorted(set(roles.get(m.id, [])))),
            m.title,
            m.joined_at,
        )
        for m in members
    ]
    terminal.table(("Name", "Address", "Roles", "Title", "Joined"), rows, nothing="Nobody has joined yet.")


def ask() -> str:
    """A password from the terminal, typed twice."""
    if not sys.stdin.isatty():
        raise click.UsageError("Nobody can be asked here: give --password or TALKOOT_PASSWORD.")
    typed: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return typed


def _person(db: TenantSession, email: str) -> Person:
    found = accounts.by_email(db, accounts.normalise_email(email))
    if found is None:
        raise click.ClickException(f"Nobody has the address {email} here. Add them with: talkoot person add {email}")
    return found


def _member(app: Opened, db: TenantSession, email: str) -> Membership:
    with app.database.session(None) as installation:
        person_id = _person(installation, email).id
    member = db.find(Membership, person_id=person_id)
    if member is None:
        raise click.ClickException(
            f"{email} is not a member of {db.tenant.slug}. Add them with: talkoot person add {email} --tenant {db.tenant.slug} --name …"
        )
    return member


def _grant(
    db: TenantSession, member: Membership, role: str, until: date | None, tie: affiliations.Shown | None = None
) -> None:
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

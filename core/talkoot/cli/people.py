"""`talkoot person`: the accounts of the installation. Sites and roles are in joining.py."""

from __future__ import annotations

import sys

import click
from sqlalchemy import delete, select

from talkoot.cli import joining, noting, opened, terminal
from talkoot.cli.opened import Opened
from talkoot.people import accounts, memberships, passwords, privacy
from talkoot.people.models import Invitation, Membership, Person
from talkoot.tenants.tenant import Tenant


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
@click.option("--role", "roles", multiple=True, type=joining.ROLE, help="A role there; may be given several times.")
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
                joining.grant(db, member, role, None)
    terminal.done(f"{address}{' is an operator' if operator else ''}{f' is {name} in {tenant.slug}' if tenant else ''}")


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
        found = joining.account(db, email)
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
        found = joining.account(db, email)
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
        found = joining.account(db, email)
        person_id, address = found.id, found.email
    for tenant in app.directory.with_closed().tenants:  # closed ones too: their rows are still there
        with app.database.session(tenant, writing=True) as db:
            db.execute(delete(Invitation).where(Invitation.tenant_id == tenant.id, Invitation.email == address))
            if member := db.find(Membership, person_id=person_id):
                noting.note(db, "member_left", ("membership", member.id))
                privacy.erase(db, app.registry, member)
                terminal.step(f"Forgotten in {tenant.slug}")
    with app.writing() as db:
        accounts.erase(db, joining.account(db, email))
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


for command in (joining.invite, joining.role):
    person.add_command(command)

"""`talkoot db`: roles of a PostgreSQL server, migrations, and repairs."""

from __future__ import annotations

from collections.abc import Mapping

import click

from talkoot import config, dbsetup, migrate, registry
from talkoot.cli import opened, repairs, terminal
from talkoot.cli.installation import upgrade as upgrade_now
from talkoot.db.isolation import APP_ROLE, BACKUP_ROLE, OWNER_ROLE


@click.group()
def db() -> None:
    """The database: its roles, its migrations, and repairs."""


@db.command("init")
@click.option(
    "--admin-dsn",
    metavar="DSN",
    required=True,
    help="The server as its administrator, e.g. postgresql://postgres@localhost/postgres",
)
@click.option(
    "--database", default="talkoot", show_default=True, help="The database's name; made when it is not there."
)
@click.option("--new-passwords", is_flag=True, help="Give roles that are there already new passwords too.")
@click.option("--print", "only_print", is_flag=True, help="Only print the SQL, with new passwords, to be run by hand.")
def init(admin_dsn: str, database: str, new_passwords: bool, only_print: bool) -> None:
    """Make the three roles and the database on a PostgreSQL server, once. Running it again changes nothing.

    The SQL is printed, and then the two lines for settings.toml. Needs a superuser, or an administrator who may make roles
    that bypass row-level security; steps that are refused are named.

    \b
    Examples:
      talkoot db init --admin-dsn postgresql://postgres@localhost/postgres
      talkoot db init --admin-dsn "host=db user=admin dbname=postgres" --print > setup.sql
    """
    if only_print:
        passwords = dbsetup.new_passwords()
        click.echo(f'-- once, as administrator: CREATE DATABASE "{database}"; then connected to it:')
        click.echo(dbsetup.script(dbsetup.steps(database, passwords)))
        _print_settings(admin_dsn, database, passwords, "-- ")
        return
    passwords = dbsetup.new_passwords() if new_passwords else dbsetup.missing_passwords(admin_dsn)
    outcomes = dbsetup.apply(admin_dsn, database, passwords)
    click.echo(dbsetup.script(dbsetup.steps(database, dict.fromkeys(passwords, "…"))))
    for outcome in outcomes:
        if outcome.refused:
            layer = f"; layer lost: {outcome.step.layer}" if outcome.step.layer else ""
            terminal.note(f"Refused: {outcome.step.purpose} ({outcome.refused}{layer})")
    _print_settings(admin_dsn, database, passwords, "")
    if not passwords:
        terminal.note(
            "The roles were there already and keep their passwords, which are not known here; --new-passwords changes them."
        )


def _print_settings(admin_dsn: str, database: str, passwords: Mapping[str, str], comment: str) -> None:
    address = {role: dbsetup.url(admin_dsn, database, role, passwords.get(role)) for role in dbsetup.ROLES}
    click.echo(f"\n{comment or '# '}For {config.SETTINGS_FILE}:")
    click.echo(f'{comment}database_url = "{address[APP_ROLE]}"')
    click.echo(f'{comment}owner_database_url = "{address[OWNER_ROLE]}"')
    click.echo(f"{comment or '# '}For backups: {address[BACKUP_ROLE]}")


@db.command("upgrade")
def upgrade() -> None:
    """Run the migrations that are missing, of core and of every plugin.

    \b
    Example:
      talkoot db upgrade
    """
    upgrade_now(config.load())


@db.command("check")
def check() -> None:
    """Say whether migrations are missing and whether tables and models agree. Exit code 1 when not.

    \b
    Example:
      talkoot db check
    """
    problems = migrate.check(config.load(), registry.load())
    for problem in problems:
        terminal.note(problem)
    if problems:
        raise SystemExit(1)
    terminal.done("The database is as the models say")


@db.command("downgrade")
@click.argument("component")
@click.argument("revision")
@click.confirmation_option("--yes", prompt="Going back can delete data. Is there a backup?", help="Do not ask.")
def downgrade(component: str, revision: str) -> None:
    """Take core or one plugin back to REVISION; `base` removes its tables.

    \b
    Example:
      talkoot db downgrade polls base
    """
    migrate.downgrade(config.load(), registry.load(), component, revision)
    terminal.done(f"{component} is at {revision}")


@db.command("revision")
@click.argument("component")
@click.argument("message")
def revision(component: str, message: str) -> None:
    """Write the next migration of core or a plugin out of what its models have and the database has not.

    \b
    Example:
      talkoot db revision polls "closing date"
    """
    path = migrate.revision(config.load(), registry.load(), component, message)
    if path:
        terminal.done(f"Wrote {path}. Read it before you use it.")
    else:
        terminal.step(f"The tables of {component} are as its models say; nothing to write.")


@db.command("render")
def render() -> None:
    """Render posts anew that an older renderer made. Safe to stop and to run again.

    \b
    Example:
      talkoot db render
    """
    app = opened.installation()
    total = 0
    for tenant in app.directory.current().tenants:
        if count := repairs.render_posts(app.database, tenant):
            terminal.step(f"{tenant.slug}: {count:,} posts")
            total += count
    terminal.done(f"{total:,} posts rendered anew")


@db.command("repair")
@click.option("--tenant", "slug", metavar="SLUG", help="Only this site.")
def repair(slug: str | None) -> None:
    """Count counters anew out of the rows: posts, reactions, topics, summaries. Safe at any time.

    \b
    Examples:
      talkoot db repair
      talkoot db repair --tenant kokkola
    """
    app = opened.application()
    tenants = [opened.site(app.directory, slug)] if slug else app.directory.current().tenants
    for tenant in tenants:
        for line in repairs.recount(app, tenant):
            terminal.step(f"{tenant.slug}: {line}")
    terminal.done(f"{len(tenants)} sites counted")

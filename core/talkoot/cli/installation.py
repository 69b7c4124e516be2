"""`talkoot init`: an empty installation with its settings file, its tables and the first operator."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click
from sqlalchemy import select

from talkoot import config, migrate, registry
from talkoot.cli import search as words
from talkoot.cli import terminal
from talkoot.config import Settings
from talkoot.db import Database
from talkoot.errors import SetupError
from talkoot.people import accounts, passwords
from talkoot.people.models import Person

TEMPLATE = """\
# The settings of this installation of Talkoot. `talkoot doctor --settings` explains every entry that may stand here.
# Each can also come from the environment: TALKOOT_PUBLIC_URL, TALKOOT_DATABASE_URL, …

# Signs forms and the links in mails. Keep it secret. With another one links already mailed die, and forms that were open
# have to be sent once more; nobody is signed out, for sessions are rows in the database.
secret_key = {secret_key}
"""


@click.command()
@click.option(
    "--operator-email", metavar="ADDRESS", help="The first operator's e-mail address. Asked for when missing."
)
@click.option(
    "--password",
    envvar="TALKOOT_OPERATOR_PASSWORD",
    help="Their password (better: TALKOOT_OPERATOR_PASSWORD). Asked for when missing.",
)
@click.option("--name", "installation_name", help="What the installation is called on its front page.")
@click.option("--public-url", help="Its own address, e.g. https://foorumi.example.fi")
@click.option("--database-url", help="PostgreSQL as the bound role; without it an SQLite file in the folder is used.")
@click.option("--owner-database-url", help="PostgreSQL as the role that owns the tables.")
@click.option(
    "--without-operator", is_flag=True, help="Make no operator now; `talkoot person add --operator` does it later."
)
def init(operator_email: str | None, password: str | None, without_operator: bool, **given: str | None) -> None:
    """Make an installation, or bring an existing one up to date.

    Running it again is safe: the settings file, its secret and existing operators stay as they are.

    \b
    Examples:
      talkoot init
      talkoot init --operator-email anna@example.fi --name "Keski-Pohjanmaan foorumit"
      TALKOOT_INSTANCE=/srv/talkoot talkoot init --database-url postgresql://talkoot_app:…@db/talkoot \\
          --owner-database-url postgresql://talkoot_owner:…@db/talkoot
    """
    fresh = not (config.instance_folder() / config.SETTINGS_FILE).exists()
    if fresh and not without_operator:  # asked before anything is written: a second try then begins anew
        operator_email, password = credentials(operator_email, password)
    settings = ensure_settings({name: value for name, value in given.items() if value})
    upgrade(settings)
    words.ensure(settings)
    if not without_operator:
        ensure_operator(settings, operator_email, password)
    terminal.done("Ready. Add municipalities with `talkoot tenant import --region 16`, serve them with `talkoot run`.")


def ensure_settings(values: dict[str, str | bool]) -> Settings:
    """The installation's settings; the file is written when it is not there, and never changed when it is."""
    path = config.instance_folder() / config.SETTINGS_FILE
    if path.exists():
        if values:
            terminal.note(f"{path} exists and stays as it is; change it there: {', '.join(sorted(values))}")
        return config.load()
    write_settings(path, values)
    terminal.step(f"Wrote {path} with a new secret key")
    return config.load()


def ensure_settings_of_demo() -> Settings:
    """The settings of an installation for the demo, made when there are none."""
    if not (config.instance_folder() / config.SETTINGS_FILE).exists():
        return ensure_settings({"demo": True, "installation_name": "Talkoot"})
    return config.load()


def write_settings(path: Path, values: dict[str, str | bool]) -> None:
    """A settings file that only its owner may read. Strings and booleans are the same in JSON and TOML."""
    lines = [TEMPLATE.format(secret_key=json.dumps(secrets.token_urlsafe(48)))]
    lines += [f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in sorted(values.items())]
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}") from error


def upgrade(settings: Settings) -> None:
    """Run the migrations that are missing, saying which."""
    moved = migrate.upgrade(settings, registry.load())
    for line in moved:
        terminal.step(f"Migrated {line}")
    if not moved:
        terminal.step("The database is up to date")


def ensure_operator(settings: Settings, email: str | None, password: str | None) -> None:
    """The first operator, confirmed at once. Where there is one already, nothing is asked and nothing changes."""
    database = Database(settings)
    try:
        with database.session(None, writing=True) as db:
            existing = db.scalars(select(Person.email).where(Person.operator.is_(True), Person.demo.is_(False))).first()
            if existing:
                terminal.step(f"There is an operator already ({existing})")
                return
            address, secret = credentials(email, password)
            person = accounts.by_email(db, address) or accounts.create(
                db, address, None, settings.installation_languages[0]
            )
            person.password_hash = passwords.make_hash(secret)
            person.operator = True
            accounts.confirm(db, person)
        terminal.step(f"{address} is the operator")
    finally:
        database.dispose()


def credentials(email: str | None, password: str | None) -> tuple[str, str]:
    """The first operator's address and password, asked for when missing; raises InvalidError when they will not do."""
    address = accounts.normalise_email(email or _ask("E-mail address of the first operator", "--operator-email"))
    secret = password or _ask("Password (at least 8 characters)", "--password", hidden=True)
    return address, passwords.checked(secret, address)


def _ask(question: str, option: str, *, hidden: bool = False) -> str:
    if not sys.stdin.isatty():
        raise click.UsageError(f"Nobody can be asked here: give {option}, or --without-operator.")
    answer: str = click.prompt(question, hide_input=hidden, confirmation_prompt=hidden)
    return answer

"""`talkoot doctor`: what is wrong or missing in this installation, one sentence each, with what to do."""

from __future__ import annotations

import inspect
import re
import stat
from collections.abc import Iterator
from dataclasses import fields
from datetime import timedelta
from urllib.parse import urlsplit

import click
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from talkoot import clock, config, migrate
from talkoot.cli import opened, terminal
from talkoot.cli.audit import broken
from talkoot.cli.findings import Finding
from talkoot.cli.opened import Opened
from talkoot.cli.reaching import check_mail_in, check_push
from talkoot.cli.serving import LOOPBACK
from talkoot.config import SETTINGS_FILE, Settings
from talkoot.db import isolation
from talkoot.files import storage, sweeping
from talkoot.files.storage import Storage
from talkoot.files.sweeping import Compared
from talkoot.jobs.delivery import GIVE_UP_AFTER
from talkoot.jobs.models import Outbox, ScheduleTick
from talkoot.notices import waiting
from talkoot.search import lemmas, rebuilding
from talkoot.tenants.tenant import Tenant
from talkoot.web import assets

WAITS_TOO_LONG = timedelta(minutes=2)
BROWSER_FILES = ("htmx.min.js",)  # what base.html asks for
SECRETS = ("secret", "token", "password")
MARKS = {"good": ("✓", "green"), "note": ("!", "yellow"), "wrong": ("✗", "red")}


@click.command()
@click.option(
    "--settings", "only_settings", is_flag=True, help="List every setting with its value and meaning instead."
)
def doctor(only_settings: bool) -> None:
    """Look for what is wrong or missing: settings, migrations, isolation, files, worker. Exit code 1 when something is wrong.

    \b
    Examples:
      talkoot doctor
      talkoot doctor --settings
    """
    settings = config.load()
    if only_settings:
        terminal.table(("Setting", "Value", "Meaning"), list(explained(settings)), nothing="")
        return
    app = opened.installation()
    findings = [
        *check_settings(settings),
        *check_database(app),
        *check_logs(app),
        *check_files(),
        *check_pictures(app),
        *check_search(app),
        *check_worker(app),
        *check_notices(app),
        *check_mail_in(settings),
        *check_push(settings),
    ]
    for finding in findings:
        mark, colour = MARKS[finding.level]
        click.secho(f"{mark} ", fg=colour, nl=False)
        click.echo(finding.text)
    if any(finding.level == "wrong" for finding in findings):
        raise SystemExit(1)


def explained(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Each setting with its value and the comment beside it in config.py; secrets are not shown."""
    comments = dict(re.findall(r"^    (\w+): .*?#\s*(.+)$", inspect.getsource(Settings), re.MULTILINE))
    for field in fields(settings):
        value = getattr(settings, field.name)
        shown = "(set)" if value and any(word in field.name for word in SECRETS) else _without_password(str(value))
        yield field.name, shown, comments.get(field.name, "")


def _without_password(text: str) -> str:
    return re.sub(r"(://[^:/@\s]*):[^@/\s]*@", r"\1:…@", text)


def check_settings(settings: Settings) -> Iterator[Finding]:
    """The settings file, the public address, demo mode, mail, page cache."""
    path = settings.instance / SETTINGS_FILE
    if path.exists() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield Finding("wrong", f"{path} holds the secret key and others on this machine may read it: chmod 600 {path}")
    else:
        yield Finding("good", f"Settings: {path}" if path.exists() else "Settings come from the environment")
    address = urlsplit(settings.public_url)
    near = address.hostname in LOOPBACK
    if address.scheme != "https" and not near:
        yield Finding(
            "wrong",
            f"public_url is {settings.public_url}: over plain http browsers drop secure cookies and nobody can sign in",
        )
    if address.hostname not in [host.strip("[]") for host in settings.main_hosts]:
        yield Finding(
            "wrong", f"{address.hostname} is the host of public_url but not among main_hosts, so nothing answers there"
        )
    if settings.demo:
        level = "wrong" if settings.demo_anywhere and not near else "note"
        yield Finding(
            level,
            "Demo accounts may sign in"
            + (" from anywhere: never in production" if settings.demo_anywhere else " on this machine"),
        )
    if settings.mail_url.startswith("mailbox:"):
        yield Finding("note", f"No mail is sent: it is kept in {settings.instance / 'mailbox'} (mail_url)")
    if settings.page_cache_bytes:
        yield Finding("good", f"Page cache: {settings.page_cache_bytes // 2**20} MB in each web worker")
    else:
        yield Finding("note", "The page cache is off (page_cache_bytes = 0): anonymous pages cost several times more")


def check_database(app: Opened) -> Iterator[Finding]:
    """Whether it answers, is up to date, and keeps tenants apart with every layer."""
    try:
        with app.database.connect() as connection:
            if migrate.pending(connection, app.registry):
                yield Finding("wrong", "Migrations are missing: talkoot db upgrade")
                return
            yield Finding("good", f"Database: {connection.dialect.name}, up to date")
            if not app.settings.is_sqlite:
                for check in isolation.LIVE_CHECKS:
                    others = tuple(name for name in isolation.LIVE_CHECKS if name != check)
                    for problem in isolation.lint_database(connection, accepted=others):
                        accepted = check in app.settings.accepted_missing_layers
                        text = f"Isolation layer lost, {check}: {problem}"
                        yield Finding(
                            "note" if accepted else "wrong", text + (" (accepted in the settings)" if accepted else "")
                        )
    except SQLAlchemyError as error:
        yield Finding(
            "wrong", f"The database does not answer: {str(getattr(error, 'orig', error)).strip().splitlines()[0]}"
        )
        return
    if app.settings.is_sqlite:
        yield Finding(
            "note",
            "SQLite is for trying out, one municipality, or sites that trust each other; PostgreSQL keeps them apart itself",
        )
    problems = isolation.lint_models()
    yield from (Finding("wrong", f"Isolation of tables: {problem}") for problem in problems)
    if not problems:
        yield Finding("good", "Isolation: every table's keys are led by the tenant")


def check_logs(app: Opened) -> Iterator[Finding]:
    """Whether every line of the sites' logs is as it was written."""
    try:
        tenants = app.directory.with_closed().tenants
        bad = [Finding("wrong", sentence) for sentence in broken(app, tenants, {})]
    except SQLAlchemyError:
        return  # said by check_database
    yield from bad or [Finding("good", f"Logs: {len(tenants)} are whole")]


def check_files() -> Iterator[Finding]:
    """The browser packages that the build fetches."""
    missing = [name for name in BROWSER_FILES if not (assets.CORE / "vendor" / name).is_file()]
    if missing:
        yield Finding(
            "wrong",
            f"Browser packages are missing ({', '.join(missing)}); pages work, plainly. Fetch them with: make assets",
        )
    else:
        yield Finding("good", "Browser packages are there")


def check_pictures(app: Opened) -> Iterator[Finding]:
    """Whether every picture that rows name is in the storage, and the other way round."""
    files = storage.of(app.settings, app.registry)
    try:
        compared = {tenant.slug: _compared(app, tenant, files) for tenant in app.directory.current().tenants}
    except SQLAlchemyError:
        return  # said by check_database
    except OSError as error:
        yield Finding("wrong", f"The files of pictures cannot be read: {error}")
        return
    lost = {slug: found.missing for slug, found in compared.items() if found.missing}
    for slug, names in lost.items():
        why = "was a backup restored without its uploads?"
        yield Finding("wrong", f"{slug}: files of pictures are gone: {len(names)}, as {names[0]}: {why}")
    if not lost:
        yield Finding("good", "Pictures: every one has its files")
    if unnamed := sum(len(found.unnamed) for found in compared.values()):
        yield Finding(
            "note", f"Files that belong to no picture any more: {unnamed}; the worker deletes them once a day"
        )


def _compared(app: Opened, tenant: Tenant, files: Storage) -> Compared:
    with app.database.session(tenant) as db:
        return sweeping.compare(db, files)


def check_search(app: Opened) -> Iterator[Finding]:
    """Whether words are found in all their forms, and every post by today's analyzers."""
    if missing := lemmas.missing(app.settings.instance, app.settings.search_languages):
        yield Finding(
            "note",
            f"Search has no base forms of {', '.join(missing)} and finds by stems, which is worse: talkoot search words",
        )
    else:
        yield Finding("good", "Search: base forms of words are there")
    try:
        waiting = sum(
            rebuilding.waiting_in(app.database, app.settings.instance, t) for t in app.directory.current().tenants
        )
    except SQLAlchemyError:
        return  # said by check_database
    if waiting:
        yield Finding(
            "note", f"{waiting:,} posts are not in the index of search as it is made now: talkoot search rebuild"
        )


def check_notices(app: Opened) -> Iterator[Finding]:
    """How many notices are due by mail and wait: for people's quiet hours to end, or for the worker."""
    waits = 0
    try:
        for tenant in app.directory.current().tenants:
            with app.database.session(tenant) as db:
                waits += waiting.count(db)
    except SQLAlchemyError:
        return  # said by check_database
    if waits:
        yield Finding("note", f"{waits:,} notices are due by mail and wait for the end of their readers' quiet hours")


def check_worker(app: Opened) -> Iterator[Finding]:
    """Whether somebody works: the latest tick of the schedule, the oldest job that waits, jobs given up."""
    moment = clock.now()
    try:
        with app.database.session(None) as db:
            oldest = db.scalar(
                select(func.min(Outbox.created_at)).where(Outbox.done_at.is_(None), Outbox.tries < GIVE_UP_AFTER)
            )
            given_up = (
                db.scalar(select(func.count()).where(Outbox.done_at.is_(None), Outbox.tries >= GIVE_UP_AFTER)) or 0
            )
            tick = db.scalar(select(func.max(ScheduleTick.due_at)).where(ScheduleTick.name == "minute"))
    except SQLAlchemyError:
        return  # said by check_database
    if oldest and moment - oldest > WAITS_TOO_LONG:
        minutes = int((moment - oldest).total_seconds() // 60)
        yield Finding(
            "wrong",
            f"A job has waited for {minutes} minutes: is the worker running? (talkoot run, or talkoot jobs run)",
        )
    elif tick is None or moment - tick > timedelta(minutes=3):
        yield Finding("note", "The worker is not running (talkoot run starts it)")
    else:
        yield Finding("good", "The worker is alive")
    if given_up:
        yield Finding(
            "wrong",
            f"{given_up} jobs were given up after {GIVE_UP_AFTER} tries: talkoot jobs list says why, talkoot jobs retry begins anew",
        )
